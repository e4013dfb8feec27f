package pagetest

import (
	_ "embed"
	"encoding/json"
	"maps"
	"testing"

	"github.com/chromedp/chromedp"
)

// earlyScript runs ChatSession on a line of its own.
//
//go:embed testdata/early.js
var earlyScript string

// TestWhatIsPushedBeforeReady counts after it, which is older, and what was overtaken on
// its way does not count: a gateway pushes while a function still reads.
func TestWhatIsPushedBeforeReady(t *testing.T) {
	t.Parallel()
	p := open(t, browser(t), start(t).base+"/desk/", desktop)
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](earlyScript, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a person, and then that they wait": "human",
		"a position that comes too late":    "human",
		"two positions":                     "waiting 3",
		"before ready":                      "2",
		"after a hole":                      "5, filled",
		"on a WebSocket that takes over":    "human, 2",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
