package pagetest

import (
	"fmt"
	"testing"
)

// TestFilesAreTheirOwners: a file that is not sent is shown to nobody else, and goes once
// whoever picked it is back; it survives that the page moves the element, also in the
// middle of its upload.
func TestFilesAreTheirOwners(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	alice := s.customer
	p := s.visit(browser(t), "/chat", phone)
	cut(s, p)
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
	p.wait("it waits", `all("zhida-chat", "picture").length === 1`)
	s.customer = "bob"
	eval[bool](p, fmt.Sprintf(next, "bob"))
	back(s, p)
	p.wait("nothing is there", connected+` && all("zhida-chat", "message").length === 0`)

	s.customer = alice
	s.slow.Store(true)
	eval[bool](p, fmt.Sprintf(next, "one"))
	p.wait("it is on its way", `clickable("zhida-chat", "cancel", 0)`)
	until(t, "it is on its way", func() bool { return s.uploads.Load() == 1 })
	s.slow.Store(false)
	eval[bool](p, `(document.querySelector('main').append(document.querySelector('zhida-chat')), true)`)
	p.seen(chat, "a.png", 31)
	p.wait("nothing waits", `all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
	if n := eval[int](p, `all("zhida-chat", "message").filter((m) => m.dataset.author === 'customer').length`); n != 1 {
		t.Errorf("it is there %d times", n)
	}
	until(t, "the first upload is broken off", func() bool { return s.left.Load() == 1 })
}

// TestARecordingEndsWithItsCustomer: what one customer was recording when another came, or
// had picked before the page could send it, is nobody's.
func TestARecordingEndsWithItsCustomer(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	p := s.visit(browser(t), "/chat", phone)
	p.click(chat, "voice")
	p.wait("it is recorded", `all("zhida-chat", "recording").some(visible)`)
	s.customer = "bob"
	eval[bool](p, fmt.Sprintf(next, "bob"))
	p.wait("nothing is recorded", `!all("zhida-chat", "recording").some(visible)`)
	p.wait("it is connected", connected)

	p.do(reload)
	p.wait("it is connected", connected+` && clickable("zhida-chat", "attach", 0)`)
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20)) // what sends it is on its way
	s.customer = "carol"
	eval[bool](p, fmt.Sprintf(next, "carol"))
	p.wait("it is connected", connected)
	p.pick(chat, "b.png", "image/png", picture(t, 32, 20))
	p.seen(chat, "b.png", 32)
	if n := eval[int](p, `all("zhida-chat", "picture").length`); n != 1 {
		t.Errorf("the next customer has sent %d pictures", n)
	}
}
