package pagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// held is the site's customer in the list of an agent's conversations.
const held = `all("", "conversation").find((c) => c.textContent.includes('王芳'))`

// TestTheDeskSpeaksOnce: a screen reader at the desk says what the customer says, once, and
// what was not sent; no label that is redrawn, and none of the agent's own words.
func TestTheDeskSpeaksOnce(t *testing.T) {
	t.Parallel()
	b := startChanged(t)
	s := openSite(t, b, full)
	tabs := browser(t)
	p := s.visit(tabs, "/chat", phone)
	p.click(chat, "person")
	p.has(chat, "position", "3")
	lin := signIn(t, b, open(t, tabs, b.base+"/desk/", desktop), "lin")
	b.agent("lin").take(p.conversation())
	lin.wait("it is held", held)
	eval[bool](lin, `(`+held+`.click(), true)`)
	lin.wait("it is open", `all("", "message").filter(visible).length > 1`)
	eval[bool](lin, `(() => {
		window.said = [];
		const note = (text) => text.trim() && said.push(text.trim());
		for (const region of document.querySelectorAll('[aria-live="polite"], [role="log"]:not([aria-live="off"]), [role="alert"]')) {
			new MutationObserver((changes) => changes.forEach(({addedNodes}) => addedNodes.forEach((n) => note(n.textContent)))).observe(region, {childList: true, subtree: true});
		}
		return true;
	})()`)
	for i := range 3 {
		lin.write("", "reply", fmt.Sprintf("reply %d", i))
		lin.has("", "message", fmt.Sprintf("reply %d", i))
	}
	lin.wait("all is delivered", `all("", "message").filter((m) => m.textContent.includes('reply')).every((m) => m.querySelector('.fate').dataset.delivery !== 'pending')`)
	p.write(chat, "input", "thank you")
	lin.has("", "message", "thank you")
	eval[bool](lin, `(window.fetch = async () => new Response('{"error": {"code": "not_yours", "message": "no"}}', {status: 403}), true)`)
	lin.write("", "reply", "refused")
	lin.wait("it is refused", `all("", "message").some((m) => m.querySelector('.fate').dataset.delivery === 'not_sent')`)
	lin.do(look)
	said := eval[[]string](lin, "said")
	for _, once := range []string{"thank you", "refused"} {
		if n := len(slices.DeleteFunc(slices.Clone(said), func(s string) bool { return !strings.Contains(s, once) })); n != 1 {
			t.Errorf("%q is said %d times", once, n)
		}
	}
	if len(said) != 2 {
		t.Errorf("the desk says %q", said)
	}
}

// TestTheDeskKeepsTheFocus: whoever asks for earlier messages with the keyboard stays in
// the conversation.
func TestTheDeskKeepsTheFocus(t *testing.T) {
	t.Parallel()
	b := startChanged(t)
	s := openSite(t, b, full)
	tabs := browser(t)
	p := s.visit(tabs, "/chat", phone)
	p.click(chat, "person")
	p.has(chat, "position", "3")
	for i := range 60 {
		eval[bool](p, fmt.Sprintf(`(document.querySelector('zhida-chat').say('word %d'), true)`, i))
	}
	p.wait("all is sent", `all("zhida-chat", "message").length > 60 && all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
	lin := signIn(t, b, open(t, tabs, b.base+"/desk/", desktop), "lin")
	b.agent("lin").take(p.conversation())
	lin.wait("it is held", held)
	eval[bool](lin, `(`+held+`.click(), true)`)
	lin.wait("there is more", `visible(document.querySelector('.earlier'))`)
	for pages := 0; eval[bool](lin, `visible(document.querySelector('.earlier'))`); pages++ {
		before := eval[int](lin, `all("", "message").length`)
		eval[bool](lin, `(document.querySelector('.earlier').focus(), true)`)
		lin.enter()
		lin.wait("a page more", fmt.Sprintf(`all("", "message").length > %d`, before))
		if at := lin.focused(); !slices.Contains([]string{"link earlier", "history"}, at) {
			t.Errorf("after page %d the focus is at %s", pages, at)
		}
	}
}
