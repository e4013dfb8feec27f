package pagetest

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// microphones makes a page keep the microphones that it opens, as window.opened.
const microphones = `(window.opened = [], navigator.mediaDevices.getUserMedia = ((open) => async (...what) => {
	opened.push(await open.apply(navigator.mediaDevices, what));
	return opened.at(-1);
})(navigator.mediaDevices.getUserMedia), true)`

const microphoneOff = `opened.length > 0 && opened.every((s) => s.getTracks().every((track) => track.readyState === "ended")) && clickable("zhida-chat", "voice", 0)`

// TestARecorderThatFails leaves no microphone open, says so, and may be tried again.
func TestARecorderThatFails(t *testing.T) {
	t.Parallel()
	p := openDemo(t, start(t), phone)
	eval[bool](p, microphones)
	for _, broken := range []string{
		`MediaRecorder = class { static isTypeSupported() { return false; } constructor() { throw new DOMException('', 'NotSupportedError'); } }`,
		`MediaRecorder = class { static isTypeSupported() { return true; } start() { throw new DOMException('', 'UnknownError'); } }`,
	} {
		eval[bool](p, `(window.works ??= MediaRecorder, `+broken+`, true)`)
		p.click(chat, "voice")
		p.has(chat, "voice-problem", "Recording failed")
		p.wait("the microphone is off", microphoneOff)
	}
	eval[bool](p, `(MediaRecorder = works, true)`)
	p.click(chat, "voice")
	p.has(chat, "recording", "0:01")
	p.wait("the complaint is gone", `!all("zhida-chat", "voice-problem").some(visible)`)
	p.wait("it is said aloud", `document.querySelector("zhida-chat").shadowRoot.querySelector("[aria-live=polite]")?.textContent.includes("Recording")`)
	p.click(chat, "voice-discard")
	p.wait("the microphone is off", microphoneOff)
	p.silent()
}

// TestAnInterruptedNote: a microphone that somebody else takes ends the note; what there
// is of it is sent or dropped by the customer, and by nobody else.
func TestAnInterruptedNote(t *testing.T) {
	t.Parallel()
	p := openDemo(t, start(t), phone)
	if _, err := chromedp.Call(p.ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	eval[bool](p, microphones)
	interrupt := func() {
		p.click(chat, "voice")
		p.has(chat, "recording", "0:01")
		eval[bool](p, `(opened.at(-1).getTracks().forEach((track) => track.stop()), true)`)
		p.has(chat, "recording", "interrupted")
		p.shot("interrupted")
	}
	interrupt()
	p.click(chat, "voice-discard")
	p.wait("the bar is gone", `!all("zhida-chat", "recording").some(visible) && clickable("zhida-chat", "voice", 0)`)
	interrupt()
	if n := eval[int](p, `all("zhida-chat", "sound").length`); n != 0 {
		t.Errorf("%d notes were sent by themselves", n)
	}
	p.click(chat, "voice-stop")
	p.wait("it is sent", `all("zhida-chat", "sound").length === 1 && !all("zhida-chat", "message").some((m) => m.dataset.unsent) && !all("zhida-chat", "recording").some(visible)`)
	name := eval[string](p, `all("zhida-chat", "sound")[0].getAttribute("aria-label")`)
	if ago := eval[float64](p, `(Date.now() - Date.parse(all("zhida-chat", "sound")[0].getAttribute("aria-label").match(/(\S+) (\d\d)\.(\d\d)\.(\d\d)\./).slice(1).join(" ").replace(/ (\d\d) (\d\d) (\d\d)$/, "T$1:$2:$3+08:00"))) / 1000`); ago < 0 || ago > 60 {
		t.Errorf("%q is %v seconds old by the clock on the wall", name, ago)
	}
	p.silent()
}
