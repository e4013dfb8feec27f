package storetest

import (
	"fmt"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var reportTests = []test{
	{name: "it becomes what the conversation package says", run: reportBecomes},
	{name: "it ends a delivery", run: reportEnds},
	{name: "in whatever order reports come", run: reportsTogether},
	{name: "its record is stored if it changed anything", run: reportRecord},
	{name: "only our messages have one", run: reportUnknown},
}

func (f *fixture) report(o store.Outcome) (changed bool) {
	f.Helper()
	changed, err := f.store.Report(f.ctx, o)
	f.ok(err)
	return changed
}

func reportBecomes(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	all := []conversation.Delivery{
		conversation.Pending, conversation.Attempting, conversation.Held, conversation.Sent, conversation.Delivered, conversation.NotSent, conversation.UnknownSent,
	}
	n := 0
	for _, before := range all {
		for _, told := range all[3:] {
			for gone := range 2 {
				n++
				cause := fmt.Sprint("cause ", n)
				m := outgoing("ann", after(n), cause, "y")
				f.say("ann", cause, m)
				was := conversation.Outcome{Delivery: before, Attempts: 2 * gone, Code: "c", Hint: "h", Gone: gone, Inline: true, At: after(60)}
				f.outcome(store.Outcome{Conversation: idOf("ann"), Key: m.Key, Outcome: was})
				word := conversation.Outcome{Delivery: told, Attempts: 7, Code: "later", Hint: "call", At: after(90)}
				want, changes := was.Reported(word)
				what := fmt.Sprintf("%s, of which %s is told, %d gone", before, told, gone)
				f.same(what+": changed", f.report(store.Outcome{Conversation: idOf("ann"), Key: m.Key, Outcome: word}), changes)
				got, err := f.store.Message(f.ctx, idOf("ann"), m.Key)
				f.ok(err)
				m.Outcome = want
				f.same(what, got, m)
				f.same(what+": told again", f.report(store.Outcome{Conversation: idOf("ann"), Key: m.Key, Outcome: word}), false)
			}
		}
	}
}

func reportEnds(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	one, two := outgoing("ann", after(1), "one", "y"), outgoing("ann", after(2), "two", "z")
	f.say("ann", "one", one)
	f.say("ann", "two", two)
	f.outcome(attempting("ann", one.Key, 1))
	delivered := sent("ann", one.Key)
	delivered.Outcome.Delivery = conversation.Delivered
	f.same("changed", f.report(delivered), true)
	f.same("more after a word that comes too late", f.outcome(sent("ann", one.Key)), true)
	two.Outcome = conversation.Outcome{Delivery: conversation.Pending}
	f.same("undelivered", f.undelivered("ann"), []conversation.Message{two})
	f.same("work", len(f.due(100)), 1)
	f.outcome(attempting("ann", two.Key, 1))
	delivered.Key = two.Key
	f.same("changed", f.report(delivered), true)
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	f.same("work", f.due(100), []store.Work(nil))
}

func reportsTogether(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	for round := range 8 {
		cause := fmt.Sprint("cause ", round)
		m := outgoing("ann", after(round), cause, "y")
		f.say("ann", cause, m)
		f.outcome(attempting("ann", m.Key, 1))
		words := []conversation.Delivery{conversation.Sent, conversation.Delivered, conversation.NotSent, conversation.Delivered}
		f.together(len(words)+1, func(i int) error {
			o := sent("ann", m.Key)
			if i == len(words) {
				_, err := f.store.Outcome(f.ctx, o) // the provider's yes, which whoever sent it records last
				return err
			}
			o.Outcome.Delivery = words[i]
			_, err := f.store.Report(f.ctx, o)
			return err
		})
		got, err := f.store.Message(f.ctx, idOf("ann"), m.Key)
		f.ok(err)
		f.same("in the end", got.Outcome.Delivery, conversation.NotSent)
		f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))
	}
}

func reportRecord(f *fixture) {
	c := f.ask("ann", after(0))
	m := outgoing("ann", after(1), "one", "y")
	f.say("ann", "one", m)
	f.outcome(attempting("ann", m.Key, 1))
	record := conversation.Record{Ask: c.Ticket.ID, Event: conversation.RecordAcknowledged, Lane: conversation.Front, At: after(60)}
	o := sent("ann", m.Key)
	o.Record = &record
	f.same("changed", f.report(o), true)
	again := record
	again.Nth = 1
	o.Record = &again
	f.same("changed again", f.report(o), false)
	f.same("ledger", f.ledger(c.Ticket.ID), []conversation.Record{record})
}

func reportUnknown(f *fixture) {
	in := incoming("ann", after(0), "m", "x")
	f.receive(in)
	for user, key := range map[string]conversation.Key{
		"ann": in.Message.Key, "nobody": in.Message.Key, "bob": conversation.OwnKey(after(0), "1", 0),
	} {
		_, err := f.store.Report(f.ctx, sent(user, key))
		f.refused(err, fault.NotFound)
	}
}
