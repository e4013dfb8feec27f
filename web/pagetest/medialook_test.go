package pagetest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// photo is a picture in which something is to be seen.
func photo(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{uint8(255 * x / width), uint8(255 * y / height), uint8(160 - 80*x/width), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMediaAreAccessible: axe-core finds nothing to say of pictures, files and voice
// notes, of what records and sends them and of what is refused, in the widget and at the
// desk, however they look.
func TestMediaAreAccessible(t *testing.T) {
	t.Parallel()
	script := axe(t)
	for name, v := range map[string]view{"phone": phone, "phone dark": {390, 844, true}, "desktop": desktop, "desktop dark": {1440, 900, true}} {
		s := openSite(t, start(t), full)
		tabs := browser(t)
		widget := s.visit(tabs, "/chat", v)
		examine := func(p *page, state string) {
			p.wait("colours have changed", `!document.getAnimations().some((a) => a instanceof CSSTransition)`)
			for _, found := range p.findings(script) {
				t.Errorf("%s, %s: %s", name, state, found)
			}
			p.shot(name + " " + state)
		}
		widget.write(chat, "input", "转人工")
		widget.has(chat, "position", "3")
		widget.pick(chat, "门把手坏了.png", "image/png", photo(t, 1200, 900))
		widget.seen(chat, "门把手坏了.png", 1200)
		widget.click(chat, "voice")
		widget.has(chat, "recording", "0:01")
		examine(widget, "recording")
		widget.click(chat, "voice-stop")
		widget.wait("it is sent", `all("zhida-chat", "sound").length && !all("zhida-chat", "message").some((m) => m.dataset.unsent)`)
		widget.pick(chat, "no.png", "image/png", []byte("<html>"))
		widget.wait("it is refused", `clickable("zhida-chat", "discard", 0)`)
		examine(widget, "refused")
		widget.click(chat, "discard")

		at := signIn(t, s.binary, open(t, tabs, s.URL+"/desk/", v), "lin")
		s.binary.agent("lin").take(widget.conversation())
		at.wait("the customer is there", `shows("", "conversation", "王芳")`)
		eval[bool](at, `(all("", "conversation").find((c) => c.textContent.includes("王芳")).click(), true)`)
		at.seen("", "门把手坏了.png", 1200)
		at.pick("", "安装说明书（第二版，2026年3月）.pdf", "application/pdf", append([]byte("%PDF-1.7\n"), make([]byte, 1_340_000)...))
		widget.has(chat, "file", "安装说明书")
		at.wait("it is said", fmt.Sprintf(`all("", "message").some((m) => m.dataset.key && m.textContent.includes(%s))`, quote("安装说明书")))
		examine(at, "desk")
		widget.do(look)
		examine(widget, "said")
		for _, p := range []*page{widget, at} {
			p.silent()
		}
	}
}
