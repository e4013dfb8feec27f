package storetest

import (
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var leaseTests = []test{
	{name: "a lease that ends is work", run: leaseLapses},
	{name: "a lease only grows", run: leaseGrows},
	{name: "zero ends it at once", run: leaseEnds},
	{name: "a lease that was renewed is not settled", run: leaseRenewed},
	{name: "a lease that was renewed is not deferred", run: leaseNotDeferred},
	{name: "agents renew at once", run: leaseRace},
}

func lapse(agent string, ms int) store.Work {
	return store.Work{Kind: store.Lapse, Agent: agentID(agent), Due: after(ms)}
}

func (f *fixture) lease(agent string, ms int) {
	f.Helper()
	f.ok(f.store.Lease(f.ctx, agentID(agent), after(ms)))
}

func leaseLapses(f *fixture) {
	f.lease("kim", 30)
	f.lease("lee", 20)
	f.same("before", f.due(19), []store.Work(nil))
	f.same("one", f.due(20), []store.Work{lapse("lee", 20)})
	f.same("both", f.due(30), []store.Work{lapse("lee", 20), lapse("kim", 30)})
}

func leaseGrows(f *fixture) {
	f.lease("kim", 30)
	f.lease("kim", 50)
	f.lease("kim", 40)
	f.same("work", f.due(100), []store.Work{lapse("kim", 50)})
}

func leaseEnds(f *fixture) {
	f.lease("kim", 30)
	f.ok(f.store.Lease(f.ctx, "kim", time.Time{}))
	f.ok(f.store.Lease(f.ctx, "lee", time.Time{})) // who never had one: looking is harmless
	due := f.due(-1000)
	if len(due) != 2 {
		f.Fatalf("ended leases are due at once: %+v", due)
	}
	for _, w := range due {
		if w.Kind != store.Lapse || w.Due.IsZero() || w.Attempts != 0 {
			f.Errorf("ended lease: %+v", w)
		}
	}
	ended := due[0]
	f.lease("kim", 30) // back again
	f.lease("lee", 30)
	f.same("before", f.due(29), []store.Work(nil))
	f.refused(f.store.Settle(f.ctx, ended), fault.Conflict)
	f.refused(f.store.Defer(f.ctx, ended, after(1)), fault.Conflict)
	f.same("work", f.due(100), []store.Work{lapse("kim", 30), lapse("lee", 30)})
}

func leaseRenewed(f *fixture) {
	f.lease("kim", 30)
	lapsed := f.due(30)[0]
	f.lease("kim", 60)
	f.refused(f.store.Settle(f.ctx, lapsed), fault.Conflict)
	f.same("work", f.due(100), []store.Work{lapse("kim", 60)})
	f.ok(f.store.Settle(f.ctx, f.due(100)[0]))
	f.same("work", f.due(100), []store.Work(nil))
}

func leaseNotDeferred(f *fixture) {
	f.lease("kim", 30)
	lapsed := f.due(30)[0]
	f.lease("kim", 60)
	f.refused(f.store.Defer(f.ctx, lapsed, after(35)), fault.Conflict)
	f.same("renewed", f.due(100), []store.Work{lapse("kim", 60)})
	f.ok(f.store.Defer(f.ctx, lapse("kim", 60), after(65)))
	f.lease("kim", 70)
	f.same("renewed after a deferral", f.due(100), []store.Work{lapse("kim", 70)})
}

func leaseRace(f *fixture) {
	f.together(32, func(i int) error { return f.store.Lease(f.ctx, "kim", after(i)) })
	f.same("work", f.due(100), []store.Work{lapse("kim", 31)})
}
