package storetest

import (
	"time"

	"github.com/zhida-project/zhida/shared/store"
)

var markTests = []test{
	{name: "a mark is work at its time", run: markIsDue},
	{name: "no mark, no work", run: noMark},
	{name: "a repeat keeps the first mark", run: repeatKeepsMark},
	{name: "a repeat makes no mark", run: repeatMakesNoMark},
	{name: "a commit settles its own mark only", run: settlesOwnMark},
	{name: "a settled mark stays settled", run: settledMarkStays},
}

func marked(user string, ms, due int) store.Incoming {
	in := incoming(user, after(ms), "m", "人工")
	in.Mark = after(due)
	return in
}

func decide(in store.Incoming) store.Work {
	return store.Work{Kind: store.Decide, Conversation: in.Message.Conversation, Key: in.Message.Key, Due: in.Mark}
}

func markIsDue(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	f.same("a millisecond before", f.due(29), []store.Work(nil))
	f.same("at the time", f.due(30), []store.Work{decide(in)})
	f.same("looked at again", f.due(31), []store.Work{decide(in)})
}

func noMark(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "hello"))
	due, err := f.store.Due(f.ctx, start.Add(1000*time.Hour), 10)
	f.ok(err)
	f.same("work", due, []store.Work(nil))
}

func repeatKeepsMark(f *fixture) {
	in := marked("ann", 0, 30)
	f.receive(in)
	again := in
	again.Mark = after(90)
	f.receive(again)
	again.Mark = time.Time{}
	f.receive(again)
	f.same("work", f.due(100), []store.Work{decide(in)})
}

func repeatMakesNoMark(f *fixture) {
	in := marked("ann", 0, 30)
	plain := in
	plain.Mark = time.Time{}
	f.receive(plain)
	f.receive(in)
	f.same("work", f.due(100), []store.Work(nil))
}

func settlesOwnMark(f *fixture) {
	first, second, third := marked("ann", 0, 30), marked("ann", 1, 31), marked("ann", 2, 32)
	other := marked("bob", 1, 33)
	for _, in := range []store.Incoming{first, second, third, other} {
		f.receive(in)
	}
	ch := stay(f.conversation("ann"), "decide.2")
	ch.Settles = second.Message.Key
	f.commit(ch)
	f.same("work", f.due(100), []store.Work{decide(first), decide(third), decide(other)})
}

func settledMarkStays(f *fixture) {
	byCommit, bySettle := marked("ann", 0, 30), marked("bob", 0, 30)
	got := f.receive(byCommit)
	ch := stay(got.Conversation, "decide")
	ch.Settles = byCommit.Message.Key
	f.commit(ch)
	f.receive(bySettle)
	f.ok(f.store.Settle(f.ctx, decide(bySettle)))
	f.receive(byCommit)
	f.receive(bySettle)
	f.same("work", f.due(100), []store.Work(nil))
}
