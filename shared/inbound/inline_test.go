package inbound_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// saidOnce checks that the ask was acknowledged in the answer, once, and that nothing is to
// be delivered.
func (w *world) saidOnce(status int, answer string) {
	w.Helper()
	all := w.ours()
	if status != http.StatusOK || len(all) != 1 || answer != all[0].Words() || !strings.Contains(answer, "已为您转人工") {
		w.Fatalf("answered %d %q; said %+v", status, answer, all)
	}
	if o := all[0].Outcome; o.Delivery != conversation.Sent || !o.Inline || o.Attempts != 1 {
		w.Errorf("outcome %+v", o)
	}
	if n := w.acknowledged(); n != 1 {
		w.Errorf("the ledger has it %d times", n)
	}
	if len(w.due(store.Deliver)) != 0 || len(w.due(store.Decide)) != 0 || len(w.bells.got) != 0 {
		w.Errorf("due %+v, %+v; rung %+v", w.due(store.Deliver), w.due(store.Decide), w.bells.got)
	}
}

func TestAnAskIsAcknowledgedInItsCall(t *testing.T) {
	w := newWorld(t)
	ask := w.says("1", "转人工")
	ask.Grant = conversation.Grant{Messages: 5, Lasts: 48 * time.Hour} // and there is nothing to set free
	w.saidOnce(w.call(ask))
}

func TestTheSameCallHasTheSameAnswer(t *testing.T) {
	for name, meanwhile := range map[string]func(w *world){
		"nothing": func(*world) {},
		"claimed": func(w *world) {
			c := w.state()
			next, err := c.Apply(conversation.Event{Kind: conversation.Claimed, Agent: "lin", At: w.now})
			w.must(err)
			_, err = w.box.Commit(w.Context(), c, store.Change{Cause: "claim", Next: next})
			w.must(err)
		},
		"resolved": func(w *world) { // the retry is overtaken
			for _, e := range []conversation.EventKind{conversation.Claimed, conversation.Resolved} {
				c := w.state()
				next, err := c.Apply(conversation.Event{Kind: e, Agent: "lin", At: w.now.Add(time.Second)})
				w.must(err)
				_, err = w.box.Commit(w.Context(), c, store.Change{Cause: string(e), Next: next})
				w.must(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ask := w.says("1", "转人工")
			_, first := w.call(ask)
			meanwhile(w)
			for range 3 {
				w.now = w.now.Add(patience)
				status, again := w.call(ask)
				if again != first {
					t.Errorf("first %q, then %q", first, again)
				}
				w.saidOnce(status, again)
			}
		})
	}
}

// TestARetryWhileTheFirstCallRuns: at each call of the store that the first makes, the
// platform calls again. One decision, and whoever answers says it.
func TestARetryWhileTheFirstCallRuns(t *testing.T) {
	for nth := 1; ; nth++ {
		w := newWorld(t)
		ask, calls, within := w.says("1", "转人工"), 0, ""
		w.store.before = func(string) {
			if calls++; calls == nth {
				w.store.before = nil
				_, within = w.call(ask)
			}
		}
		status, answer := w.call(ask)
		if within == "" {
			return
		}
		if within != answer {
			t.Errorf("at call %d: %q and %q", nth, within, answer)
		}
		w.saidOnce(status, answer)
	}
}

// TestWhatWaitedForTheAnswerGoesOut: a delivery that found the answer under way left what it
// found behind it to whoever ends it.
func TestWhatWaitedForTheAnswerGoesOut(t *testing.T) {
	w := newWorld(t)
	w.store.before = func(op string) {
		if op != "Outcome" {
			return
		}
		c := w.state()
		_, err := w.store.Store.Commit(t.Context(), store.Change{Cause: "x", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{{
			Conversation: w.id, Key: conversation.OwnKey(w.now.Add(time.Second), "x", 0), Author: conversation.Person, Parts: conversation.TextParts("您好"),
			Outcome: conversation.Outcome{Delivery: conversation.Pending, At: w.now},
		}}})
		w.must(err)
	}
	if status, answer := w.call(w.says("1", "转人工")); status != http.StatusOK || answer == "success" {
		t.Fatalf("%d %q", status, answer)
	}
	if len(w.bells.got) != 1 {
		t.Errorf("rung %+v", w.bells.got)
	}
}

// TestALateCallIsAnsweredByTheNext: too late is silence, and nothing is taken for said.
func TestALateCallIsAnsweredByTheNext(t *testing.T) {
	w := newWorld(t)
	ask := w.says("1", "转人工")
	w.store.before = func(op string) {
		if op == "Commit" {
			w.now = w.now.Add(3 * time.Second)
		}
	}
	if status, answer := w.call(ask); status != http.StatusOK || answer != "success" {
		t.Fatalf("%d %q", status, answer)
	}
	if o := w.ours()[0].Outcome; o.Delivery != conversation.Attempting || !o.Inline || len(w.due(store.Deliver)) != 1 || len(w.bells.got) != 0 {
		t.Fatalf("%+v, %+v", o, w.bells.got)
	}
	w.store.before = nil
	w.now = w.now.Add(2 * time.Second)
	w.saidOnce(w.call(ask))
}

// TestACallThatWasLongOnItsWay is answered by the next: the platform has given up on it, or
// will before the answer is there. A clock of the platform's that is ahead of ours costs nothing.
func TestACallThatWasLongOnItsWay(t *testing.T) {
	w := newWorld(t)
	ask := w.says("1", "转人工")
	w.platform.late = 3 * time.Second
	if status, answer := w.call(ask); status != http.StatusOK || answer != "success" || w.ours()[0].Outcome.Delivery != conversation.Attempting {
		t.Fatalf("%d %q, %+v", status, answer, w.ours())
	}
	w.now, w.platform.late = w.now.Add(2*time.Second), -time.Minute
	_, said := w.call(ask)
	w.platform.late = 4 * time.Second // what was said is said again
	status, again := w.call(ask)
	if again != said {
		t.Errorf("first %q, then %q", said, again)
	}
	w.saidOnce(status, again)
}

// TestWhatGoesOutOtherwiseIsNotSaid: once it is about to go by the API.
func TestWhatGoesOutOtherwiseIsNotSaid(t *testing.T) {
	w := newWorld(t)
	ask := w.says("1", "转人工")
	w.store.before = func(op string) {
		if op == "Outcome" {
			w.Fatal("it is recorded")
		}
		if op == "Commit" {
			w.now = w.now.Add(4 * time.Second)
		}
	}
	w.call(ask)
	w.now = w.now.Add(outbox.Grace - patience)
	if _, answer := w.call(ask); answer != "success" {
		t.Errorf("answered %q", answer)
	}
	// Nor is what went by the API by then, whatever is kept of how it began.
	sent := w.ours()[0]
	sent.Outcome.Delivery, sent.Outcome.At = conversation.Sent, w.now
	_, err := w.store.Store.Outcome(t.Context(), store.Outcome{Conversation: w.id, Key: sent.Key, Outcome: sent.Outcome})
	w.must(err)
	w.now = w.now.Add(patience)
	if _, answer := w.call(ask); answer != "success" {
		t.Errorf("answered %q", answer)
	}
}

func TestWhatNoAnswerCarriesGoesOut(t *testing.T) {
	w := newWorld(t)
	w.platform.mute = true
	status, answer := w.call(w.says("1", "转人工"))
	if status != http.StatusOK || answer != "success" || len(w.bells.got) != 1 || w.ours()[0].Outcome.Delivery != conversation.Pending {
		t.Errorf("%d %q, rung %+v, %+v", status, answer, w.bells.got, w.ours())
	}
}

// TestEveryCallOfTheStoreMayFail: the platform calls again after an error, three times in
// all, and the ask is acknowledged once, if need be by the clock's decision.
func TestEveryCallOfTheStoreMayFail(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for nth := 1; ; nth++ {
			w := newWorld(t)
			w.store.at, w.store.lost = nth, lost
			ask := w.says("1", "转人工")
			status, answer := w.call(ask)
			for range 2 {
				if status < 500 {
					break
				}
				w.now = w.now.Add(patience)
				status, answer = w.call(ask)
			}
			if w.store.count < nth {
				break
			}
			w.saidOnce(status, answer)
		}
	}
}

func TestACallThatBringsNothingIsAnswered(t *testing.T) {
	w := newWorld(t)
	if status, answer := w.call(channel.Inbound{}); status != http.StatusOK || answer != "success" {
		t.Errorf("%d %q", status, answer)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("forged")))
	if recorder.Code != http.StatusUnauthorized {
		t.Errorf("forged: %d", recorder.Code)
	}
}

// TestAWordSetsWhatWaitsFree: a message with a grant rings for what is undelivered.
func TestAWordSetsWhatWaitsFree(t *testing.T) {
	for _, down := range []bool{false, true} {
		w := newWorld(t)
		w.call(w.says("1", "转人工"))
		c := w.state()
		_, err := w.store.Store.Commit(t.Context(), store.Change{Cause: "x", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{{
			Conversation: w.id, Key: conversation.OwnKey(w.now.Add(time.Second), "x", 0), Author: conversation.Person, Parts: conversation.TextParts("您好"),
			Outcome: conversation.Outcome{Delivery: conversation.Held, At: w.now},
		}}})
		w.must(err)
		w.now = w.now.Add(time.Minute)
		w.bells.down = down
		w.call(w.says("2", "在吗")) // it grants nothing
		if len(w.bells.got) != 0 || len(w.due(store.Deliver)) != 0 {
			t.Fatalf("rung %+v, due %+v", w.bells.got, w.due(store.Deliver))
		}
		in := w.says("3", "在吗")
		in.Grant = conversation.Grant{Messages: 5, Lasts: 48 * time.Hour}
		if status, _ := w.call(in); status != http.StatusOK || w.state().Allowance.Left != 5 {
			t.Fatalf("%d, %+v", status, w.state().Allowance)
		}
		if !down && len(w.bells.got) != 1 || down && len(w.due(store.Deliver)) != 1 {
			t.Errorf("down %v: rung %+v, due %+v", down, w.bells.got, w.due(store.Deliver))
		}
	}
}
