package platform_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
)

// retries are the number and the reason that each call names.
func retries(calls []call) []string {
	var all []string
	for _, c := range calls {
		all = append(all, c.header.Get("X-Slack-Retry-Num")+c.header.Get("X-Slack-Retry-Reason"))
	}
	return all
}

func status(code int) func(int, http.ResponseWriter) {
	return func(_ int, rw http.ResponseWriter) { rw.WriteHeader(code) }
}

// TestCallsAreSigned, events and the others, each attempt anew.
func TestCallsAreSigned(t *testing.T) {
	w, _ := newWorld(t, nil)
	w.answer = status(http.StatusInternalServerError)
	li := w.p.Person("T1", "li")
	li.Write(spoken, "")
	w.passes(time.Minute)
	w.passes(5 * time.Minute)
	calls := w.hears(4)
	li.Command(li.Direct(), "/human", "")
	for i, c := range append(calls, w.hears(1)...) {
		stamp := c.header.Get("X-Slack-Request-Timestamp")
		mac := hmac.New(sha256.New, []byte(signingSecret))
		mac.Write([]byte("v0:" + stamp + ":" + string(c.body)))
		if c.header.Get("X-Slack-Signature") != "v0="+hex.EncodeToString(mac.Sum(nil)) {
			t.Errorf("call %d is signed %v", i+1, c.header)
		}
	}
}

// TestRetries: at once, after a minute and after five, of the same event, with number and reason.
// https://docs.slack.dev/apis/events-api (Retries)
func TestRetries(t *testing.T) {
	w, _ := newWorld(t, nil)
	w.answer = status(http.StatusNotFound)
	_, d := w.p.Person("T1", "li").Write(spoken, "")
	w.must(w.p.Rests(w.patience()))
	w.mu.Lock()
	if len(w.calls) != 2 {
		t.Errorf("%d calls at once, want 2", len(w.calls))
	}
	w.mu.Unlock()
	for _, step := range []time.Duration{59 * time.Second, time.Second, 299 * time.Second, time.Second} {
		w.passes(step)
	}
	w.must(d.Wait(w.patience()))
	calls := w.hears(4)
	if got := retries(calls); !slices.Equal(got, []string{"", "1http_error", "2http_error", "3http_error"}) {
		t.Errorf("called as %q", got)
	}
	for i, c := range calls {
		if c.outer["event_id"] != calls[0].outer["event_id"] || !slices.Equal(c.body, calls[0].body) {
			t.Errorf("call %d tells of something else: %s", i+1, c.body)
		}
		at := start.Add([]time.Duration{0, 0, time.Minute, 6 * time.Minute}[i])
		if stamp := c.header.Get("X-Slack-Request-Timestamp"); stamp != strconv.FormatInt(at.Unix(), 10) {
			t.Errorf("call %d is of %s, want %d", i+1, stamp, at.Unix())
		}
	}
	if d.Taken || d.Attempts != 4 {
		t.Errorf("%+v", d)
	}
}

// TestRetriesAfterSilence: three seconds are too long, and the next call is made at once then.
func TestRetriesAfterSilence(t *testing.T) {
	w, _ := newWorld(t, nil)
	held, arrived := make(chan struct{}), make(chan struct{}, 1)
	w.answer = func(n int, _ http.ResponseWriter) {
		if n == 1 {
			arrived <- struct{}{}
			<-held
		}
	}
	_, d := w.p.Person("T1", "li").Write(spoken, "")
	<-arrived
	w.clock.AwaitTimers(w.patience(), 1)
	w.clock.Advance(3 * time.Second)
	w.must(d.Wait(w.patience()))
	close(held)
	if got := retries(w.hears(2)); !slices.Equal(got, []string{"", "1http_timeout"}) || !d.Taken || d.Attempts != 2 {
		t.Errorf("called as %q, %+v", got, d)
	}
}

func TestNoRetry(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		header string
		calls  int
	}{
		"taken":                {http.StatusOK, "", 1},
		"taken without answer": {http.StatusNoContent, "", 1},
		"not wanted":           {http.StatusInternalServerError, "1", 1},
		"wanted":               {http.StatusInternalServerError, "0", 2},
	} {
		w, _ := newWorld(t, nil)
		w.answer = func(n int, rw http.ResponseWriter) {
			if n == 1 {
				rw.Header().Set("X-Slack-No-Retry", c.header)
				rw.WriteHeader(c.status)
			}
		}
		_, d := w.p.Person("T1", "li").Write(spoken, "")
		w.must(d.Wait(w.patience()))
		w.hears(c.calls)
		if d.Taken != (c.status < 300 || c.calls > 1) {
			t.Errorf("%s: taken %t", name, d.Taken)
		}
	}
}

// TestBrokenConnections: what cannot be reached is another reason.
func TestBrokenConnections(t *testing.T) {
	w, _ := newWorld(t, nil)
	w.answer = func(n int, _ http.ResponseWriter) {
		if n == 1 {
			panic(http.ErrAbortHandler)
		}
	}
	w.p.Person("T1", "li").Write(spoken, "")
	if got := retries(w.hears(2)); got[1] != "1connection_failed" {
		t.Errorf("called as %q", got)
	}
}

// TestPushFaults: what is lost on its way, or on its way back, costs three seconds, and comes again.
func TestPushFaults(t *testing.T) {
	for f, arrives := range map[platform.PushFault]int{platform.LoseRequest: 1, platform.LoseAnswer: 2} {
		w, _ := newWorld(t, nil)
		w.p.FailPushes(f)
		_, d := w.p.Person("T1", "li").Write(spoken, "")
		w.passes(2 * time.Second)
		w.must(w.p.Rests(w.patience()))
		w.passes(time.Second)
		w.must(d.Wait(w.patience()))
		calls := w.hears(arrives)
		if got := retries(calls); got[len(got)-1] != "1http_timeout" || !d.Taken || d.Attempts != 2 {
			t.Errorf("fault %d: called as %q, %+v", f, got, d)
		}
	}
}

// TestInteractionsAreCalledOnce: buttons and commands come once, however they are answered; what a
// command is answered only its giver sees.
func TestInteractionsAreCalledOnce(t *testing.T) {
	w, token := newWorld(t, nil)
	li := w.p.Person("T1", "li")
	w.wants(w.posts(token, li.ID, "x", "blocks", `[{"type":"actions","elements":[{"type":"button","action_id":"human","text":{"type":"plain_text","text":"转人工"}}]},
		{"type":"section","text":{"type":"mrkdwn","text":"x"}}]`), "")
	post := w.p.Posts(li.Direct(), "")[0]
	w.answer = status(http.StatusInternalServerError)
	_, err := li.Tap(li.Direct(), post.TS)
	w.must(err)
	w.hears(1)
	li.Command(li.Direct(), "/human", "")
	w.hears(1)
	if told := li.Told(); len(told) > 0 {
		t.Errorf("told %q", told)
	}
	w.answer = func(_ int, rw http.ResponseWriter) { _, _ = rw.Write([]byte(`{"text":"we write to you"}`)) }
	d := li.Command(li.Direct(), "/human", "")
	w.hears(1)
	if told := li.Told(); !slices.Equal(told, []string{"we write to you"}) || !d.Taken {
		t.Errorf("told %q", told)
	}
	if _, err := li.Tap(li.Direct(), "1.000001"); err == nil {
		t.Error("a button is tapped that is not there")
	}
}

// TestCloseEndsCalls, those that are under way and those that are to come.
func TestCloseEndsCalls(t *testing.T) {
	w, _ := newWorld(t, nil)
	w.answer = status(http.StatusInternalServerError)
	w.p.Person("T1", "li").Write(spoken, "")
	w.must(w.p.Rests(w.patience()))
}

// TestNobodyIsToldOfOthers: without the app in a workspace, or an address, nothing is called.
func TestNobodyIsToldOfOthers(t *testing.T) {
	w, _ := newWorld(t, nil)
	_, d := w.p.Person("T2", "mei").Write(spoken, "")
	w.must(d.Wait(w.patience()))
	w.must(w.p.Uninstall("T1").Wait(w.patience()))
	if got := w.hears(1)[0].event()["type"]; got != "app_uninstalled" {
		t.Errorf("told of %v", got)
	}
	_, d = w.p.Person("T1", "li").Write(spoken, "")
	w.must(d.Wait(w.patience()))
	w.hears(0)
	w, _ = newWorld(t, func(o *platform.Options) { o.App.Address = "" })
	_, d = w.p.Person("T1", "li").Write(spoken, "")
	w.must(d.Wait(w.patience()))
	if d.Taken {
		t.Error("nobody was called, and it is taken")
	}
}
