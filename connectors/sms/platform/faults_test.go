package platform_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"

	"github.com/zhida-project/zhida/connectors/sms/platform"
)

// TestCallFaults: what each looks like to the SDK, whether the message goes out, and what the log says.
func TestCallFaults(t *testing.T) {
	for f, want := range map[platform.CallFault]struct {
		status int // 0: the connection breaks
		taken  bool
	}{
		platform.NoCallFault: {http.StatusOK, true}, platform.Reset: {0, false}, platform.Swallow: {0, true},
		platform.ServerError: {http.StatusInternalServerError, false}, platform.ServerErrorTaken: {http.StatusInternalServerError, true},
		platform.Limited: {http.StatusBadRequest, false},
	} {
		w := newWorld(t, nil)
		w.p.FailCalls("SendTextMessage", f)
		_, err := w.sends(managed, "one", nil)
		if (err == nil) != (f == platform.NoCallFault) || err != nil && statusOf(err) != want.status || (len(w.inbox()) == 1) != want.taken {
			t.Errorf("fault %d: %v, %d arrived", f, err, len(w.inbox()))
		}
		var broken *types.InternalServerException
		var limited *types.ThrottlingException
		if errors.As(err, &broken) != (want.status == http.StatusInternalServerError) || errors.As(err, &limited) != (f == platform.Limited) {
			t.Errorf("fault %d: %v", f, err)
		}
		var line struct {
			Msg, Operation string
			Fault          platform.CallFault
		}
		w.must(json.Unmarshal(w.logged(), &line))
		if line.Msg != "call" || line.Operation != "SendTextMessage" || line.Fault != f {
			t.Errorf("fault %d: the log says %+v", f, line)
		}
		_, err = w.sends(managed, "two", nil)
		w.must(err)
	}
}

// TestRefusedAfterAll: a 500 after nothing was taken is what was refused.
func TestRefusedAfterAll(t *testing.T) {
	w := newWorld(t, nil)
	w.p.FailCalls("SendTextMessage", platform.ServerErrorTaken)
	var missing *types.ResourceNotFoundException
	if _, err := w.sends("+12065559999", "hi", nil); !errors.As(err, &missing) {
		t.Errorf("%v", err)
	}
}

// TestCallsHaveTheirLuck: the same with the same seed, another with another, about as often as planned.
func TestCallsHaveTheirLuck(t *testing.T) {
	luck := func(seed uint64) (all []int) {
		w := newWorld(t, func(o *platform.Options) {
			o.Faults = platform.Plan{Seed: seed, Reset: 0.1, Swallow: 0.1, ServerError: 0.1, ServerErrorTaken: 0.1, Limited: 0.2}
		})
		for range 100 {
			w.clock.Advance(time.Second)
			_, err := w.sends(managed, "hi", nil)
			status := statusOf(err)
			if err == nil {
				status = http.StatusOK
			}
			all = append(all, status)
		}
		return all
	}
	one := luck(1)
	if again := luck(1); !slices.Equal(one, again) {
		t.Errorf("%v, then %v", one, again)
	}
	if slices.Equal(one, luck(2)) {
		t.Error("another seed has the same luck")
	}
	for status, want := range map[int]int{http.StatusOK: 40, http.StatusInternalServerError: 20, http.StatusBadRequest: 20, 0: 20} {
		n := 0
		for _, got := range one {
			if got == status {
				n++
			}
		}
		if n < want/2 || n > want*2 {
			t.Errorf("status %d came %d times of 100, want about %d", status, n, want)
		}
	}
}

// TestNotificationsHaveTheirLuck, likewise.
func TestNotificationsHaveTheirLuck(t *testing.T) {
	luck := func(seed uint64) (copies []int) {
		w := newWorld(t, func(o *platform.Options) {
			o.Faults = platform.Plan{Seed: seed, Twice: 0.2, Again: 0.2, Anew: 0.2, Late: 0.2}
		})
		at := map[string]int{}
		for n := range 50 {
			at[w.writes(managed, spoken).InboundMessageID] = n
		}
		w.passes(2 * time.Hour)
		copies = make([]int, 50)
		for _, n := range w.hears(topic) {
			copies[at[n.inbound.ID]]++
		}
		return copies
	}
	one := luck(1)
	if !slices.Equal(one, luck(1)) || slices.Equal(one, luck(2)) {
		t.Error("luck is not its seed's")
	}
	doubled := 0
	for _, n := range one {
		if n == 2 {
			doubled++
		} else if n != 1 {
			t.Errorf("a message came %d times", n)
		}
	}
	if doubled < 20 || doubled > 40 {
		t.Errorf("%d of 50 came twice, want about 30", doubled)
	}
}

// TestOutages: the API is down, and what phones write goes on.
func TestOutages(t *testing.T) {
	w := newWorld(t, func(o *platform.Options) {
		o.Faults.Down = []platform.Span{{From: start.Add(time.Minute), To: start.Add(time.Hour)}}
	})
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{time.Minute - 1, 0}, {time.Minute, 503}, {time.Hour - 1, 503}, {time.Hour, 0}} {
		w.clock.Advance(start.Add(c.after).Sub(w.clock.Now()))
		if _, err := w.sends(managed, "hi", nil); statusOf(err) != c.want || (err == nil) != (c.want == 0) {
			t.Errorf("after %v: %v", c.after, err)
		}
		w.writes(managed, spoken)
		if got := w.hears(topic); len(got) != 1 {
			t.Errorf("after %v: %d came", c.after, len(got))
		}
	}
}

// TestCloseEndsWhatIsUnderWay: what waits to be told, what waits for a queue.
func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	var given []*platform.Delivery
	t.Cleanup(func() { // comes after the world's own, which closes it and sees it settle
		for _, d := range given {
			if _, taken, err := d.Wait(context.Background()); err != nil || taken {
				t.Errorf("taken %v, %v", taken, err)
			}
		}
	})
	w := newWorld(t, nil)
	w.p.FailInbound(platform.Late, platform.Anew, platform.NoPushFault)
	late := w.writes(managed, spoken)
	w.writes(managed, spoken)
	w.must(w.p.Rests(w.patience()))
	w.mu.Lock()
	w.refuses = 1 << 30
	w.mu.Unlock()
	given = append(given, late, w.writes(managed, spoken))
	_, err := w.sends(managed, "hi", reported)
	w.must(err)
	w.must(w.p.Rests(w.patience()))
}
