package platform_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
)

// TestCallFaults: what each looks like, whether the call was carried out, and that it is the next call
// of that method that meets it.
func TestCallFaults(t *testing.T) {
	for f, want := range map[platform.CallFault]struct {
		status int // 0: the connection breaks
		wait   string
		taken  bool
	}{
		platform.NoCallFault:     {http.StatusOK, "", true},
		platform.ServerError:     {http.StatusInternalServerError, "", false},
		platform.Reset:           {0, "", false},
		platform.Swallow:         {0, "", true},
		platform.Limited:         {http.StatusTooManyRequests, "1", false},
		platform.LimitedSilently: {http.StatusTooManyRequests, "", false},
	} {
		w, token := newWorld(t, nil)
		help := w.p.Channel("T1", "help")
		w.p.FailCalls("chat.postMessage", f)
		w.works(token, "")
		s := w.posts(token, help.ID, "one")
		if s.status != want.status || s.header.Get("Retry-After") != want.wait || (len(w.p.Posts(help, "")) == 1) != want.taken {
			t.Errorf("fault %d: status %d, Retry-After %q, %d posts", f, s.status, s.header.Get("Retry-After"), len(w.p.Posts(help, "")))
		}
		if got := w.p.Violations(); len(got) > 0 {
			t.Errorf("fault %d is held against the app: %+v", f, got)
		}
		w.clock.Advance(time.Second)
		w.wants(w.posts(token, help.ID, "two"), "")
	}
}

// TestCallsHaveTheirLuck: the same with the same seed, another with another, about as often as planned.
func TestCallsHaveTheirLuck(t *testing.T) {
	luck := func(seed uint64, between string) (all []int) {
		w, _ := newWorld(t, func(o *platform.Options) {
			o.Faults = platform.Plan{Seed: seed, ServerError: 0.2, Reset: 0.1, Swallow: 0.1, Limited: 0.2}
		})
		for range 100 {
			all = append(all, w.call("chat.postMessage", "", url.Values{}).status)
			if between != "" {
				w.call(between, "", url.Values{})
			}
		}
		return all
	}
	one := luck(1, "")
	if again := luck(1, "chat.update"); !slices.Equal(one, again) {
		t.Errorf("%v, then %v", one, again)
	}
	if other := luck(2, ""); slices.Equal(one, other) {
		t.Error("another seed has the same luck")
	}
	for status, want := range map[int]int{http.StatusOK: 40, http.StatusInternalServerError: 20, http.StatusTooManyRequests: 20, 0: 20} {
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

// TestPushesHaveTheirLuck, the same with the same seed.
func TestPushesHaveTheirLuck(t *testing.T) {
	luck := func(seed uint64) (all []int) {
		w, _ := newWorld(t, func(o *platform.Options) {
			o.Faults = platform.Plan{Seed: seed, LoseRequest: 0.3, LoseAnswer: 0.3}
		})
		for range 30 {
			_, d := w.p.Person("T1", "li").Write(spoken, "")
			for _, pause := range []time.Duration{3, 3, 60, 3, 300, 3} {
				w.passes(pause * time.Second)
			}
			w.must(d.Wait(w.patience()))
			w.mu.Lock()
			all = append(all, d.Attempts, len(w.calls))
			w.mu.Unlock()
		}
		return all
	}
	one := luck(1)
	if again := luck(1); !slices.Equal(one, again) {
		t.Errorf("%v, then %v", one, again)
	}
	if other := luck(2); slices.Equal(one, other) {
		t.Error("another seed has the same luck")
	}
	arrived, attempts := one[len(one)-1], 0
	for i := 0; i < len(one); i += 2 {
		attempts += one[i]
	}
	if attempts < 45 || attempts > 100 || arrived <= attempts/2 || arrived >= attempts {
		t.Errorf("%d attempts for 30 events, of which %d arrived", attempts, arrived)
	}
}

// TestOutages: all of https://slack.com is down, and nothing else.
func TestOutages(t *testing.T) {
	w, token := newWorld(t, func(o *platform.Options) {
		o.Faults.Down = []platform.Span{{From: start.Add(time.Minute), To: start.Add(time.Hour)}}
	})
	help := w.p.Channel("T1", "help")
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{time.Minute - 1, http.StatusOK}, {time.Minute, 503}, {time.Hour - 1, 503}, {time.Hour, http.StatusOK}} {
		w.clock.Advance(start.Add(c.after).Sub(w.clock.Now()))
		if got := w.posts(token, help.ID, "one").status; got != c.want {
			t.Errorf("after %v: status %d", c.after, got)
		}
		if got := w.get(http.MethodGet, "/files-pri/T1-F1", token, "", "").status; got != c.want {
			t.Errorf("files after %v: status %d", c.after, got)
		}
		w.p.Person("T1", "li").Write(spoken, "")
		w.hears(1)
	}
}
