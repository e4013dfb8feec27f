package outbound_test

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var paced = channel.Info{Name: "x", Pace: time.Second}

// TestMessagesKeepTheChannelsPace: between two of them nothing sleeps; a doorbell that is
// due later takes them up.
func TestMessagesKeepTheChannelsPace(t *testing.T) {
	f := setUp(t, paced)
	f.answer(3, unheard) // those of what was said: one is enough
	f.ring()
	f.want("[0]", sent, pending, pending)
	f.clock.Advance(999 * time.Millisecond)
	f.answer(0, f.handle)
	f.ring() // too early
	f.want("[0]", sent, pending, pending)
	f.clock.Advance(time.Millisecond)
	f.answer(2, f.handle)
	f.want("[0 1]", sent, sent, pending)
	f.clock.Advance(time.Second)
	f.answer(2, f.handle)
	f.want("[0 1 2]", sent, sent, sent)
	f.answer(0, f.handle)
}

func (f *fixture) handle(body []byte) error { return f.drain.Handle(f.Context(), body) }

// answer answers the doorbells that are due, one after the other, and wants as many.
func (f *fixture) answer(want int, handle func([]byte) error) {
	f.Helper()
	for n := 0; ; n++ {
		leases, err := f.bells.Receive(f.Context(), 1, 0)
		must(f.T, err)
		if len(leases) == 0 {
			if n != want {
				f.Errorf("%d doorbells are due, want %d", n, want)
			}
			return
		}
		must(f.T, handle(leases[0].Body))
		must(f.T, f.bells.Ack(f.Context(), leases[0]))
	}
}

func unheard([]byte) error { return nil }

// TestThreadsOfOneChannelShareItsPace, and other channels do not.
func TestThreadsOfOneChannelShareItsPace(t *testing.T) {
	f := setUp(t, paced)
	for _, other := range []struct {
		peer conversation.Peer
		goes bool
	}{
		{conversation.Peer{Channel: "x", User: "u", Thread: "t"}, false},
		{conversation.Peer{Channel: "x", User: "another"}, true},
		{conversation.Peer{Channel: "x", Account: "a", User: "u"}, true},
	} {
		f.rewire(f.store)
		f.ring()
		before := len(f.connector.sent)
		id := f.writes(other.peer)
		must(t, f.drain.Conversation(t.Context(), id))
		if went := len(f.connector.sent) > before; went != other.goes {
			t.Errorf("beside a message to %v one to %v goes: %v", conversation.Peer{Channel: "x", User: "u"}, other.peer, went)
		}
		f.clock.Advance(time.Minute)
	}
}

// TestWhoIsAskedToWaitHoldsOthersBack, for the same place.
func TestWhoIsAskedToWaitHoldsOthersBack(t *testing.T) {
	f := setUp(t, paced, &fault.Error{Code: fault.ProviderBusy, Op: "x", RetryAfter: 30 * time.Second})
	f.ring()
	f.want("[0]", pending, pending, pending)
	thread := f.writes(conversation.Peer{Channel: "x", User: "u", Thread: "t"})
	f.clock.Advance(29 * time.Second)
	must(t, f.drain.Conversation(t.Context(), thread))
	f.want("[0]", pending, pending, pending)
	f.clock.Advance(time.Second)
	must(t, f.drain.Conversation(t.Context(), thread))
	if len(f.connector.sent) != 2 {
		t.Errorf("sent %v", f.connector.sent)
	}
}

// TestWhoWaitsLongHoldsUpNothingElse: of an ordered queue, what comes behind a doorbell that is
// held back waits with it.
func TestWhoWaitsLongHoldsUpNothingElse(t *testing.T) {
	f := setUp(t, paced, &fault.Error{Code: fault.ProviderBusy, Op: "x", RetryAfter: time.Hour})
	f.ring()
	thread := f.writes(conversation.Peer{Channel: "x", User: "u", Thread: "t"})
	must(t, f.drain.Conversation(t.Context(), thread))
	f.answer(4, unheard)
	must(t, f.box.Fetch(t.Context(), "x", thread, "k"))
	f.answer(1, unheard)
	if f.due(59*time.Minute) != 0 || f.due(time.Hour) != 2 {
		t.Errorf("due in an hour: %d, and before %d", f.due(time.Hour), f.due(59*time.Minute))
	}
}

// writes stores a message of ours to somebody else.
func (f *fixture) writes(p conversation.Peer) conversation.ID {
	f.Helper()
	ids, err := conversation.NewIDs(make([]byte, 32))
	must(f.T, err)
	now := f.clock.Now()
	got, err := f.store.Receive(f.Context(), store.Incoming{Peer: p, Message: conversation.Message{
		Conversation: ids.Of(p), Key: conversation.InboundKey(now, "m"), Author: conversation.Customer, Parts: conversation.TextParts("?"), Received: now,
	}})
	must(f.T, err)
	_, err = f.box.Commit(f.Context(), got.Conversation, store.Change{Cause: "say", Next: got.Conversation, Messages: []conversation.Message{{
		Conversation: ids.Of(p), Key: conversation.OwnKey(now.Add(time.Second), "say", 0), Author: conversation.Bot,
		Parts: conversation.TextParts("hello"), Received: now, Outcome: conversation.Outcome{Delivery: conversation.Pending, At: now},
	}}})
	must(f.T, err)
	return ids.Of(p)
}
