package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

var ledgerTests = []test{
	{name: "one ask's records, by time", run: ledgerOrder},
	{name: "a UTC day's records, by time", run: recordsOfDay},
	{name: "records of one change on several days, of several asks", run: recordsOfOneChange},
}

// record stores records by a commit of their own.
func (f *fixture) record(user, cause string, records ...conversation.Record) {
	f.Helper()
	ch := stay(f.conversation(user), cause)
	ch.Records = records
	f.commit(ch)
}

func ledgerOrder(f *fixture) {
	ann, bob := f.ask("ann", after(0)).Ticket.ID, f.ask("bob", after(0)).Ticket.ID
	var want []conversation.Record
	for i, event := range []conversation.RecordEvent{
		conversation.RecordAsked, conversation.RecordQueued, conversation.RecordClaimed, conversation.RecordBackInLine,
		conversation.RecordClaimed, conversation.RecordResolved,
	} {
		want = append(want, conversation.Record{
			Ask: ann, Event: event, Nth: i / 4, Lane: conversation.Front, At: after(i), Agent: "kim", Why: fmt.Sprint("why ", i),
		})
	}
	for _, i := range []int{3, 0, 5, 1, 4, 2} {
		f.record("ann", fmt.Sprint(i), want[i])
	}
	f.record("bob", "1", conversation.Record{Ask: bob, Event: conversation.RecordAsked, At: after(0)})
	f.same("ledger", f.ledger(ann), want)
	f.same("of nobody", f.ledger("nobody.1"), []conversation.Record(nil))
}

func recordsOfDay(f *fixture) {
	ann, bob := f.ask("ann", after(0)).Ticket.ID, f.ask("bob", after(0)).Ticket.ID
	day := time.Date(2026, 2, 28, 0, 0, 0, 0, time.UTC)
	next := day.AddDate(0, 0, 1)
	at := []time.Time{
		day.Add(-time.Millisecond), day, day.Add(12 * time.Hour), next.Add(-time.Millisecond), next,
	}
	all := make([]conversation.Record, len(at))
	for i, when := range at {
		all[i] = conversation.Record{Ask: ann, Event: conversation.RecordClaimed, Nth: i, Lane: conversation.Front, At: when}
		if i == 2 {
			all[i].Ask = bob
		}
	}
	for _, i := range []int{4, 2, 0, 3, 1} {
		f.record("ann", fmt.Sprint(i), all[i])
	}
	east := time.FixedZone("UTC+8", 8*60*60)
	for _, tc := range []struct {
		day      time.Time
		from, to int
	}{
		{day.Add(-24 * time.Hour), 0, 1},
		{day, 1, 4},
		{day.Add(13 * time.Hour), 1, 4},
		{next.Add(-time.Nanosecond), 1, 4},
		{next, 4, 5},
		{day.In(east), 1, 4},
		{next.Add(-time.Hour).In(east), 1, 4}, // the next day there, the same in UTC
		{next.AddDate(0, 0, 5), 0, 0},
	} {
		got, err := f.store.Records(f.ctx, tc.day)
		f.ok(err)
		f.same(tc.day.String(), got, slices.Clone(all[tc.from:tc.to]))
	}
}

func recordsOfOneChange(f *fixture) {
	ann, bob := f.ask("ann", after(0)).Ticket.ID, f.ask("bob", after(0)).Ticket.ID
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	var all []conversation.Record
	for i, event := range []conversation.RecordEvent{
		conversation.RecordAsked, conversation.RecordBackInLine, conversation.RecordQueued, conversation.RecordClaimed,
	} {
		for j, ask := range []conversation.TicketID{ann, bob} {
			all = append(all, conversation.Record{Ask: ask, Event: event, Lane: conversation.Front, At: midnight.Add(time.Duration(10*i+j-20) * time.Second)})
		}
	}
	f.record("ann", "all at once", all...)
	of := func(fits func(conversation.Record) bool) []conversation.Record {
		return slices.DeleteFunc(slices.Clone(all), func(r conversation.Record) bool { return !fits(r) })
	}
	for _, ask := range []conversation.TicketID{ann, bob} {
		f.same("ledger", f.ledger(ask), of(func(r conversation.Record) bool { return r.Ask == ask }))
	}
	before, err := f.store.Records(f.ctx, midnight.Add(-time.Second))
	f.ok(err)
	f.same("the day before", before, of(func(r conversation.Record) bool { return r.At.Before(midnight) }))
	after, err := f.store.Records(f.ctx, midnight)
	f.ok(err)
	f.same("the day after", after, of(func(r conversation.Record) bool { return !r.At.Before(midnight) }))
}
