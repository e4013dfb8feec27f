package storetest

import (
	"strings"
	"sync/atomic"
	"time"
)

var turnTests = []test{
	{name: "it is free, then taken, then free", run: turnTaken},
	{name: "scopes are apart", run: turnScopes},
	{name: "of many one gets it", run: turnRace},
}

func (f *fixture) turn(scope string, from, until time.Time) time.Time {
	f.Helper()
	free, err := f.store.Turn(f.ctx, scope, from, until)
	f.ok(err)
	return free
}

func turnTaken(f *fixture) {
	f.same("at first", f.turn("a", after(0), after(1_000)), after(0))
	f.same("taken", f.turn("a", after(999), after(9_000)), after(1_000))
	f.same("asking again moves nothing", f.turn("a", after(0), after(9_000)), after(1_000))
	f.same("free at its end", f.turn("a", after(1_000), after(2_000)), after(1_000))
	f.same("taken again", f.turn("a", after(1_500), after(2_500)), after(2_000))
	f.same("long after", f.turn("a", after(90_000), after(91_000)), after(90_000))
	f.same("by a clock that is behind", f.turn("a", after(5_000), after(6_000)), after(91_000))
}

func turnScopes(f *fixture) {
	f.same("a", f.turn("a", after(0), after(1_000)), after(0))
	f.same("b", f.turn("b", after(1), after(1_001)), after(1))
	long := strings.Repeat("频道", 2_000)
	f.same("a long one", f.turn(long, after(0), after(5)), after(0))
	f.same("another long one", f.turn(long+"x", after(0), after(5)), after(0))
	f.same("the long one again", f.turn(long, after(0), after(5)), after(5))
}

func turnRace(f *fixture) {
	const many = 16
	var got atomic.Int64
	f.together(many, func(int) error {
		free, err := f.store.Turn(f.ctx, "a", after(0), after(1_000))
		if err == nil && free.Equal(after(0)) {
			got.Add(1)
		}
		return err
	})
	f.same("so many got it", got.Load(), int64(1))
}
