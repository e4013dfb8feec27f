package inbound_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// queued puts a call into the queue that the platform uses, and has it handled.
func (w *world) queued(in channel.Inbound) error {
	w.Helper()
	body, err := json.Marshal(in)
	w.must(err)
	return w.service.NewQueue(w.platform)(w.Context(), body)
}

// unstamped is a message that its platform gives an id, and no time to rely on: it came at that of
// its key.
func (w *world) unstamped(id, text string) channel.Inbound {
	in := w.says(id, text)
	in.Origin = id
	return in
}

// theirs are the words of the customer's messages, in order.
func (w *world) theirs() (all []string) {
	w.Helper()
	messages, err := w.store.Store.Messages(w.Context(), w.id, "", 100)
	w.must(err)
	for _, m := range messages {
		if !m.Key.Ours() {
			all = append(all, m.Words())
		}
	}
	return all
}

// TestTheFirstArrivalCounts: twice, out of order, and again an hour later is one message, where it
// came first.
func TestTheFirstArrivalCounts(t *testing.T) {
	w := newWorld(t)
	one := w.unstamped("1", "你好")
	w.now = w.now.Add(time.Second)
	two := w.unstamped("2", "转人工")
	w.now = w.now.Add(time.Second)
	three := w.unstamped("3", "在吗")
	for _, in := range []channel.Inbound{two, one, two, three, one} {
		w.now = w.now.Add(time.Second)
		w.must(w.queued(in))
	}
	w.now = w.now.Add(time.Hour)
	for _, id := range []string{"3", "1", "2"} { // published anew
		w.must(w.queued(w.unstamped(id, "again")))
	}
	w.now = w.now.Add(60 * 24 * time.Hour)
	w.must(w.queued(w.unstamped("2", "again")))
	if got, want := w.theirs(), []string{"你好", "转人工", "在吗"}; !slices.Equal(got, want) {
		t.Errorf("kept are %q, want %q", got, want)
	}
	if c := w.state(); c.Status != conversation.Waiting || c.Ticket.ID.AskKey() != two.Key {
		t.Errorf("%+v", c)
	}
}

// TestAnArrivalThatWasCutOff anywhere is the same message when it comes again, though its time is
// another then.
func TestAnArrivalThatWasCutOff(t *testing.T) {
	for at := 1; ; at++ {
		w := newWorld(t)
		w.store.at, w.store.lost = at, true
		w.must(w.queued(w.unstamped("1", "转人工")))
		failed := w.store.count >= at
		w.now = w.now.Add(time.Minute)
		w.must(w.queued(w.unstamped("1", "转人工")))
		if got := w.theirs(); len(got) != 1 || w.state().Status != conversation.Waiting || len(w.ours()) != 1 {
			t.Errorf("cut off at call %d: %q, %+v", at, got, w.state())
		}
		if !failed {
			return
		}
	}
}

// TestAQueuesCallsAreRefused: what cannot be read comes again, until somebody looks at it, and
// leaves nothing behind.
func TestAQueuesCallsAreRefused(t *testing.T) {
	w := newWorld(t)
	handle := w.service.NewQueue(w.platform)
	for body, want := range map[string]fault.Code{
		"{":                        fault.Unauthenticated,
		strings.Repeat("x", 2<<20): fault.TooLarge,
	} {
		if err := handle(t.Context(), []byte(body)); !fault.Is(err, want) {
			t.Errorf("%.9s: %v, want %s", body, err, want)
		}
	}
	w.store.at, w.store.always = 1, true
	if err := w.queued(w.says("1", "转人工")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a store that fails: %v", err)
	}
	if _, err := w.store.Store.Conversation(t.Context(), w.id); !fault.Is(err, fault.NotFound) {
		t.Errorf("left behind: %v", err)
	}
}

// TestForbiddingMessages is no word about the line, and the newest word counts, whenever it comes.
func TestForbiddingMessages(t *testing.T) {
	w := newWorld(t)
	word := func(id, text string, k conversation.Keyword) channel.Inbound {
		w.now = w.now.Add(time.Second)
		in := w.unstamped(id, text)
		in.Keyword = k
		return in
	}
	w.must(w.queued(w.unstamped("1", "转人工")))
	ticket := w.state().Ticket
	stop := word("2", "STOP", conversation.OptOut)
	later := word("3", "你好", "")
	w.must(w.queued(later))
	w.must(w.queued(stop)) // it comes late, and counts
	c := w.state()
	if !c.Consent.Out || c.Status != conversation.Waiting || c.Ticket != ticket {
		t.Errorf("after STOP: %+v", c)
	}
	if ours := w.ours(); len(ours) != 2 || !slices.ContainsFunc(ours, func(m conversation.Message) bool { return m.Purpose == conversation.Confirmation }) {
		t.Errorf("said is %+v", ours)
	}
	w.must(w.queued(word("4", "START", conversation.OptIn)))
	w.must(w.queued(stop))
	if c := w.state(); c.Consent.Out || c.Status != conversation.Waiting || c.Ticket != ticket {
		t.Errorf("after START: %+v", c)
	}
	said := len(w.ours())
	answered := word("5", "STOP", conversation.OptOut)
	answered.Answered = true
	w.told.got = nil
	w.must(w.queued(answered))
	if n := w.told.got; len(n) != 1 || !n[0].State.Consent.Out {
		t.Errorf("told is %+v", n)
	}
	if c := w.state(); !c.Consent.Out || len(w.ours()) != said {
		t.Errorf("what the platform answers: %+v, said is %+v", c.Consent, w.ours())
	}
}

// TestReports: what the provider tells of a message is kept, and shown to whoever looks.
func TestReports(t *testing.T) {
	w := newWorld(t)
	w.platform.mute = true
	w.must(w.queued(w.unstamped("1", "转人工")))
	ack := w.ours()[0]
	report := func(d conversation.Delivery, code string) {
		w.now = w.now.Add(time.Second)
		w.platform.reports = []channel.Report{{Conversation: w.id, Key: ack.Key, Outcome: conversation.Outcome{Delivery: d, Code: code}}}
		w.told.got = nil
		w.must(w.queued(channel.Inbound{}))
	}
	check := func(want conversation.Delivery, told int) {
		t.Helper()
		if o := w.ours()[0].Outcome; o.Delivery != want || len(w.told.got) != told || told > 0 && !o.At.Equal(w.now) {
			t.Errorf("it is %+v, want %s; told is %+v", o, want, w.told.got)
		}
	}
	_, err := w.store.Outcome(t.Context(), store.Outcome{Conversation: w.id, Key: ack.Key, Outcome: conversation.Outcome{Delivery: conversation.Attempting, Attempts: 1}})
	w.must(err)
	report(conversation.Delivered, "") // before whoever sent it said so
	check(conversation.Delivered, 1)
	if records, err := w.store.Ledger(t.Context(), ack.Ask); err != nil || !slices.ContainsFunc(records, func(r conversation.Record) bool { return r.Event == conversation.RecordAcknowledged }) {
		t.Errorf("the ledger: %+v, %v", records, err)
	}
	report(conversation.Sent, "")
	check(conversation.Delivered, 0)
	report(conversation.NotSent, "undelivered")
	check(conversation.NotSent, 1)
	if n := w.told.got[0]; !slices.Equal(n.Keys, []conversation.Key{ack.Key}) || n.Conversation != w.id {
		t.Errorf("told is %+v", n)
	}
	w.store.at, w.store.count, w.store.always = 1, 0, true
	if err := w.queued(channel.Inbound{}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a store that fails: %v", err)
	}
	w.store.always = false
	ack.Key = conversation.OwnKey(w.now, "forgotten", 0)
	report(conversation.NotSent, "undelivered") // and that is all
}

// TestAQueuesErrorsSayNothing of who wrote what.
func TestAQueuesErrorsSayNothing(t *testing.T) {
	w := newWorld(t)
	w.peer.User = "zhang-san"
	w.store.at, w.store.always = 1, true
	for _, err := range []error{w.queued(w.unstamped("1", "转人工")), w.service.NewQueue(w.platform)(t.Context(), []byte("{zhang-san"))} {
		if err == nil || strings.Contains(err.Error(), "zhang-san") || strings.Contains(err.Error(), "转人工") {
			t.Errorf("%v", err)
		}
	}
	if got := w.log.String(); strings.Contains(got, "zhang-san") || strings.Contains(got, "转人工") {
		t.Errorf("%q", got)
	}
}

// TestAHiccupCostsNoTime: the queue may take minutes to hand a call out again.
func TestAHiccupCostsNoTime(t *testing.T) {
	w := newWorld(t)
	w.store.at = 1
	w.must(w.queued(w.unstamped("1", "转人工")))
	if w.state().Status != conversation.Waiting {
		t.Errorf("%+v", w.state())
	}
}
