package pagetest

import (
	_ "embed"
	"encoding/json"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// seenScript runs SeenTeller on a clock of its own.
//
//go:embed testdata/seen.js
var seenScript string

// What a customer has read is told seldom: the newest only, and while somebody looks.
func TestSeenIsToldSeldom(t *testing.T) {
	p := open(t, browser(t), start(t).base+"/desk/", desktop)
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](seenScript, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string][]string
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	for step, want := range map[string][]string{
		"nobody wrote": nil, "one": {"3/3"}, "a burst, at once": nil, "a burst, later": {"7/7"}, "a repeat": nil,
		"not on the screen": {"8/7"}, "on the screen": {"8/8"}, "hidden": nil, "no connection": nil, "connected": {"9/9"},
	} {
		if !slices.Equal(got[step], want) {
			t.Errorf("%s: told %q, want %q", step, got[step], want)
		}
	}
}
