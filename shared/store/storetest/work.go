package storetest

import (
	"fmt"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var workTests = []test{
	{name: "the earliest first, up to now and the limit", run: dueOrder},
	{name: "deferring makes, moves and counts", run: deferWork},
	{name: "work that was renewed is not deferred", run: deferRenewed},
	{name: "deferring a delivery without messages ends it", run: deferDelivery},
	{name: "work that was renewed is not settled", run: settleRenewed},
	{name: "work is named by kind, conversation, key and agent", run: workNames},
	{name: "deferring at once counts each", run: deferRace},
}

func agentID(name string) conversation.AgentID { return conversation.AgentID(name) }

func parked(user string, ms, attempts int) store.Work {
	return store.Work{Kind: store.Ring, Conversation: idOf(user), Key: "k", Due: after(ms), Attempts: attempts}
}

// unseen names the work that parked names, for who has not looked it up.
func unseen(user string) store.Work {
	return store.Work{Kind: store.Ring, Conversation: idOf(user), Key: "k"}
}

// park makes work for a user, due at a time, that has been tried once.
func (f *fixture) park(user string, ms int) store.Work {
	f.Helper()
	f.ok(f.store.Defer(f.ctx, unseen(user), after(ms)))
	return parked(user, ms, 1)
}

func dueOrder(f *fixture) {
	var want []store.Work
	for _, ms := range []int{40, 10, 30, 50, 20} {
		f.park(fmt.Sprint("user ", ms), ms)
	}
	for _, ms := range []int{10, 20, 30, 40, 50} {
		want = append(want, parked(fmt.Sprint("user ", ms), ms, 1))
	}
	f.same("all", f.due(50), want)
	f.same("some", f.due(49), want[:4])
	f.same("none", f.due(9), []store.Work(nil))
	for _, limit := range []int{-1, 0, 1, 3, 5, 6} {
		got, err := f.store.Due(f.ctx, after(100), limit)
		f.ok(err)
		f.same(fmt.Sprint("limit ", limit), got, want[:max(0, min(limit, 5))])
	}
}

func deferWork(f *fixture) {
	w := f.park("ann", 10)
	f.same("made", f.due(100), []store.Work{w})
	f.ok(f.store.Defer(f.ctx, w, after(30)))
	f.same("not due at the old time", f.due(29), []store.Work(nil))
	f.same("moved", f.due(30), []store.Work{parked("ann", 30, 2)})
	f.ok(f.store.Defer(f.ctx, parked("ann", 30, 2), after(20)))
	f.same("moved back", f.due(20), []store.Work{parked("ann", 20, 3)})
	// Whoever has not looked it up gives no due time, and moves it all the same.
	f.ok(f.store.Defer(f.ctx, unseen("ann"), after(40)))
	f.same("moved unseen", f.due(100), []store.Work{parked("ann", 40, 4)})
	// Work that is gone is made again, and goes on counting.
	f.ok(f.store.Settle(f.ctx, parked("ann", 40, 4)))
	f.ok(f.store.Defer(f.ctx, parked("ann", 40, 4), after(50)))
	f.same("made again", f.due(100), []store.Work{parked("ann", 50, 5)})
}

func deferRenewed(f *fixture) {
	c := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	old := f.park("ann", 10)
	renewed := stay(c, "renew")
	renewed.Work = []store.Work{parked("ann", 20, 0)}
	f.commit(renewed)
	f.refused(f.store.Defer(f.ctx, old, after(90)), fault.Conflict)
	f.same("work", f.due(100), renewed.Work)
}

func deferDelivery(f *fixture) {
	f.receive(incoming("ann", after(0), "m", "x"))
	m := outgoing("ann", after(1), "r", "y")
	f.say("ann", "cause", m)
	deliver := store.Work{Kind: store.Deliver, Conversation: idOf("ann"), Due: after(0)}
	f.ok(f.store.Defer(f.ctx, deliver, after(10)))
	deliver.Due, deliver.Attempts = after(10), 1
	f.same("with a message", f.due(100), []store.Work{deliver})
	f.outcome(sent("ann", m.Key))
	f.ok(f.store.Defer(f.ctx, deliver, after(20)))
	f.same("once it is sent", f.due(100), []store.Work(nil))
	f.ok(f.store.Defer(f.ctx, store.Work{Kind: store.Deliver, Conversation: idOf("nobody")}, after(20)))
	f.same("where nothing was ever said", f.due(100), []store.Work(nil))
	// A change can ask for a delivery of nothing; a look at it ends it.
	ch := stay(f.conversation("ann"), "nothing to say")
	ch.Work = []store.Work{{Kind: store.Deliver, Conversation: idOf("ann"), Due: after(30)}}
	f.commit(ch)
	f.same("asked for", f.due(100), ch.Work)
	f.refused(f.store.Defer(f.ctx, deliver, after(40)), fault.Conflict)
	f.same("asked for after somebody looked", f.due(100), ch.Work)
	f.ok(f.store.Defer(f.ctx, ch.Work[0], after(40)))
	f.same("looked at", f.due(100), []store.Work(nil))
}

func settleRenewed(f *fixture) {
	w := f.park("ann", 10)
	f.ok(f.store.Defer(f.ctx, w, after(20)))
	f.refused(f.store.Settle(f.ctx, w), fault.Conflict)
	f.same("renewed", f.due(100), []store.Work{parked("ann", 20, 2)})
	f.ok(f.store.Settle(f.ctx, parked("ann", 20, 0))) // the due time is what tells, not the count
	f.same("settled", f.due(100), []store.Work(nil))
	f.ok(f.store.Settle(f.ctx, parked("ann", 20, 2))) // and again
}

func workNames(f *fixture) {
	id := idOf("ann")
	all := []store.Work{
		{Kind: store.Deliver, Conversation: id, Due: after(1)},
		{Kind: store.Ring, Conversation: id, Key: "k1", Due: after(2)},
		{Kind: store.Ring, Conversation: id, Key: "k2", Due: after(3)},
		{Kind: store.Decide, Conversation: id, Key: "k1", Due: after(4)},
		{Kind: store.Ring, Conversation: idOf("bob"), Key: "k1", Due: after(5)},
		{Kind: store.Lapse, Agent: "kim", Due: after(6)},
		{Kind: store.Lapse, Agent: "lee", Due: after(7)},
	}
	f.receive(incoming("ann", after(0), "m", "x"))
	ch := stay(f.conversation("ann"), "all")
	ch.Work = all
	f.commit(ch)
	f.same("all", f.due(100), all)
	for i, w := range all {
		f.ok(f.store.Settle(f.ctx, w))
		f.same(fmt.Sprint("after settling ", i), f.due(100), all[i+1:])
	}
}

func deferRace(f *fixture) {
	f.together(16, func(i int) error {
		return f.store.Defer(f.ctx, unseen("ann"), after(i))
	})
	due := f.due(100)
	if len(due) != 1 || due[0].Attempts != 16 {
		f.Errorf("after 16 deferrals: %+v", due)
	}
}
