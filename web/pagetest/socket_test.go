package pagetest

import (
	_ "embed"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/chromedp/chromedp"
)

// socketScript runs LiveSocket on a line and a clock of its own.
//
//go:embed testdata/socket.js
var socketScript string

// beat is what a socket did in one rhythm: the types of the frames it sent, and
// whether it took its line for alive.
type beat struct {
	Early, Due, Again []string // just before the first ping is due, when it is, when the second is
	Alive             string   // after a pong
	Heard             []string // after a ping without one, but with something else: the status, and what was sent since the second ping was due
	Unanswered        string   // after a ping without one
}

// quiet is a socket that says something on a line that was silent for a while.
type quiet struct {
	Soon, Later []string // at once after a sign of life; half a minute after it, several times
	Unanswered  string
}

// TestSocketKeepsTheRhythm: the server says how often a page pings, and a dead line
// is noticed whatever it says.
func TestSocketKeepsTheRhythm(t *testing.T) {
	b := start(t)
	p := open(t, browser(t), b.base+"/desk/", desktop)
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](socketScript, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Told, Untold, Nonsense beat
		Quiet                  quiet
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	ping := []string{"ping"}
	want := got
	want.Told = beat{Early: []string{}, Due: ping, Again: ping, Alive: "open", Heard: []string{"open", "ping", "ping"}, Unanswered: "offline"}
	want.Untold, want.Nonsense = want.Told, want.Told
	want.Quiet = quiet{Soon: []string{"typing"}, Later: []string{"typing", "ping", "typing", "typing"}, Unanswered: "offline"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
