package queuetest

import (
	"context"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/queue"
)

// Clock is a clock that stands still until a test moves it.
type Clock interface {
	queue.Clock
	// Advance moves the time on; timers that are due by then fire.
	Advance(d time.Duration)
	// AwaitTimers returns once at least n timers wait to fire, so that whoever made them
	// is asleep; or when ctx ends. A clock that cannot tell returns at once.
	AwaitTimers(ctx context.Context, n int)
}

// Wall returns the wall clock, for engines whose queues lie elsewhere and go by a clock of
// their own. To move it is to wait, and a little longer, so that theirs gets there too.
func Wall() Clock {
	return &wallClock{Clock: queue.SystemClock(time.Now), start: time.Now()}
}

type wallClock struct {
	queue.Clock
	start time.Time
	mu    sync.Mutex
	moved time.Duration
}

// margin is how far the clock of a queue elsewhere, and of what it does, may be behind.
const margin = 300 * time.Millisecond

func (c *wallClock) Advance(d time.Duration) {
	c.mu.Lock()
	c.moved += d + margin
	c.mu.Unlock()
	time.Sleep(d + margin)
}

func (*wallClock) AwaitTimers(context.Context, int) {}

// late is how much time has passed that the test did not mean to pass.
func (c *wallClock) late() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.start) - c.moved
}

// NewClock returns a Clock that stands at start.
func NewClock(start time.Time) Clock {
	return &fakeClock{now: start, timers: make(map[*fakeTimer]struct{}), changed: make(chan struct{})}
}

type fakeClock struct {
	mu      sync.Mutex
	now     time.Time
	timers  map[*fakeTimer]struct{}
	changed chan struct{} // closed and replaced when a timer is added
}

type fakeTimer struct {
	due   time.Time
	fired chan time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &fakeTimer{due: c.now.Add(d), fired: make(chan time.Time, 1)}
	if d <= 0 {
		t.fired <- c.now
		return t.fired, func() {}
	}
	c.timers[t] = struct{}{}
	close(c.changed)
	c.changed = make(chan struct{})
	return t.fired, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, t)
	}
}

func (c *fakeClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for t := range c.timers {
		if !t.due.After(c.now) {
			t.fired <- c.now
			delete(c.timers, t)
		}
	}
}

func (c *fakeClock) AwaitTimers(ctx context.Context, n int) {
	for {
		c.mu.Lock()
		enough, changed := len(c.timers) >= n, c.changed
		c.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
