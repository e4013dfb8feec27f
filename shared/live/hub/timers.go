package hub

import (
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// timers are those of one connection, so that none outlives it.
type timers struct {
	mu      sync.Mutex
	stopped bool
	next    int
	stops   map[int]func() bool
}

// after calls f after d, unless the connection is over or what after returns
// was called.
func (t *timers) after(c *conn, d time.Duration, f func()) (stop func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return func() {}
	}
	n := t.next
	t.next++
	if t.stops == nil {
		t.stops = make(map[int]func() bool, 2)
	}
	t.stops[n] = c.hub.after(d, func() {
		if t.take(n) {
			f()
		}
	})
	return func() { t.cancel(n) }
}

// take reports whether timer n was still there, and removes it.
func (t *timers) take(n int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, there := t.stops[n]
	delete(t.stops, n)
	return there
}

func (t *timers) cancel(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if stop, there := t.stops[n]; there {
		stop()
		delete(t.stops, n)
	}
}

func (t *timers) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	for _, stop := range t.stops {
		stop()
	}
	t.stops = nil
}

// watch starts the keep-alives and the end of the session's proof.
func (c *conn) watch() {
	if !c.session.Expires.IsZero() {
		c.timers.after(c, c.session.Expires.Sub(c.hub.now()), func() { c.end(CloseIdentify, "identify again") })
	}
	c.timers.after(c, KeepAlive, c.ping)
}

// ping asks whether the client is there, on a timer's goroutine, and arranges
// for the next time. The rhythm is from ping to ping, whatever a pong takes.
func (c *conn) ping() {
	defer c.survive("ping")
	began := c.hub.now()
	answered := c.timers.after(c, pongWithin, func() { c.end(CloseSilent, "no answer to keep-alives") })
	err := c.ws.Ping(c.hub.ctx)
	answered()
	if err != nil {
		return // the reader knows, too
	}
	if err := c.handler.Alive(c.hub.ctx, c.session); err != nil {
		c.note("alive", err)
		if fault.Is(err, fault.Unauthenticated) {
			c.end(CloseIdentify, "identify again")
			return
		}
	}
	pause := max(0, KeepAlive-c.hub.now().Sub(began))
	c.timers.after(c, pause, c.ping)
}

// bucket is a token bucket for the frames of one connection.
type bucket struct {
	tokens  float64
	last    time.Time // zero before the first frame
	refused int       // in a row
}

// take spends a token, or says how long it takes until there is one.
func (b *bucket) take(now time.Time) (wait time.Duration) {
	if b.last.IsZero() {
		b.tokens = floodBurst
	} else {
		b.tokens = min(floodBurst, b.tokens+max(0, now.Sub(b.last).Seconds())*floodRate)
	}
	b.last = now
	if b.tokens < 1 {
		b.refused++
		return time.Duration((1-b.tokens)/floodRate*float64(time.Second)).Round(time.Millisecond) + time.Millisecond
	}
	b.tokens--
	b.refused = 0
	return 0
}

// hopeless reports whether the client does not heed what it is told.
func (b *bucket) hopeless() bool { return b.refused >= floodPatience }
