package pagetest

import (
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// heic begins as a photograph of an iPhone does.
var heic = append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 500)...)

// TestHEIC: a browser that can read it sends a JPEG; one that cannot says what may be
// wrong with it, and sends it all the same. An iPhone is asked for no HEIC at all.
func TestHEIC(t *testing.T) {
	t.Parallel()
	p := openDemo(t, start(t), phone)
	p.wait("pictures are asked for one by one", `((accept) => accept.includes("image/jpeg") && !accept.includes("image/*") && !/hei[cf]/.test(accept))(all("zhida-chat", "files")[0].accept)`)
	p.pick(chat, "a.heic", "", heic)
	p.has(chat, "message", "not every device")
	p.wait("it is sent", `all("zhida-chat", "file").some((a) => a.href.startsWith("http"))`)
	p.shot("as-it-is")
	eval[bool](p, `(createImageBitmap = ((read) => (file) => read(/heic$/.test(file.name) ? new ImageData(20, 10) : file))(createImageBitmap), true)`)
	p.pick(chat, "b.heic", "image/heic", heic)
	p.seen(chat, "b.jpg", 20)
	p.silent()
}

// TestASoundThatCannotBePlayed can be saved.
func TestASoundThatCannotBePlayed(t *testing.T) {
	t.Parallel()
	p := openDemo(t, start(t), phone)
	p.pick(chat, "a.mp3", "audio/mpeg", append([]byte("ID3\x03\x00\x00\x00\x00\x00\x00"), make([]byte, 500)...))
	p.has(chat, "message", "save it to listen")
	p.wait("it can be saved", `all("zhida-chat", "file").some((a) => a.download === "a.mp3" && a.href.startsWith("http")) && !all("zhida-chat", "sound").length`)
	p.shot("to-save")
	p.do(reload)
	p.has(chat, "message", "save it to listen")
}

// unreachable takes the addresses of media out of what a page is told, as a server does
// whose store does not answer, until window.young.
const unreachable = `(() => {
	const parse = JSON.parse;
	const hide = (value) => {
		if (!value || typeof value !== 'object') return;
		if (value.name && value.url) {
			delete value.url;
			value.later = true;
		}
		Object.values(value).forEach(hide);
	};
	JSON.parse = (...args) => {
		const value = parse(...args);
		if (value?.type === 'page') window.pages = (window.pages ?? 0) + 1;
		if (!window.young) hide(value);
		return value;
	};
})()`

// TestNotToBeHadNow: what the store does not give at the moment is not called gone, and
// comes when it is asked for again, in the widget and at the desk.
func TestNotToBeHadNow(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := open(t, browser(t), "about:blank", desktop)
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: unreachable}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(b.base + "/"))
	p.online()
	p.write(chat, "input", "转人工")
	p.has(chat, "position", "3")
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
	p.wait("it is sent", `all("zhida-chat", "message").some((m) => m.dataset.key && m.querySelector(".media")) && !all("zhida-chat", "message").some((m) => m.dataset.unsent)`)
	p.do(reload)
	for range 3 {
		p.click(desk, "claim")
	}
	p.has(chat, "message", "Cannot be shown now")
	if eval[bool](p, `shows("zhida-chat", "message", "no longer kept")`) {
		t.Error("it is called gone")
	}
	p.shot("not now")
	p.wait("the button is as readable as the note", `((button) => getComputedStyle(button).color === getComputedStyle(button.parentNode).color)(all("zhida-chat", "fetch-again")[0])`)
	p.click(chat, "fetch-again")
	p.wait("it is asked for", `window.pages === 1 && shows("zhida-chat", "message", "Cannot be shown now")`)
	eval[bool](p, `(window.young = true)`)
	p.click(chat, "fetch-again")
	p.seen(chat, "a.png", 31)

	p.pick(chat, "b.png", "image/png", picture(t, 32, 20)) // the desk is told by its connection, and asks by a call
	p.has(desk, "message", "Cannot be shown now")
	p.click(desk, "fetch-again")
	p.seen(desk, "b.png", 32)
	p.silent()
}
