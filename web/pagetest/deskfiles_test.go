package pagetest

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
)

// atDesk is an agent at a site's desk who serves the customer of a page.
func atDesk(t *testing.T, s *site, widget, p *page) {
	t.Helper()
	widget.write(chat, "input", "转人工")
	widget.has(chat, "position", "3")
	signIn(t, s.binary, p, "lin")
	s.binary.agent("lin").take(widget.conversation())
	p.wait("the customer is there", fmt.Sprintf(`shows("", "conversation", %q)`, s.name))
	eval[bool](p, fmt.Sprintf(`(all("", "conversation").find((c) => c.textContent.includes(%q)).click(), true)`, s.name))
}

// kept counts the addresses that a page has made for files and not let go of.
const kept = `(() => {
	const {createObjectURL: make, revokeObjectURL: drop} = URL;
	window.kept = new Set();
	window.made = 0;
	URL.createObjectURL = (blob) => { const url = make.call(URL, blob); kept.add(url); made++; return url; };
	URL.revokeObjectURL = (url) => { kept.delete(url); drop.call(URL, url); };
	return true;
})()`

// TestTheDesksFiles: how far one is shows, it can be taken back, those that were picked
// together arrive in their order, and nothing is kept of what is not shown any more.
func TestTheDesksFiles(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	var fails atomic.Bool
	s.upload = func(w http.ResponseWriter) bool {
		failed := fails.CompareAndSwap(true, false)
		if failed {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return failed
	}
	tabs := browser(t)
	widget := s.visit(tabs, "/chat", phone)
	at := open(t, tabs, s.URL+"/desk/", desktop)
	atDesk(t, s, widget, at)
	eval[bool](at, kept)
	s.slow.Store(true)
	at.pick("", "slow.bin", "", make([]byte, 3<<20))
	at.wait("how far it is shows", `all("", "message").some((m) => m.querySelector(".fate progress")?.value === 1)`)
	at.shot("on its way")
	at.click("", "cancel")
	until(t, "it is broken off", func() bool { return s.left.Load() == 1 })
	at.wait("it is gone", `!all("", "message").some((m) => m.textContent.includes("slow.bin"))`)
	s.slow.Store(false)

	fails.Store(true) // the first has to be tried again
	eval[bool](at, `((input, chosen) => {
		for (const [name, size] of [["1.bin", 10_000], ["2.bin", 10], ["3.bin", 1000]]) chosen.items.add(new File([new Uint8Array(size)], name));
		input.files = chosen.files;
		input.dispatchEvent(new Event('change'));
		return true;
	})(all("", "files")[0], new DataTransfer())`)
	widget.wait("all have arrived", `all("zhida-chat", "file").length === 3`)
	if got := eval[string](widget, `all("zhida-chat", "file").map((a) => a.download).join()`); got != "1.bin,2.bin,3.bin" {
		t.Errorf("they arrived as %s", got)
	}
	at.wait("nothing is kept", `made === 4 && kept.size === 0`)
}

// TestTheDeskMayNotSendFiles: a desk that was told of no limits by the time that a file
// goes says that it cannot be sent.
func TestTheDeskMayNotSendFiles(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	tabs := browser(t)
	widget := s.visit(tabs, "/chat", phone)
	at := open(t, tabs, s.URL+"/desk/", desktop)
	atDesk(t, s, widget, at)
	eval[bool](at, `(File.prototype.arrayBuffer = () => new Promise((done) => { window.ready = done; }), true)`)
	at.pick("", "a.png", "image/png", picture(t, 31, 20))
	// The desk comes back to a server that takes no files.
	eval[bool](at, `(JSON.parse = ((parse) => (...what) => { const value = parse(...what); if (value?.type === 'ready') { delete value.media; window.told = true; } return value; })(JSON.parse), dispatchEvent(new Event('offline')), dispatchEvent(new Event('online')), true)`)
	at.wait("it is told", `window.told && !clickable("", "attach", 0)`)
	eval[bool](at, `(ready(new ArrayBuffer(0)), true)`)
	at.has("", "message", "cannot be sent here")
	at.silent()
}

// TestNothingIsKeptOfFiles in the widget, once the server has them or they are taken back.
func TestNothingIsKeptOfFiles(t *testing.T) {
	t.Parallel()
	p := openDemo(t, start(t), phone)
	eval[bool](p, kept)
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
	p.seen(chat, "a.png", 31)
	p.pick(chat, "b.png", "image/png", []byte("<html>"))
	p.click(chat, "discard")
	p.wait("nothing is kept", `made === 2 && kept.size === 0`)
	p.silent()
}

// TestTheBucketIsBusy: what somebody else is just putting there may not come to be, so
// that it is uploaded again.
func TestTheBucketIsBusy(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	var busy atomic.Int64
	s.upload = func(w http.ResponseWriter) bool {
		if busy.Add(1) > 1 {
			return false
		}
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`<?xml version="1.0"?><Error><Code>ConditionalRequestConflict</Code></Error>`)) // as S3
		return true
	}
	p := s.visit(browser(t), "/chat", phone)
	p.pick(chat, "a.png", "image/png", picture(t, 31, 20))
	p.seen(chat, "a.png", 31)
	if n := busy.Load(); n != 2 {
		t.Errorf("uploaded %d times", n)
	}
}
