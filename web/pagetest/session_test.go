package pagetest

import (
	_ "embed"
	"encoding/json"
	"maps"
	"testing"

	"github.com/chromedp/chromedp"
)

// sessionScript runs ChatSession on lines of its own.
//
//go:embed testdata/session.js
var sessionScript string

// sessions checks what one part of it reports.
func sessions(t *testing.T, part string, want map[string]string) {
	t.Helper()
	p := open(t, browser(t), start(t).base+"/desk/", desktop)
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](sessionScript, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]map[string]string
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got[part], want) {
		t.Errorf("got  %q\nwant %q", got[part], want)
	}
}

// TestWhatIsPushedBeforeReady counts after it, which is older, and what was overtaken on
// its way does not count: a gateway pushes while a function still reads.
func TestWhatIsPushedBeforeReady(t *testing.T) {
	t.Parallel()
	sessions(t, "early", map[string]string{
		"a person, and then that they wait": "human",
		"a position that comes too late":    "human",
		"two positions":                     "waiting 3",
		"before ready":                      "2",
		"after a hole":                      "5, filled",
		"on a WebSocket that takes over":    "human, 2",
	})
}

// TestWordsMoveWithTheirCustomer: what was not sent in the conversation that somebody had
// as a visitor is sent in their own, as what may have come in before; and to nobody else.
func TestWordsMoveWithTheirCustomer(t *testing.T) {
	t.Parallel()
	sessions(t, "moved", map[string]string{
		"refused where it is over": "offline, 1 unsent",
		"in her own":               "again one; 2 are there, and more",
		"before an answer came":    "again one,again one",
		"acknowledged":             "the same, 0 unsent",
		"another customer":         "nothing sent, 0 shown; 5",
		"who was another visitor":  "nothing",
		"and ann again":            "message two",
	})
}
