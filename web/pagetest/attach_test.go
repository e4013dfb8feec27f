package pagetest

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// hand pastes or drops a file on a part's input; with text beside it, if there is some.
// It reports whether the page took it.
func (p *page) hand(part, input, how, name string, content []byte, text string) bool {
	p.Helper()
	return eval[bool](p, fmt.Sprintf(`(() => {
		const node = all(%q, %q)[0], view = node.ownerDocument.defaultView;
		const given = new view.DataTransfer(), how = %q, text = %s;
		given.items.add(new view.File([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))], %s, {type: 'image/png'}));
		if (text) given.setData('text/plain', text);
		const init = {bubbles: true, cancelable: true, composed: true};
		const event = how === 'paste' ? new view.ClipboardEvent('paste', {...init, clipboardData: given}) : new view.DragEvent(how, {...init, dataTransfer: given});
		return !node.dispatchEvent(event);
	})()`, part, input, how, quote(text), base64.StdEncoding.EncodeToString(content), quote(name)))
}

// TestPasteAndDrop: in the widget and at the desk. A text that comes with a file, as from
// an office's program, is pasted as text.
func TestPasteAndDrop(t *testing.T) {
	t.Parallel()
	p := openDemo(t, start(t), desktop)
	p.write(chat, "input", "转人工")
	p.has(chat, "position", "3")
	for range 3 {
		p.click(desk, "claim")
	}
	p.has(desk, "message", "转人工")
	for part, other := range map[string]string{chat: desk, desk: chat} {
		input := map[string]string{chat: "input", desk: "reply"}[part]
		for i, how := range []string{"paste", "drop"} {
			name := fmt.Sprintf("%s-%s.png", how, input)
			if p.hand(part, input, how, "text.png", picture(t, 1, 1), "text") {
				t.Errorf("%s: a file is taken from a %s of text", part, how)
			}
			if how == "drop" && !p.hand(part, input, "dragover", name, picture(t, 1, 1), "") {
				t.Errorf("%s: nothing may be dropped", part)
			}
			if !p.hand(part, input, how, name, picture(t, 40+i, 30), "") {
				t.Errorf("%s: a %s is not taken", part, how)
			}
			p.seen(part, name, 40+i)
			p.seen(other, name, 40+i)
		}
	}
	p.wait("no text brought a file", `!all("", "picture").some((i) => i.alt === "text.png")`)
	p.silent()
}

// fetchedMedia is whether the page has fetched what sends and shows media.
const fetchedMedia = `performance.getEntriesByType('resource').some((e) => e.name.endsWith('/widget/media.js'))`

// TestCancelAnUpload: while it is on its way, a file can be taken back; what comes after
// it goes on. Nothing of it is fetched before, and a strict policy is no hindrance.
func TestCancelAnUpload(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	s.policy = strict + "; img-src 'self' blob:; media-src 'self' blob:" // as docs/embed.md says
	s.slow.Store(true)
	p := s.visit(browser(t), "/chat", phone)
	p.write(chat, "input", "你好")
	p.wait("the bot answers", `all("zhida-chat", "message").length > 1`)
	if eval[bool](p, fetchedMedia) {
		t.Error("media are fetched for words alone")
	}
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
	p.wait("it is under way", `clickable("zhida-chat", "cancel", 0) && all("zhida-chat", "picture").length === 1`)
	p.shot("under-way")
	p.click(chat, "cancel")
	p.wait("it is gone", `!all("zhida-chat", "picture").length && !all("zhida-chat", "cancel").length`)
	until(t, "the upload is broken off", func() bool { return s.left.Load() == 1 })
	s.slow.Store(false)
	p.pick(chat, "b.png", "image/png", picture(t, 32, 20))
	p.seen(chat, "b.png", 32)
	p.do(reload)
	p.seen(chat, "b.png", 32)
	if n := eval[int](p, `all("zhida-chat", "picture").length`); n != 1 || !eval[bool](p, fetchedMedia) {
		t.Errorf("there are %d pictures", n)
	}
	p.silent()
}

// TestALongVoiceNoteEndsByItself after two minutes, and is sent.
func TestALongVoiceNoteEndsByItself(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := phoneOn(t, between(t, b))
	p.click(chat, "voice")
	p.has(chat, "recording", "0:00")
	p.pass(118 * time.Second)
	p.has(chat, "recording", "1:5")
	p.shot("nearly")
	p.pass(3 * time.Second)
	p.wait("it has ended", `!all("zhida-chat", "recording").some(visible)`)
	p.wait("it is two minutes long", `all("zhida-chat", "sound").some((a) => a.src.startsWith("blob:") && a.parentNode.textContent === "2:00")`)
	p.online()
	p.wait("it has arrived", `!all("zhida-chat", "message").some((m) => m.dataset.unsent)`)
	p.silent()
}

// TestNoMicrophone: whoever forbids it is told what to do, and writes on.
func TestNoMicrophone(t *testing.T) {
	t.Parallel()
	p := openDemo(t, start(t), phone)
	eval[bool](p, `(navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')), true)`)
	p.click(chat, "voice")
	p.has(chat, "voice-problem", "microphone cannot be used")
	p.wait("nothing is recorded", `!all("zhida-chat", "recording").some(visible) && clickable("zhida-chat", "voice", 0)`)
	p.shot("denied")
	p.write(chat, "input", "转人工")
	p.has(chat, "position", "3")
	p.silent()
}

// TestNoRoomForPictures: a page whose policy lets no pictures in shows them as files, and
// old links are made anew before they are followed.
func TestNoRoomForPictures(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	s.policy = strict
	p := s.visit(browser(t), "/chat", phone)
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
	const asFile = `all("zhida-chat", "message").some((m) => m.dataset.key && m.querySelector('a.file .name')?.textContent === "a.png" && m.querySelector('a.file').href.startsWith("http"))`
	p.wait("it is sent", `all("zhida-chat", "message").some((m) => m.dataset.key && m.querySelector(".media")) && !all("zhida-chat", "message").some((m) => m.dataset.unsent)`)
	p.do(reload)
	p.wait("it is a file", asFile)
	p.shot("as-a-file")
}

// aged makes every link that a page is told one that has ended, until window.young.
const aged = `(() => {
	const parse = JSON.parse;
	const age = (value) => {
		if (!value || typeof value !== 'object') return;
		if (value.url) value.until = 1;
		Object.values(value).forEach(age);
	};
	JSON.parse = (...args) => {
		const value = parse(...args);
		if (value?.type === 'page') window.pages = (window.pages ?? 0) + 1;
		if (!window.young) age(value);
		return value;
	};
})()`

// TestLinksThatHaveEnded: a file whose link is over when it is pressed gets a new one
// first, which is then followed.
func TestLinksThatHaveEnded(t *testing.T) {
	t.Parallel()
	p := open(t, browser(t), "about:blank", phone)
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: aged}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(start(t).base + "/"))
	p.online()
	p.pick(chat, "a.txt", "text/plain", []byte("text"))
	p.wait("it is sent", `all("zhida-chat", "file").some((a) => a.href.startsWith("http"))`)
	eval[bool](p, `(window.followed = [], document.querySelector('zhida-chat').addEventListener('zhida-link', (e) => { e.preventDefault(); followed.push(e.detail.href); }), true)`)
	p.click(chat, "file")
	p.wait("a new one is asked for", `window.pages === 1`)
	eval[bool](p, `(window.young = true)`)
	p.click(chat, "file")
	p.wait("a link is followed", `window.pages === 2 && followed.length`)
	if n := eval[int](p, "followed.length"); n != 1 {
		t.Errorf("%d links are followed", n)
	}
	p.silent()
}

// TestFilesByCalls: where no WebSocket gets through, pictures do, both ways; and a page
// that polls is not told of them again and again.
func TestFilesByCalls(t *testing.T) {
	t.Parallel()
	b := start(t)
	w := between(t, b)
	w.blocked.Store(true)
	p := phoneOn(t, w)
	lin := p.served(b, open(t, browser(t), b.base+"/desk/", desktop))
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
	p.seen(chat, "a.png", 31)
	lin.seen("", "a.png", 31)
	lin.pick("", "b.png", "image/png", picture(t, 32, 20))
	p.seen(chat, "b.png", 32)
	eval[bool](p, `(all("zhida-chat", "picture").forEach((i) => i.addEventListener('load', () => { window.again = true; })), true)`)
	before := w.calls.Load()
	p.pass(40 * time.Second)
	until(t, "it polls", func() bool { return w.calls.Load() > before+1 })
	if eval[bool](p, "!!window.again") {
		t.Error("a picture is fetched again for every poll")
	}
	p.seen(chat, "a.png", 31)
}

// TestAnUploadOutlivesThePage: what was uploaded while the line was broken is kept as words
// are, and goes when there is a line again, on a page that was opened anew.
func TestAnUploadOutlivesThePage(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	p := s.visit(browser(t), "/chat", phone)
	p.write(chat, "input", "转人工")
	p.has(chat, "position", "3")
	s.cut.Store(true)
	eval[bool](p, `(XMLHttpRequest.prototype.send = ((send) => function (...what) {
		dispatchEvent(new Event('offline')); // the line breaks while the file is on its way
		send.apply(this, what);
	})(XMLHttpRequest.prototype.send), true)`)
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
	p.wait("it waits for a line", `Object.entries(localStorage).some(([name, value]) => name.startsWith('zhida:outbox:') && JSON.parse(value).media?.length === 1 && !value.includes('blob:'))`)
	p.do(reload)
	p.wait("the page is there", `all("zhida-chat", "input").length === 1`)
	s.cut.Store(false)
	p.seen(chat, "a.png", 31)
	p.wait("nothing waits", `!Object.keys(localStorage).some((name) => name.startsWith('zhida:outbox:'))`)
	if n := eval[int](p, `all("zhida-chat", "picture").length`); n != 1 {
		t.Errorf("there are %d pictures", n)
	}
}
