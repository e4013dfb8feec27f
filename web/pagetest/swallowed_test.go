package pagetest

import (
	_ "embed"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// A network in which WebSockets open and carry nothing: the widget goes over to calls
// after two of them, of six seconds each.
func TestSwallowedWebSockets(t *testing.T) {
	t.Parallel()
	b := start(t)
	w := between(t, b)
	w.mute.Store(true)
	p := open(t, browser(t), "about:blank", phone)
	p.clocked()
	p.do(chromedp.Navigate(w.url + "/"))
	for n := range int64(2) {
		until(t, "a WebSocket is tried", func() bool { return w.sockets.Load() > n })
		p.do(chromedp.Sleep(200 * time.Millisecond)) // it opens
		p.pass(7 * time.Second)                      // with the pause until the next
	}
	p.online()
	if n := w.sockets.Load(); n != 2 || w.calls.Load() == 0 {
		t.Errorf("after %d WebSockets there are %d calls", n, w.calls.Load())
	}
	p.write(chat, "input", "找个活人")
	p.has(chat, "position", "3")
}

// Where what makes the calls does not come either, WebSockets are tried on.
func TestTheFallbackDoesNotCome(t *testing.T) {
	t.Parallel()
	w := between(t, start(t))
	w.blocked.Store(true)
	w.lacks.Store("/web/common/polled.js")
	p := open(t, browser(t), w.url+"/", phone)
	until(t, "WebSockets are tried", func() bool { return w.sockets.Load() >= 2 })
	w.blocked.Store(false)
	p.online()
}

// slowScript uses a line of calls of which each takes nine seconds, for eleven minutes, while
// somebody types now and then.
//
//go:embed testdata/slow.js
var slowScript string

// A slow line is a line: whatever is heard on it is a sign of life.
func TestASlowLineStays(t *testing.T) {
	t.Parallel()
	p := open(t, browser(t), "about:blank", phone)
	p.clocked()
	p.do(chromedp.Navigate(start(t).base + "/desk/"))
	statuses, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](slowScript, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if at := slices.Index(statuses, "open"); at < 0 || at != len(statuses)-1 {
		t.Errorf("it was %q", statuses)
	}
}
