package pagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// focused is what has the focus: its test name, or its class.
func (p *page) focused() string {
	p.Helper()
	return eval[string](p, `nameOf(active())`)
}

func (p *page) press(key string, code int64) {
	p.Helper()
	for _, step := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		k := input.DispatchKeyEventParams{Type: step, Key: key, Code: key, WindowsVirtualKeyCode: code}
		if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, k); err != nil {
			p.Fatal(err)
		}
	}
}

func (p *page) tab()    { p.Helper(); p.press("Tab", 9) }
func (p *page) escape() { p.Helper(); p.press("Escape", 27) }

// TestKeyboard: in every state everything that can be pressed is reached with Tab, in
// the order in which it is read, and is seen to have the focus.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	states(t, browser(t), phone, func(p *page, state string) {
		for _, assisted := range []bool{false, true} {
			eval[bool](p, fmt.Sprintf(`(document.querySelector('zhida-chat').toggleAttribute('assisted', %t), document.querySelector('h1').focus(), true)`, assisted))
			p.do(look)
			want := eval[[]string](p, `[...document.querySelector('zhida-chat').shadowRoot.querySelectorAll('button, textarea, a, [tabindex="0"]')].filter((el) => visible(el) && !el.disabled).map(nameOf)`)
			var got []string
			for range want {
				p.tab()
				got = append(got, p.focused())
				if bare := eval[bool](p, `(({outlineStyle, outlineWidth}) => outlineStyle === 'none' || parseFloat(outlineWidth) < 2)(getComputedStyle(active()))`); bare {
					t.Errorf("%s: nothing shows that %s has the focus", state, p.focused())
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, assisted %t: Tab reaches %v, there is %v", state, assisted, got, want)
			}
			if person := slices.Index(want, "person"); assisted && person >= 0 && person != 0 {
				t.Errorf("%s: in assisted mode the way to a person comes after %v", state, want[:person])
			}
		}
		eval[bool](p, `(document.querySelector('zhida-chat').removeAttribute('assisted'), true)`)
	})
}

// TestFocusIsKept: nothing that the customer does, and nothing that comes, takes the
// focus out of the widget.
func TestFocusIsKept(t *testing.T) {
	t.Parallel()
	b := startChanged(t)
	s := openSite(t, b, full)
	p := s.visit(browser(t), "/chat", phone)
	at := func(when string, want ...string) {
		t.Helper()
		if got := p.focused(); !slices.Contains(want, got) {
			t.Errorf("%s the focus is at %q, not at %v", when, got, want)
		}
	}
	p.click(chat, "input")
	if _, err := chromedp.Call(p.ctx, input.InsertText, input.InsertTextParams{Text: "退款"}); err != nil {
		t.Fatal(err)
	}
	p.click(chat, "send")
	p.wait("the bot answers", `all("zhida-chat", "way").length === 1`)
	at("after sending", "input")

	eval[bool](p, `(all("zhida-chat", "way")[0].focus(), true)`)
	p.enter()
	p.has(chat, "position", "3")
	at("after asking beside an answer", "person")

	eval[bool](p, `(all("zhida-chat", "leave")[0].focus(), true)`)
	p.enter()
	at("when asked back", "stay")
	p.escape()
	at("after Escape", "leave")
	p.enter()
	p.tab()
	at("one further", "leave-confirm")
	p.enter()
	p.wait("the line is left", `document.querySelector('zhida-chat').state.status === 'bot'`)
	at("after leaving", "person")
	p.enter()
	p.has(chat, "position", "3")
	at("after asking again", "person")

	eval[bool](p, `(document.querySelector('zhida-chat').setAttribute('assisted', ''), true)`)
	p.wait("the button has moved", `!visible(all("zhida-chat", "person")[0])`)
	at("in assisted mode", "leave", "where")
	eval[bool](p, `(document.querySelector('zhida-chat').removeAttribute('assisted'), true)`)

	const failed = `localStorage.setItem('zhida:outbox:one:f', JSON.stringify({id: 'f', at: Date.now(), text: 'in vain', conversation: document.querySelector('zhida-chat').conversation, failed: 'internal'}))`
	eval[bool](p, `(`+failed+`, true)`)
	p.do(reload)
	p.wait("it has failed", `all("zhida-chat", "again").length === 1`)
	eval[bool](p, `(all("zhida-chat", "again")[0].focus(), true)`)
	p.enter()
	p.wait("it is sent", `all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
	at("after trying again", "message")
	if text := eval[string](p, `document.querySelector('zhida-chat').shadowRoot.activeElement.textContent`); !strings.Contains(text, "in vain") {
		t.Errorf("the focus is at another message: %.40s", text)
	}
	lin := b.agent("lin")
	lin.take(p.conversation())
	p.wait("a person is there", `document.querySelector('zhida-chat').state.status === 'human'`)
	at("when a person comes", "message")
}

// TestFocusAndEarlierMessages: whoever asks for earlier messages stays where they are,
// with the focus and with what they read.
func TestFocusAndEarlierMessages(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	p := s.visit(browser(t), "/chat", phone)
	for i := range 26 {
		eval[bool](p, fmt.Sprintf(`(document.querySelector('zhida-chat').say('退款 %d'), true)`, i))
		p.wait("it is answered", fmt.Sprintf(`all("zhida-chat", "way").length === %d`, i+1))
	}
	p.do(reload)
	p.wait("there is more", connected+` && visible(all("zhida-chat", "earlier")[0])`)
	before := len(eval[[]string](p, `texts("zhida-chat", "message")`))
	eval[bool](p, `(all("zhida-chat", "earlier")[0].focus(), true)`)
	p.enter()
	p.wait("all are there", fmt.Sprintf(`all("zhida-chat", "message").length > %d`, before))
	p.wait("there is no more", `!visible(all("zhida-chat", "earlier")[0])`)
	if got := p.focused(); got != "scroll" {
		t.Errorf("the focus is at %q", got)
	}
	p.has(chat, "news", "已显示更早的")
	p.wait("the newest is offered", `all("zhida-chat", "newest").length`)
}
