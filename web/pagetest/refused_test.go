package pagetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestWhatIsRefusedCanBeEdited: what can never be sent as it is goes back to where it was
// written, or away; a customer is told why, and reads no code.
func TestWhatIsRefusedCanBeEdited(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	p := s.visit(browser(t), "/chat", phone)
	for name, text := range map[string]string{"too long": `'长'.repeat(4001)`, "nothing to see": `'\u200b\u200b'`} {
		eval[bool](p, fmt.Sprintf(`(document.querySelector('zhida-chat').say(%s), document.querySelector('zhida-chat').fill('begun'), true)`, text))
		p.wait("it is refused", `all("zhida-chat", "edit").length === 1`)
		if eval[bool](p, `all("zhida-chat", "message").some((m) => /_/.test(m.textContent)) || all("zhida-chat", "again").length > 0`) {
			t.Errorf("%s: %s", name, eval[string](p, `all("zhida-chat", "message").at(-1).querySelector('.fate').textContent`))
		}
		for _, v := range []view{phone, {320, 568, true}} {
			p.see(v)
			p.shot(fmt.Sprint(name, v.width))
		}
		p.see(phone)
		p.click(chat, "edit")
		p.wait("it is in the input", `all("zhida-chat", "input")[0].value === `+text+` + '\nbegun'`)
		if at := p.focused(); at != "input" {
			t.Errorf("%s: the focus is at %s", name, at)
		}
		p.wait("it is no message", `all("zhida-chat", "message").length === 0`)
	}

	eval[bool](p, `(document.querySelector('zhida-chat').say('x'.repeat(4001)), true)`)
	p.wait("it is refused", `all("zhida-chat", "discard").length === 1`)
	eval[bool](p, `(all("zhida-chat", "discard")[0].focus(), true)`)
	p.enter()
	p.wait("it is gone", `all("zhida-chat", "message").length === 0`)
	if at := p.focused(); at != "scroll" {
		t.Errorf("after removing, the focus is at %s", at)
	}
	p.do(reload)
	p.wait("it is connected", connected)
	p.do(chromedp.Sleep(0))
	if n := eval[int](p, `all("zhida-chat", "message").length`); n != 0 {
		t.Error("what was removed is there again")
	}
}

// TestLeavingOffline: however often it is pressed, the line is left once, and the widget
// says that it is being left.
func TestLeavingOffline(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	p := s.visit(browser(t), "/chat", phone)
	p.click(chat, "person")
	p.has(chat, "position", "3")
	cut(s, p)
	p.click(chat, "leave")
	p.click(chat, "leave-confirm")
	p.has(chat, "leave", "正在离开")
	p.shot("leaving")
	p.dress(`{lang: 'en'}`)
	eval[bool](p, `(document.documentElement.dir = 'rtl', true)`)
	p.has(chat, "leave", "Leaving")
	for part, want := range map[string]string{".leave": "Leaving the line…", ".net": "Connecting…"} {
		if got := eval[string](p, fmt.Sprintf(`readAs(document.querySelector('zhida-chat').shadowRoot.querySelector(%q))`, part)); got != want {
			t.Errorf("on a page from right to left it reads %q", got)
		}
	}
	eval[bool](p, `(all("zhida-chat", "leave")[0].click(), true)`)
	if eval[bool](p, `all("zhida-chat", "leave-confirm").some(visible)`) {
		t.Error("it can be left once more")
	}
	s.cut.Store(false)
	eval[bool](p, `dispatchEvent(new Event('online'))`)
	p.wait("the line is left", `document.querySelector('zhida-chat').state.status === 'bot'`)
	said := eval[[]string](p, `texts("zhida-chat", "message").filter((m) => /^(我|You)/.test(m))`)
	if n := strings.Count(strings.Join(said, "\n"), "取消排队") + strings.Count(strings.Join(said, "\n"), "Leave"); n != 1 {
		t.Errorf("it was said %d times: %q", n, said)
	}
}
