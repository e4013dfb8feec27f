package pagetest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"testing"
)

// picture is a PNG of a size, in pixels.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pick gives a file to the button that picks files, as a person's choice does.
func (p *page) pick(part, name, mediaType string, content []byte) {
	p.Helper()
	p.wait(part+" takes files", fmt.Sprintf("clickable(%q, 'attach', 0)", part))
	eval[bool](p, fmt.Sprintf(`(() => {
		const bytes = Uint8Array.from(atob(%q), (c) => c.charCodeAt(0));
		const chosen = new DataTransfer();
		chosen.items.add(new File([bytes], %s, {type: %q}));
		const input = all(%q, 'files')[0];
		input.files = chosen.files;
		input.dispatchEvent(new Event('change'));
		return true;
	})()`, base64.StdEncoding.EncodeToString(content), strconv.QuoteToASCII(name), mediaType, part))
}

// seen waits until a picture of that name and width is drawn, by the server's address.
func (p *page) seen(part, name string, width int) {
	p.Helper()
	p.wait(fmt.Sprintf("%s shows %s, %d pixels wide", part, name, width), fmt.Sprintf(
		"all(%q, 'picture').some((i) => i.alt === %q && i.naturalWidth === %d && i.src.startsWith('http') && i.getBoundingClientRect().height <= 300)", part, name, width))
}

// A customer sends a picture and a file with a hostile name; the agent sees both, and
// answers with a picture.
func TestPicturesAndFiles(t *testing.T) {
	b := start(t)
	p := openDemo(t, b, desktop)
	p.write(chat, "input", "转人工")
	p.has(chat, "position", "3")
	for _, place := range []string{"2", "1"} {
		p.click(desk, "claim")
		p.has(chat, "position", place)
	}
	p.click(desk, "claim")
	p.has(desk, "message", "转人工")

	p.pick(chat, "坏了.png", "image/png", picture(t, 2500, 50))
	p.seen(chat, "坏了.png", 2000) // made smaller before it was sent
	p.seen(desk, "坏了.png", 2000)
	p.pick(chat, "invoice\u202efdp.exe", "application/x-msdownload", []byte("MZ\x90\x00 a program"))
	p.has(desk, "file", "invoicefdp.exe")
	p.has(chat, "file", "invoicefdp.exe")
	p.wait("a file is saved, not opened", `all("iframe", "file").every((a) => a.download && a.rel.includes("noopener") && a.querySelector(".name").dir === "ltr")`)
	p.shot("1-seen")

	p.pick(desk, "答复.png", "image/png", picture(t, 300, 200))
	p.seen(chat, "答复.png", 300)
	p.wait("it is a person's", `all("zhida-chat", "message").some((m) => m.dataset.author === "person" && m.querySelector("img"))`)
	p.wait("the desk knows that it arrived", `all("iframe", "message").some((m) => m.querySelector("img[alt='答复.png']") && m.dataset.author === "person" && m.dataset.key)`)
	p.do(reload)
	p.seen(chat, "答复.png", 300)
	p.seen(chat, "坏了.png", 2000)
	p.shot("2-answered")
	p.silent()
}

// A page that calls itself a picture is refused, at the message, in the customer's
// language; it can be taken away, and what is fine goes on.
func TestAPageIsNoPicture(t *testing.T) {
	p := openDemo(t, start(t), phone)
	p.pick(chat, "a.png", "image/png", []byte("<!DOCTYPE html><script>alert(1)</script>"))
	p.has(chat, "message", "not what its name says")
	p.shot("refused")
	p.click(chat, "discard")
	p.wait("it is gone", `!shows("zhida-chat", "message", "what its name says")`)
	p.pick(chat, "b.png", "image/png", picture(t, 30, 20))
	p.seen(chat, "b.png", 30)
	p.has(chat, "message", "person") // nobody reads pictures but people: one is offered
	p.pick(chat, "large.png", "image/png", bytes.Repeat([]byte{1}, 10<<20+1))
	p.has(chat, "message", "too large")
	p.silent()
}

// A voice note: recorded in sight, discarded, recorded again, played by the agent.
func TestVoiceNote(t *testing.T) {
	p := openDemo(t, start(t), desktop)
	p.write(chat, "input", "转人工")
	p.has(chat, "position", "3")
	p.click(chat, "voice")
	p.has(chat, "recording", "Recording")
	p.shot("1-recording")
	p.click(chat, "voice-discard")
	p.wait("the microphone is off", `!all("zhida-chat", "recording").some(visible) && !all("zhida-chat", "sound").length`)
	p.click(chat, "voice")
	p.has(chat, "recording", "0:01")
	p.click(chat, "voice-stop")
	const plays = `all(%q, "sound").some((a) => a.src.startsWith(%q) && a.readyState >= 1 && !a.error)`
	p.wait("the customer can hear it", fmt.Sprintf(plays, chat, "blob:"))
	p.wait("nothing is recorded any more", `!all("zhida-chat", "recording").some(visible)`)
	for range 3 {
		p.click(desk, "claim")
	}
	p.wait("the agent can hear it", fmt.Sprintf(plays, desk, "http"))
	p.do(reload)
	p.wait("the customer can hear it later", fmt.Sprintf(plays, chat, "http"))
	p.shot("2-heard")
	p.silent()
}
