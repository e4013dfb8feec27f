package storetest

import (
	"fmt"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var eraseTests = []test{
	{name: "nothing is left of who left but the state and the records", run: eraseAll},
	{name: "who wrote since stays", run: eraseUpTo},
	{name: "who comes back is known by their next word", run: eraseThenBack},
	{name: "causes are spent, and have nothing to say", run: eraseCauses},
	{name: "work upon what is gone goes, other work stays", run: eraseWork},
	{name: "a long history goes whole", run: eraseMany},
	{name: "where nothing was said there is nothing to erase", run: eraseUnknown},
}

// eraseTwice erases, and sees that doing so again changes nothing.
func (f *fixture) eraseTwice(user string, upTo conversation.Key) {
	f.Helper()
	f.ok(f.store.Erase(f.ctx, idOf(user), upTo))
	before, work := f.conversation(user), f.due(10_000)
	f.ok(f.store.Erase(f.ctx, idOf(user), upTo))
	f.same("the state, erased again", f.conversation(user), before)
	f.same("work, erased again", f.due(10_000), work)
}

func lastKey() conversation.Key { return conversation.InboundKey(start.Add(time.Hour), "m") }

func eraseAll(f *fixture) {
	in := granting("ann", 0, 5, time.Hour)
	in.Name, in.Mark, in.Message.ClientID = "安", after(30), "client"
	f.receive(in)
	f.receive(incoming("bob", after(0), "m", "bob's"))
	ch := fullChange(f, in, "ask")
	want := f.commit(ch).Conversation
	o := sent("ann", ch.Messages[1].Key)
	o.Record = &conversation.Record{Ask: want.Ticket.ID, Event: conversation.RecordAcknowledged, Lane: conversation.Front, At: after(9)}
	f.outcome(o)
	f.sees("ann", store.Seen{Received: ch.Messages[1].Key})
	f.note("ann", conversation.Note{Key: ch.Messages[1].Key, ProviderID: "p", Place: "3"})
	f.same("undelivered before", f.conversation("ann").Undelivered, true)

	f.eraseTwice("ann", lastKey())
	want.Name, want.Peer.User, want.Peer.Thread, want.Undelivered = "", "", "", false
	f.same("the state", f.conversation("ann"), want)
	f.same("messages", f.messages("ann"), []conversation.Message(nil))
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	f.same("seen", f.seen("ann"), store.Seen{})
	for _, key := range []conversation.Key{in.Message.Key, ch.Messages[0].Key, ch.Messages[1].Key} {
		_, err := f.store.Message(f.ctx, idOf("ann"), key)
		f.refused(err, fault.NotFound)
	}
	f.noOutcome(sent("ann", ch.Messages[0].Key), fault.NotFound)
	records := append(ch.Records, *o.Record)
	f.same("ledger", f.ledger(want.Ticket.ID), records)
	day, err := f.store.Records(f.ctx, start)
	f.ok(err)
	f.same("records of the day", day, records)
	f.same("line", f.line(), []store.Waiting{waitingOf(want)})
	f.same("somebody else", len(f.messages("bob")), 1)
}

func eraseUpTo(f *fixture) {
	before := incoming("ann", after(0), "m", "before")
	before.Name = "安"
	f.receive(before)
	old, open := outgoing("ann", after(1), "old", "x"), outgoing("ann", after(3), "open", "y")
	f.say("ann", "old", old)
	f.say("ann", "open", open)
	since := incoming("ann", after(2), "m", "since")
	f.receive(since)
	f.sees("ann", store.Seen{Received: old.Key})
	want := f.conversation("ann")
	f.eraseTwice("ann", old.Key)
	f.same("the state", f.conversation("ann"), want)
	f.same("messages", f.messages("ann"), []conversation.Message{since.Message, open})
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{open})
	f.same("seen", f.seen("ann"), store.Seen{Received: old.Key})
	f.same("work", f.due(100), []store.Work{{Kind: store.Deliver, Conversation: idOf("ann"), Due: after(0)}})
}

func eraseThenBack(f *fixture) {
	in := granting("ann", 5, 5, time.Hour)
	in.Name = "安"
	f.receive(in)
	f.eraseTwice("ann", in.Message.Key)
	late := granting("ann", 3, 9, time.Hour)
	got := f.receive(late)
	f.same("late: who it is", got.Conversation.Peer, conversation.Peer{Channel: "test", Account: "acme"})
	f.same("late: what it grants", got.Conversation.Allowance.Granted, in.Message.Key)
	f.same("late", f.conversation("ann"), got.Conversation)
	back := incoming("ann", after(9), "m", "again")
	got = f.receive(back)
	f.same("who it is", got.Conversation.Peer, peerOf("ann"))
	f.same("the name", got.Conversation.Name, "")
	f.same("stored", f.conversation("ann"), got.Conversation)
	f.same("messages", f.messages("ann"), []conversation.Message{late.Message, back.Message})
}

func eraseCauses(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	// One rides until it is delivered, one did, and so does one of a cause of the whole store.
	riding, placed := outgoing("ann", after(1), "riding", "a secret"), outgoing("ann", after(2), "placed", "a secret")
	f.say("ann", "riding", riding)
	f.say("ann", "placed", placed)
	f.outcome(sent("ann", placed.Key))
	var once []store.Change
	for _, cause := range []string{"once riding", "once placed"} {
		ch := onceChange("ann", f.conversation("ann"), cause)
		ch.Messages[0].Key = conversation.OwnKey(after(3+len(once)), cause, 0)
		ch.Records[0].Nth = len(once)
		f.commit(ch)
		once = append(once, ch)
	}
	f.outcome(sent("ann", once[1].Messages[0].Key))
	f.eraseTwice("ann", lastKey())
	for _, cause := range []string{"riding", "placed"} {
		done, err := f.store.Caused(f.ctx, c.ID, cause)
		f.ok(err)
		f.same(cause, done, store.Committed{Conversation: f.conversation("ann"), Repeat: true})
		f.same(cause+", again", f.say("ann", cause, riding), done)
	}
	var records []conversation.Record
	for _, ch := range once {
		records = append(records, ch.Records...)
		done, err := f.store.Caused(f.ctx, "", ch.Cause)
		f.ok(err)
		f.same(ch.Cause, done, store.Committed{Conversation: f.conversation("ann"), Repeat: true})
		f.same(ch.Cause+", again", f.commit(ch), done)
	}
	f.same("ledger", f.ledger(records[0].Ask), records)
	f.same("messages", f.messages("ann"), []conversation.Message(nil))
}

func eraseWork(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	later := marked("ann", 9, 40)
	f.receive(later)
	f.receive(marked("bob", 0, 50))
	id := idOf("ann")
	ch := stay(f.conversation("ann"), "work")
	ch.Work = []store.Work{
		{Kind: store.Fetch, Conversation: id, Key: in.Message.Key, Due: after(60)},
		{Kind: store.Fetch, Conversation: id, Key: later.Message.Key, Due: after(61)},
		{Kind: store.Ring, Conversation: id, Key: in.Message.Key, Due: after(62)},
		{Kind: store.Erase, Conversation: id, Key: in.Message.Key, Due: after(63)},
		{Kind: store.Deliver, Conversation: id, Due: after(64)}, // of nothing
	}
	f.commit(ch)
	f.eraseTwice("ann", in.Message.Key)
	f.same("work", f.due(100), append([]store.Work{decide(later), {
		Kind: store.Decide, Conversation: idOf("bob"), Key: in.Message.Key, Due: after(50),
	}}, ch.Work[1:4]...))
}

// eraseMany erases more than any engine does at a time.
func eraseMany(f *fixture) {
	const n = 1100
	f.together(20, func(i int) error {
		for at := i; at < n; at += 20 {
			if _, err := f.store.Receive(f.ctx, incoming("ann", after(at), "m", fmt.Sprint(at))); err != nil {
				return err
			}
		}
		return nil
	})
	f.eraseTwice("ann", conversation.InboundKey(after(n-3), "m"))
	f.same("messages", len(f.messages("ann")), 2)
	f.eraseTwice("ann", lastKey())
	f.same("messages", len(f.messages("ann")), 0)
}

func eraseUnknown(f *fixture) {
	f.refused(f.store.Erase(f.ctx, idOf("nobody"), lastKey()), fault.NotFound)
	f.park("ann", 70)
	f.refused(f.store.Erase(f.ctx, idOf("ann"), lastKey()), fault.NotFound)
}
