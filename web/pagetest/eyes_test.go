package pagetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// observed waits until the page's observers know where things are now.
const observed = `new Promise((done) => new IntersectionObserver((entries, one) => {
	one.disconnect();
	done(true);
}).observe(document.querySelector('zhida-chat').shadowRoot.querySelector('.scroll')))`

// TestWhatNobodySeesIsNotRead: a message counts as read when its place can be seen, however
// a page hides its widget; and when the page shows it again, it is read.
func TestWhatNobodySeesIsNotRead(t *testing.T) {
	t.Parallel()
	b := startChanged(t)
	tabs := browser(t)
	s := openSite(t, b, full)
	s.files["/own.js"] = module + `
		document.querySelector('zhida-chat').style.height = '30rem';
		window.seen = [];
		const send = WebSocket.prototype.send;
		WebSocket.prototype.send = function (text) {
			const frame = JSON.parse(text);
			if (frame.type === 'seen') seen.push(frame);
			return send.call(this, text);
		};`
	p := s.visit(tabs, "/chat", phone)
	p.click(chat, "person")
	p.has(chat, "position", "3")
	lin := b.agent("lin")
	lin.take(p.conversation())
	p.wait("a person is there", `document.querySelector('zhida-chat').state.status === 'human'`)
	for i, css := range []string{
		"display: none", "visibility: hidden", "opacity: 0", "transform: translateX(200vw)",
		"margin-top: 3000px", "position: fixed; inset: auto 0 0; transform: translateY(calc(100% - 3rem))",
	} {
		eval[bool](p, fmt.Sprintf(`(document.querySelector('main').setAttribute('style', %q), scrollTo(0, 0), true)`, css))
		if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](observed, chromedp.EvalAwaitPromise)); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("word %d.", i)
		lin.reply(p.conversation(), text)
		p.wait(css+": it is there", fmt.Sprintf(`document.querySelector('zhida-chat').shadowRoot.textContent.includes(%q)`, text))
		p.wait(css+": it is told to be there", fmt.Sprintf(`seen.some(({received}) => received === [...document.querySelector('zhida-chat').shadowRoot.querySelectorAll('.message')].find((m) => m.textContent.includes(%q)).dataset.key)`, text))
		if eval[bool](p, `seen.at(-1).read === seen.at(-1).received`) {
			t.Errorf("%s: what nobody sees is read", css)
		}
		eval[bool](p, `(document.querySelector('main').removeAttribute('style'), true)`)
		p.wait(css+": once it is seen, it is read", `seen.at(-1).read === seen.at(-1).received`)
	}
}

// TestTheGreeting: a new conversation begins with one sentence of ours, or with what the
// page has in its place. It is no message, and goes with the first.
func TestTheGreeting(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	tabs := browser(t)
	p := s.visit(tabs, "/chat", phone)
	for _, l := range []struct{ dress, says string }{
		{`{lang: 'zh-CN'}`, "随时可以找真人"}, {`{lang: 'en', theme: 'dark'}`, "at any time"},
		{`{lang: 'en', assisted: ''}`, "at any time"}, {`{lang: 'zh-CN', assisted: '', type: '200%'}`, "随时可以找真人"},
	} {
		p.dress(l.dress)
		p.has(chat, "greeting", l.says)
		p.shot("greeting " + l.dress)
	}
	p.dress(`{lang: 'zh-CN'}`)
	if n := eval[int](p, `all("zhida-chat", "message").length`); n != 0 || strings.Contains(eval[string](p, `all("zhida-chat", "news")[0].textContent`), "真人") {
		t.Error("it is a message, or is said besides")
	}
	p.click(chat, "person")
	p.has(chat, "position", "3")
	p.wait("it is gone", `!shows("zhida-chat", "greeting", "")`)
	p.do(reload)
	p.has(chat, "message", "转人工")
	p.wait("it stays away", `!shows("zhida-chat", "greeting", "")`)

	s.customer = "somebody new"
	s.files["/chat"] = strings.Replace(full["/chat"], "</zhida-chat>", `<p slot="greeting" data-test="ours">Ask us about your order.</p></zhida-chat>`, 1)
	p = s.visit(tabs, "/chat", view{320, 568, false})
	p.wait("the page's own is there", `visible(document.querySelector('[data-test="ours"]')) && !visible(document.querySelector('zhida-chat').shadowRoot.querySelector('.greeting p'))`)
	p.shot("own greeting")
}
