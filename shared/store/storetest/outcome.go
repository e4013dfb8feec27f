package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var outcomeTests = []test{
	{name: "what is recorded is read", run: outcomeRoundTrip},
	{name: "a final outcome stays", run: finalStays},
	{name: "one of many final outcomes stays", run: finalRace},
	{name: "the work goes with the last message", run: workGoesWithLast},
	{name: "the work goes with whichever of many is last", run: workGoesWithLastOfMany},
	{name: "a reply said meanwhile keeps the work", run: replyKeepsWork},
	{name: "its record is stored with it", run: outcomeRecord},
	{name: "each outcome of a message can have a record", run: outcomeRecords},
	{name: "records that differ in their ask alone are two", run: outcomeRecordsOfTwoAsks},
	{name: "only our messages have one", run: outcomeUnknown},
}

func sent(user string, key conversation.Key) store.Outcome {
	return store.Outcome{Conversation: idOf(user), Key: key, Outcome: conversation.Outcome{
		Delivery: conversation.Sent, Attempts: 1, At: after(60),
	}}
}

func attempting(user string, key conversation.Key, attempts int) store.Outcome {
	o := sent(user, key)
	o.Outcome.Delivery, o.Outcome.Attempts = conversation.Attempting, attempts
	return o
}

func outcomeRoundTrip(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	m := outgoing("ann", after(1), "cause", "y")
	f.say("ann", "cause", m)
	for i, o := range []conversation.Outcome{
		{Delivery: conversation.Attempting, Attempts: 1, At: after(10)},
		{Delivery: conversation.Pending, Attempts: 1, Code: "provider_busy", Hint: "wait", At: after(11)},
		{Delivery: conversation.Attempting, Attempts: 7, At: after(12)},
		{Delivery: conversation.NotSent, Attempts: 7, Code: "provider_refused", Hint: "call them", At: after(13)},
	} {
		if more := f.outcome(store.Outcome{Conversation: idOf("ann"), Key: m.Key, Outcome: o}); more == o.Final() {
			f.Errorf("outcome %d: more to deliver: %t", i, more)
		}
		got, err := f.store.Message(f.ctx, idOf("ann"), m.Key)
		f.ok(err)
		m.Outcome = o
		f.same(fmt.Sprint("message after ", i), got, m)
		f.same(fmt.Sprint("still to deliver after ", i), len(f.undelivered("ann")) == 1, !o.Final())
	}
}

func finalStays(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	for i, final := range []conversation.Delivery{conversation.Sent, conversation.NotSent, conversation.UnknownSent} {
		cause := fmt.Sprint("cause ", i)
		m := outgoing("ann", after(i), cause, "y")
		f.say("ann", cause, m)
		first := conversation.Outcome{Delivery: final, Attempts: 1, Code: "c", Hint: "h", At: after(60)}
		f.outcome(store.Outcome{Conversation: idOf("ann"), Key: m.Key, Outcome: first})
		for _, later := range []conversation.Delivery{
			conversation.Pending, conversation.Attempting, conversation.Sent, conversation.NotSent, conversation.UnknownSent,
		} {
			if f.outcome(store.Outcome{Conversation: idOf("ann"), Key: m.Key, Outcome: conversation.Outcome{
				Delivery: later, Attempts: 2, At: after(61),
			}}) {
				f.Errorf("%s, after %s: more to deliver", later, final)
			}
		}
		got, err := f.store.Message(f.ctx, idOf("ann"), m.Key)
		f.ok(err)
		f.same(string(final), got.Outcome, first)
		f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	}
}

func finalRace(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	m := outgoing("ann", after(1), "cause", "y")
	f.say("ann", "cause", m)
	ticket := conversation.NewTicketID(idOf("ann"), m.Key)
	f.together(16, func(i int) error {
		o := sent("ann", m.Key)
		o.Outcome.Attempts = i
		o.Record = &conversation.Record{Ask: ticket, Event: conversation.RecordFirstWord, Nth: i, At: after(i)}
		_, err := f.store.Outcome(f.ctx, o)
		return err
	})
	got, err := f.store.Message(f.ctx, idOf("ann"), m.Key)
	f.ok(err)
	records := f.ledger(ticket)
	if len(records) != 1 || records[0].Nth != got.Outcome.Attempts {
		f.Errorf("outcome %+v, records %+v: want the winner's alone", got.Outcome, records)
	}
}

func workGoesWithLast(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	one, two := outgoing("ann", after(1), "cause", "y"), outgoing("ann", after(2), "cause", "z")
	f.say("ann", "cause", one, two)
	f.receive(incoming("bob", after(0), "m", "x"))
	f.say("bob", "cause", outgoing("bob", after(1), "1", "bob's"))
	ringing := stay(f.conversation("ann"), "ring")
	ringing.Work = []store.Work{{Kind: store.Ring, Conversation: idOf("ann"), Key: "k", Due: after(1)}}
	f.commit(ringing)
	count := func(want int, when string) {
		f.Helper()
		if due := f.due(100); len(due) != want {
			f.Errorf("%s: %d pieces of work, want %d: %+v", when, len(due), want, due)
		}
	}
	count(3, "at first")
	f.same("more after one", f.outcome(sent("ann", two.Key)), true)
	count(3, "one message left")
	f.same("more after an attempt", f.outcome(attempting("ann", one.Key, 1)), true)
	f.same("more after a repeat", f.outcome(sent("ann", two.Key)), true)
	count(3, "the last is attempted")
	f.same("more after the last", f.outcome(sent("ann", one.Key)), false)
	count(2, "none left")
	idle := stay(f.conversation("ann"), "nothing to deliver")
	idle.Work = []store.Work{{Kind: store.Deliver, Conversation: idOf("ann"), Due: after(2)}}
	f.commit(idle)
	count(3, "asked for with none left")
	f.outcome(sent("ann", one.Key))
	count(2, "a repeated outcome")
	for _, w := range f.due(100) {
		if w.Conversation == idOf("ann") && w.Kind == store.Deliver {
			f.Errorf("left: %+v", w)
		}
	}
}

func workGoesWithLastOfMany(f *fixture) {
	for round := range 4 {
		user := fmt.Sprint("user ", round)
		f.receive(incoming(user, after(0), "m", "x"))
		var all []conversation.Message
		for i := range 8 {
			all = append(all, outgoing(user, after(1+i), "cause", "y"))
		}
		f.say(user, "cause", all...)
		f.together(len(all), func(i int) error { _, err := f.store.Outcome(f.ctx, sent(user, all[i].Key)); return err })
		f.same("undelivered", f.undelivered(user), []conversation.Message(nil))
		f.same("work", f.due(100), []store.Work(nil))
	}
}

func replyKeepsWork(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	one, two := outgoing("ann", after(1), "one", "y"), outgoing("ann", after(2), "two", "z")
	f.say("ann", "one", one)
	f.outcome(attempting("ann", one.Key, 1))
	f.say("ann", "two", two) // while the first is being sent
	f.same("more", f.outcome(sent("ann", one.Key)), true)
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{two})
	f.same("work", f.due(100), []store.Work{{Kind: store.Deliver, Conversation: idOf("ann"), Due: after(0)}})
}

func outcomeRecord(f *fixture) {
	c := f.ask("ann", after(0))
	m := outgoing("ann", after(1), "one", "y")
	f.say("ann", "one", m)
	record := conversation.Record{Ask: c.Ticket.ID, Event: conversation.RecordAcknowledged, Lane: conversation.Front, At: after(60)}
	o := sent("ann", m.Key)
	o.Record = &record
	f.outcome(o)
	f.same("ledger", f.ledger(c.Ticket.ID), []conversation.Record{record})
	again := record
	again.Nth = 1
	o.Record = &again
	f.outcome(o) // the outcome is final: what is said of it counts no more
	f.same("ledger", f.ledger(c.Ticket.ID), []conversation.Record{record})
}

func outcomeRecords(f *fixture) {
	c := f.ask("ann", after(0))
	m := outgoing("ann", after(1), "one", "y")
	f.say("ann", "one", m)
	night := start.Add(20 * time.Hour) // the next day, in UTC
	var want []conversation.Record
	for i, event := range []conversation.RecordEvent{conversation.RecordAcknowledged, conversation.RecordClaimed, "another", "last"} {
		o := attempting("ann", m.Key, i)
		if event == "last" {
			o = sent("ann", m.Key)
		}
		r := conversation.Record{Ask: c.Ticket.ID, Event: event, Lane: conversation.Front, At: after(60 + i)}
		if i%2 == 0 {
			r.At = night.Add(time.Duration(i) * time.Minute)
		}
		o.Record = &r
		f.outcome(o)
		want = append(want, r)
	}
	f.same("ledger", f.ledger(c.Ticket.ID), conversation.Ledger(slices.Clone(want)))
	for _, day := range []time.Time{start, night} {
		got, err := f.store.Records(f.ctx, day)
		f.ok(err)
		of := slices.DeleteFunc(slices.Clone(want), func(r conversation.Record) bool { return r.At.YearDay() != day.YearDay() })
		f.same("of the day", got, conversation.Ledger(of))
	}
}

func outcomeRecordsOfTwoAsks(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	m := outgoing("ann", after(1), "one", "y")
	f.say("ann", "one", m)
	var want []conversation.Record
	for i := range 2 {
		r := conversation.Record{
			Ask: conversation.NewTicketID(c.ID, conversation.InboundKey(after(i), "m")), Event: conversation.RecordClaimed,
			Lane: conversation.Front, At: after(8), Agent: "kim",
		}
		o := attempting("ann", m.Key, i)
		o.Record = &r
		f.outcome(o)
		want = append(want, r)
	}
	for _, r := range want {
		f.same("ledger", f.ledger(r.Ask), []conversation.Record{r})
	}
	got, err := f.store.Records(f.ctx, start)
	f.ok(err)
	f.same("of the day", len(got), len(want))
}

func outcomeUnknown(f *fixture) {
	in := incoming("ann", after(0), "m", "x")
	f.receive(in)
	record := &conversation.Record{Ask: conversation.NewTicketID(idOf("ann"), "k"), Event: "e", At: after(0)}
	for user, key := range map[string]conversation.Key{
		"ann":    in.Message.Key, // a customer's message
		"nobody": in.Message.Key,
		"bob":    conversation.OwnKey(after(0), "1", 0),
	} {
		o := sent(user, key)
		o.Record = record
		f.noOutcome(o, fault.NotFound)
	}
	f.noOutcome(sent("ann", conversation.OwnKey(after(0), "1", 0)), fault.NotFound)
	f.same("ledger", f.ledger(record.Ask), []conversation.Record(nil))
	f.same("message", f.messages("ann"), []conversation.Message{in.Message})
}
