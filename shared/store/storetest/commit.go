package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var commitTests = []test{
	{name: "everything in a change is stored", run: commitStoresAll},
	{name: "every field of a conversation is kept", run: conversationRoundTrip},
	{name: "the newest inbound key and the peer are not written", run: commitKeepsLastIn},
	{name: "the newest key of ours only grows", run: lastOutGrows},
	{name: "a conflict leaves nothing at all", run: conflictLeavesNothing},
	{name: "a change that has not seen the customer's last word conflicts", run: unseenWord},
	{name: "a cause can be one in the whole store", run: onceOnly},
	{name: "of many conversations' changes for such a cause one wins", run: onceRace},
	{name: "a change without a transition keeps the epoch", run: commitWithoutTransition},
	{name: "one of many transitions at one epoch wins", run: oneWinner},
	{name: "one of many claims wins", run: oneClaim},
	{name: "a message that is there is not overwritten", run: ownMessageOnce},
	{name: "of several records of one occasion the earliest counts", run: recordOnce},
	{name: "work is replaced", run: workReplaced},
}

// fullChange is an ask with all that can follow from one.
func fullChange(f *fixture, in store.Incoming, cause string) store.Change {
	f.Helper()
	c := f.conversation(in.Peer.User)
	ch, err := transit(c, cause, conversation.Event{Kind: conversation.Asked, At: after(2), Ask: in.Message.Key, Class: conversation.Normal})
	f.ok(err)
	ticket := ch.Next.Ticket.ID
	ch.Messages = []conversation.Message{
		outgoing(in.Peer.User, after(2), cause, "您前面有 3 位"),
		outgoing(in.Peer.User, after(2), cause, "a person is coming"),
	}
	for i := range ch.Messages {
		ch.Messages[i].Key = conversation.OwnKey(after(2), cause, i)
		ch.Messages[i].Ask = ticket
	}
	ch.Next.LastOut = ch.Messages[1].Key
	ch.Records = []conversation.Record{
		{Ask: ticket, Event: conversation.RecordAsked, Lane: conversation.Front, At: after(0)},
		{Ask: ticket, Event: conversation.RecordQueued, Lane: conversation.Front, At: after(2), Why: "asked"},
	}
	ch.Settles = in.Message.Key
	ch.Work = []store.Work{
		{Kind: store.Deliver, Conversation: c.ID, Due: after(40), Attempts: 2},
		{Kind: store.Ring, Conversation: c.ID, Key: in.Message.Key, Due: after(50)},
	}
	return ch
}

func commitStoresAll(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	ch := fullChange(f, in, "ask")
	done := f.commit(ch)
	said, want := ch.Messages, ch.Next
	want.Undelivered = true
	f.same("committed", done, store.Committed{Conversation: want, Messages: said})
	f.same("conversation", f.conversation("ann"), want)
	f.same("messages", f.messages("ann"), append([]conversation.Message{in.Message}, said...))
	f.same("undelivered", f.undelivered("ann"), said)
	f.same("ledger", f.ledger(ch.Next.Ticket.ID), ch.Records)
	f.same("work", f.due(100), ch.Work)
	f.same("line", f.line(), []store.Waiting{waitingOf(ch.Next)})
}

func waitingOf(c conversation.Conversation) store.Waiting {
	return store.Waiting{
		Ticket: c.Ticket.ID, Conversation: c.ID, Rank: c.Ticket.Rank(),
		AskedAt: c.Ticket.AskedAt, Class: c.Ticket.Class, Epoch: c.Epoch,
		Channel: c.Peer.Channel, Account: c.Peer.Account, Note: c.Note,
	}
}

func conversationRoundTrip(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	next := c
	next.Status, next.Epoch, next.Episode = conversation.Ended, c.Epoch+1, 7
	next.Language, next.Offered = conversation.Chinese, true
	next.LastOut = conversation.OwnKey(after(3), "cause", 0)
	next.Ticket = conversation.Ticket{
		ID: conversation.NewTicketID(c.ID, c.LastIn), Status: conversation.TicketResolved, Lane: "expert",
		Class: conversation.Priority, AskedAt: after(1), Assignee: "kim", Name: "小金", ClaimID: "claim-1", Returns: 3, Answered: after(8), ClosedAt: after(9),
	}
	f.commit(store.Change{Cause: "all", Epoch: c.Epoch, Next: next})
	f.same("all fields", f.conversation("ann"), next)
	bare := c
	bare.Epoch = next.Epoch + 1
	bare.LastOut = next.LastOut // it only grows
	f.commit(store.Change{Cause: "none", Epoch: next.Epoch, Next: bare})
	f.same("zero fields", f.conversation("ann"), bare)
}

func commitKeepsLastIn(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m1", "x")).Conversation
	newest := f.receive(incoming("ann", after(9), "m2", "y")).Conversation
	ch := stay(c, "old view") // still has the first key as the newest
	ch.Next.Language = conversation.English
	ch.Next.Peer = peerOf("somebody else")
	done := f.commit(ch)
	want := newest
	want.Language = conversation.English
	f.same("committed", done.Conversation, want)
	f.same("stored", f.conversation("ann"), want)

	late := incoming("ann", after(5), "m3", "z")
	late.Message.Received = after(20)
	f.receive(late)
	ch = stay(want, "before the late one")
	want.LastHeard = after(20)
	f.same("committed before the late one", f.commit(ch).Conversation, want)
	ch = stay(want, "another peer")
	ch.Next.Peer = peerOf("somebody else")
	f.same("committed with another peer", f.commit(ch).Conversation, want)
	f.same("stored", f.conversation("ann"), want)
}

func lastOutGrows(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m1", "x")).Conversation
	var newest conversation.Key
	for i, ms := range []int{5, 9, 7, 9} {
		ch := stay(c, fmt.Sprint("said ", i))
		ch.Next.LastOut = conversation.OwnKey(after(ms), "r", 0)
		newest = max(newest, ch.Next.LastOut)
		f.same("committed", f.commit(ch).Conversation.LastOut, newest)
		f.same("stored", f.conversation("ann").LastOut, newest)
	}
	f.same("nothing said", f.commit(stay(c, "nothing")).Conversation.LastOut, newest)
}

func conflictLeavesNothing(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	ch := fullChange(f, in, "ask")
	moved := stay(f.conversation("ann"), "moved on")
	moved.Next.Epoch++
	want := f.commit(moved).Conversation
	_, err := f.store.Commit(f.ctx, ch)
	f.refused(err, fault.Conflict)
	f.same("conversation", f.conversation("ann"), want)
	f.same("messages", f.messages("ann"), []conversation.Message{in.Message})
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	f.same("ledger", f.ledger(ch.Next.Ticket.ID), []conversation.Record(nil))
	f.same("work", f.due(100), []store.Work{decide(in)})
	f.same("line", f.line(), []store.Waiting(nil))
	// The cause was not spent: decided again on the new state, it goes through.
	again := fullChange(f, in, "ask")
	if done := f.commit(again); done.Repeat || len(done.Messages) != 2 {
		f.Errorf("deciding again: repeat %t, %d messages", done.Repeat, len(done.Messages))
	}
}

func unseenWord(f *fixture) {
	first := incoming("ann", after(5), "m", "x")
	c := f.receive(first).Conversation
	second := incoming("ann", after(9), "m", "wait")
	f.receive(second)
	ch := stay(c, "cause")
	ch.Next.Epoch++
	ch.Messages = []conversation.Message{outgoing("ann", after(10), "r", "y")}
	ch.Seen = first.Message.Received
	_, err := f.store.Commit(f.ctx, ch)
	f.refused(err, fault.Conflict)
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	late := incoming("ann", after(2), "m", "written before, arrived after")
	late.Message.Received = after(12)
	f.receive(late)
	ch.Seen = second.Message.Received
	_, err = f.store.Commit(f.ctx, ch)
	f.refused(err, fault.Conflict)
	f.receive(second) // a repeat is no new word
	ch.Seen = late.Message.Received
	if f.commit(ch).Repeat {
		f.Error("the cause was spent by the conflict")
	}
	f.receive(incoming("ann", after(20), "m", "more"))
	if !f.commit(ch).Repeat {
		f.Error("a repeat is one whatever the customer wrote since")
	}
	ch.Cause, ch.Epoch, ch.Seen = "whatever they wrote", ch.Next.Epoch, time.Time{}
	f.commit(ch)
}

// onceChange is a change for a cause of the whole store, with all that must not be
// left behind.
func onceChange(user string, c conversation.Conversation, cause string) store.Change {
	ch := stay(c, cause)
	ch.Once = true
	ch.Next.Epoch++
	ch.Messages = []conversation.Message{outgoing(user, after(1), cause, "once, to "+user)}
	ch.Records = []conversation.Record{{Ask: conversation.NewTicketID(c.ID, c.LastIn), Event: "once", Lane: conversation.Front, At: after(1)}}
	ch.Work = []store.Work{{Kind: store.Deliver, Conversation: c.ID, Due: after(5)}}
	return ch
}

func onceOnly(f *fixture) {
	ann := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	bob := f.receive(incoming("bob", after(0), "m", "x")).Conversation
	_, err := f.store.Caused(f.ctx, "", "permit 1")
	f.refused(err, fault.NotFound)
	first := onceChange("ann", ann, "permit 1")
	want := f.commit(first)
	want.Repeat = true
	f.same("the same change again", f.commit(first), want)
	f.same("another change of the same conversation", f.commit(onceChange("ann", first.Next, "permit 1")), want)
	_, err = f.store.Commit(f.ctx, onceChange("bob", bob, "permit 1"))
	f.refused(err, fault.Conflict)
	f.same("ann", f.conversation("ann"), want.Conversation)
	f.same("bob", f.conversation("bob"), bob)
	f.same("bob's undelivered", f.undelivered("bob"), []conversation.Message(nil))
	f.same("ann's ledger", f.ledger(first.Records[0].Ask), first.Records)
	f.same("bob's ledger", f.ledger(conversation.NewTicketID(bob.ID, bob.LastIn)), []conversation.Record(nil))
	f.same("work", f.due(100), first.Work)
	got, err := f.store.Caused(f.ctx, "", "permit 1")
	f.ok(err)
	f.same("caused", got, want)

	// A cause that was refused with its change is not spent.
	stale := onceChange("bob", bob, "permit 2")
	stale.Epoch = 99
	_, err = f.store.Commit(f.ctx, stale)
	f.refused(err, fault.Conflict)
	_, err = f.store.Caused(f.ctx, "", "permit 2")
	f.refused(err, fault.NotFound)
	f.commit(onceChange("bob", bob, "permit 2"))
	// The causes of conversations are other ones.
	_, err = f.store.Caused(f.ctx, ann.ID, "permit 1")
	f.refused(err, fault.NotFound)
	for _, user := range []string{"ann", "bob"} {
		if f.commit(stay(f.conversation(user), "permit 1")).Repeat {
			f.Errorf("%s: a cause of the whole store was taken for one of theirs", user)
		}
	}
}

func onceRace(f *fixture) {
	const n = 16
	user := func(i int) string { return fmt.Sprint("user ", i) }
	states := make([]conversation.Conversation, n)
	for i := range states {
		states[i] = f.receive(incoming(user(i), after(0), "m", "x")).Conversation
	}
	f.oneOf(n, func(i int) error {
		_, err := f.store.Commit(f.ctx, onceChange(user(i), states[i], "one permit"))
		return err
	})
	f.same("work", len(f.due(100)), 1)
}

func commitWithoutTransition(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m1", "x")).Conversation
	for i := range 3 {
		ch := stay(c, fmt.Sprint("answer ", i))
		ch.Messages = []conversation.Message{outgoing("ann", after(i+1), fmt.Sprint(i), "an answer")}
		ch.Next.Offered = i == 1
		if done := f.commit(ch); done.Conversation.Epoch != c.Epoch || done.Conversation.Offered != (i == 1) {
			f.Errorf("answer %d: %+v", i, done.Conversation)
		}
	}
	f.same("count", len(f.undelivered("ann")), 3)
}

func oneWinner(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m1", "x")).Conversation
	f.oneOf(16, func(i int) error {
		ch := stay(c, fmt.Sprint("cause ", i))
		ch.Next.Epoch++
		ch.Messages = []conversation.Message{outgoing("ann", after(i), fmt.Sprint(i), "won")}
		_, err := f.store.Commit(f.ctx, ch)
		return err
	})
	if got := f.conversation("ann").Epoch; got != c.Epoch+1 {
		f.Errorf("the epoch went from %d to %d", c.Epoch, got)
	}
	f.same("messages of ours", len(f.undelivered("ann")), 1)
}

// oneOf checks that one of n calls at once succeeds and all others conflict.
func (f *fixture) oneOf(n int, run func(i int) error) {
	f.Helper()
	won := 0
	for _, err := range gather(n, run) {
		if err == nil {
			won++
		} else if !fault.Is(err, fault.Conflict) {
			f.Errorf("a loser got %v, want %s", err, fault.Conflict)
		}
	}
	if won != 1 {
		f.Errorf("%d of %d won", won, n)
	}
}

func oneClaim(f *fixture) {
	c := f.ask("ann", after(0))
	f.oneOf(16, func(i int) error {
		ch, err := transit(c, fmt.Sprint("claim ", i), conversation.Event{
			Kind: conversation.Claimed, At: after(5), Agent: conversation.AgentID(fmt.Sprint("agent ", i)),
		})
		_, err2 := f.store.Commit(f.ctx, ch)
		return errors.Join(err, err2)
	})
	got := f.conversation("ann")
	held, err := f.store.Held(f.ctx, got.Ticket.Assignee)
	f.ok(err)
	f.same("held by the winner", held, []conversation.Ticket{got.Ticket})
	f.same("line", f.line(), []store.Waiting(nil))
}

func ownMessageOnce(f *fixture) {
	f.receive(incoming("ann", after(0), "m1", "x"))
	first := outgoing("ann", after(1), "greeting", "hello")
	f.say("ann", "one", first)
	f.outcome(sent("ann", first.Key))
	want, err := f.store.Message(f.ctx, idOf("ann"), first.Key)
	f.ok(err)
	second := outgoing("ann", after(1), "greeting", "hello again")
	done := f.say("ann", "two", second)
	f.same("committed", done.Messages, []conversation.Message{want})
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
}

func recordOnce(f *fixture) {
	c := f.ask("ann", after(0))
	first := conversation.Record{Ask: c.Ticket.ID, Event: conversation.RecordFirstWord, Lane: conversation.Front, At: after(2), Agent: "kim"}
	earlier, later, another := first, first, first
	earlier.At, earlier.Agent = after(1), "lee"
	later.At, later.Agent = after(3), "zoe"
	another.Nth, another.At = 1, after(4)
	for i, step := range []struct{ put, want []conversation.Record }{
		{[]conversation.Record{first}, []conversation.Record{first}},
		{[]conversation.Record{later}, []conversation.Record{first}},
		{[]conversation.Record{earlier}, []conversation.Record{earlier}},
		{[]conversation.Record{another, later}, []conversation.Record{earlier, another}},
	} {
		f.record("ann", fmt.Sprint("record ", i), step.put...)
		f.same(fmt.Sprint("ledger after ", i), f.ledger(c.Ticket.ID), step.want)
		day, err := f.store.Records(f.ctx, start)
		f.ok(err)
		f.same(fmt.Sprint("day after ", i), day, step.want)
	}
}

func workReplaced(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m1", "x")).Conversation
	w := store.Work{Kind: store.Deliver, Conversation: c.ID, Due: after(50), Attempts: 4}
	for i, due := range []int{50, 80, 20} {
		ch := stay(c, fmt.Sprint("work ", i))
		w.Due, w.Attempts = after(due), i
		ch.Work = []store.Work{w}
		f.commit(ch)
		f.same("work", f.due(100), []store.Work{w})
	}
}
