// Package simulation is what all that plays a provider has in common: luck that a seed decides,
// outages, and to know when everything that goes on waits for the clock. It knows no provider.
package simulation

import (
	"context"
	"sync"
	"time"
)

// Clock is the time that a simulator lives by; shared/queue.Clock is one.
type Clock interface {
	Now() time.Time
	// Timer returns a channel that gets one value once d has passed, and a function
	// that gives the timer up.
	Timer(d time.Duration) (fired <-chan time.Time, stop func())
}

// Activity is all that a simulator has under way. Whoever moves the clock asks it when to. It is safe
// for concurrent use.
type Activity struct {
	clock  Clock
	closed chan struct{}

	mu      sync.Mutex
	running int
	resting map[*int]time.Time // those of the running that wait for the clock, and until when
	changed chan struct{}      // closed and replaced when one of the two changes
}

// NewActivity returns one with nothing under way.
func NewActivity(clock Clock) *Activity {
	return &Activity{clock: clock, closed: make(chan struct{}), resting: map[*int]time.Time{}, changed: make(chan struct{})}
}

// Close ends every Sleep and Await. Call it once.
func (a *Activity) Close() { close(a.closed) }

// Closed is closed by Close, for whoever waits for something else too.
func (a *Activity) Closed() <-chan struct{} { return a.closed }

// Go does something beside its caller. It is under way from now until it returns.
func (a *Activity) Go(do func()) {
	a.change(func() { a.running++ })
	go func() {
		defer a.change(func() { a.running-- })
		do()
	}()
}

// Rest notes that whoever calls, in something that Go does, has nothing to do before that time, or
// before they call wake.
func (a *Activity) Rest(until time.Time) (wake func()) {
	who := new(int)
	a.change(func() { a.resting[who] = until })
	return func() { a.change(func() { delete(a.resting, who) }) }
}

// Sleep rests for a time. It reports false where Close came first.
func (a *Activity) Sleep(d time.Duration) bool {
	until := a.clock.Now().Add(d)
	fired, stop := a.clock.Timer(d)
	defer stop()
	return a.Await(fired, until)
}

// Await rests until a timer of the clock's fires, which it does at until. It reports false where Close
// came first.
func (a *Activity) Await(fired <-chan time.Time, until time.Time) bool {
	defer a.Rest(until)()
	select {
	case <-fired:
		return true
	case <-a.closed:
		return false
	}
}

// Settled returns once nothing is under way, or with the error of ctx.
func (a *Activity) Settled(ctx context.Context) error {
	return a.await(ctx, func() bool { return a.running == 0 })
}

// Rests returns once everything under way waits for the clock to move, or with the error of ctx.
func (a *Activity) Rests(ctx context.Context) error {
	return a.await(ctx, func() bool {
		now, asleep := a.clock.Now(), 0
		for _, until := range a.resting {
			if until.After(now) {
				asleep++
			}
		}
		return asleep == a.running
	})
}

func (a *Activity) await(ctx context.Context, so func() bool) error {
	for {
		a.mu.Lock()
		is, changed := so(), a.changed
		a.mu.Unlock()
		if is {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *Activity) change(what func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	what()
	close(a.changed)
	a.changed = make(chan struct{})
}
