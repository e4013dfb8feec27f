package platform_test

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/sms/platform"
)

// violations are how many there are, all for one reason.
func (w *world) violations(why platform.Why) int {
	w.t.Helper()
	all := w.p.Violations()
	for _, v := range all {
		if v.Why != why {
			w.t.Errorf("violation %+v", v)
		}
	}
	return len(all)
}

// TestSendingToWhoOptedOut is a violation once the program knows, whatever the API answers.
func TestSendingToWhoOptedOut(t *testing.T) {
	w := newWorld(t, nil)
	d := w.writes(managed, "STOP")
	w.p.Acked("of nobody")
	if _, err := w.sends(managed, "hi", nil); !optedOutError(err) || w.violations(platform.OptedOut) != 0 {
		t.Errorf("before it is known: %v, %+v", err, w.p.Violations())
	}
	w.p.Acked(d.InboundMessageID)
	w.p.FailCalls("SendTextMessage", platform.Reset, platform.ServerError, platform.NoCallFault)
	for n, want := range []int{0, 1, 2} { // what is lost on its way never was
		if _, err := w.sends(managed, "hi", nil); err == nil || w.violations(platform.OptedOut) != want {
			t.Errorf("call %d: %v, %+v", n, err, w.p.Violations())
		}
	}
	if v := w.p.Violations()[0]; v != (platform.Violation{At: start, Number: managed, Phone: phone, Why: platform.OptedOut}) {
		t.Errorf("%+v", v)
	}
}

// TestConfirming a STOP to a self-managed number: once, within five minutes.
func TestConfirming(t *testing.T) {
	for name, c := range map[string]struct {
		known bool
		waits []time.Duration // before each message
		want  int
	}{
		"nobody knows":               {false, []time.Duration{0, 0, 0}, 0},
		"one":                        {true, []time.Duration{time.Minute}, 0},
		"two":                        {true, []time.Duration{time.Minute, 0}, 1},
		"at the last moment":         {true, []time.Duration{5 * time.Minute}, 0},
		"later":                      {true, []time.Duration{5*time.Minute + 1}, 1},
		"one in time, and one later": {true, []time.Duration{0, time.Hour}, 1},
	} {
		w := newWorld(t, nil)
		d := w.writes(own, "Stop.")
		if c.known {
			w.p.Acked(d.InboundMessageID)
		}
		for _, wait := range c.waits {
			w.clock.Advance(wait)
			_, err := w.sends(own, "hi", nil)
			w.must(err)
		}
		if got := w.violations(platform.OptedOut); got != c.want || !w.p.Phone(phone).OptedOut(own) {
			t.Errorf("%s: %d violations, want %d", name, got, c.want)
		}
	}
}

// TestWhatIsNoStop to a self-managed number: only what nobody can mean otherwise is held against a program.
func TestWhatIsNoStop(t *testing.T) {
	w := newWorld(t, nil)
	for _, text := range []string{"cancel my order", "how do I stop it?", "end"} {
		w.p.Acked(w.writes(own, text).InboundMessageID)
		if got, want := w.p.Phone(phone).OptedOut(own), text == "end"; got != want {
			t.Errorf("%q: opted out %v", text, got)
		}
	}
	if w.p.Phone(phone).OptedOut(managed) {
		t.Error("the managed numbers have nothing to do with it")
	}
	_, err := w.sends(own, "confirmed", nil)
	w.must(err)
	w.writes(own, "start")
	for range 3 {
		_, err = w.sends(own, "hi", nil)
		w.must(err)
	}
	if n := w.violations(platform.OptedOut); n != 0 {
		t.Errorf("after START: %d", n)
	}
	// What went out before the program knew confirms nothing.
	d := w.writes(own, "STOP")
	for _, known := range []bool{false, true} {
		if known {
			w.p.Acked(d.InboundMessageID)
		}
		_, err = w.sends(own, "hi", nil)
		w.must(err)
	}
	if n := w.violations(platform.OptedOut); n != 0 {
		t.Errorf("a confirmation after what was on its way: %d", n)
	}
	// Whoever stops again may be told so again.
	w.p.Acked(w.writes(own, "STOP").InboundMessageID)
	_, err = w.sends(own, "confirmed", nil)
	w.must(err)
	w.p.Acked(w.writes(own, "STOP").InboundMessageID)
	_, err = w.sends(own, "confirmed", nil)
	w.must(err)
	if n := w.violations(platform.OptedOut); n != 0 {
		t.Errorf("confirming twice what was said twice: %d", n)
	}
}
