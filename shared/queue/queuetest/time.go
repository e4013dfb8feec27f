package queuetest

import (
	"context"
	"errors"
	"time"

	"github.com/zhida-project/zhida/shared/queue"
)

func timeCases() []testCase {
	delay := func(f Features) bool { return f.Delay }
	groups := func(f Features) bool { return f.Groups }
	return []testCase{
		{name: "a lapsed lease makes the message due again", run: testLapse},
		{name: "a lapsed lease is refused", needs: func(f Features) bool { return f.Lapse }, run: testLapsedRefused},
		{name: "an overtaken lease is refused", run: testOvertaken},
		{name: "an extended lease lasts", run: testExtend},
		{name: "a message is not handed out before it is due", needs: delay, run: testDue},
		{name: "a waiting receive wakes on publish", run: testWakePublish},
		{name: "a waiting receive wakes on release", run: testWakeRelease},
		{name: "a waiting receive wakes on a lapse", run: testWakeLapse},
		{name: "a waiting receive wakes when a message becomes due", needs: delay, run: testWakeDue},
		{name: "a waiting receive wakes when its group is free", needs: groups, setup: Setup{Ordered: true}, run: testWakeGroup},
		{name: "a waiting receive gives up in time", run: testWaitOver},
		{name: "receive ends with its context", run: testContext},
	}
}

func testLapse(b *bench) {
	b.publish("", "hello")
	for attempt := 1; attempt <= 3; attempt++ {
		l := b.one("hello")
		if l.Attempts != attempt {
			b.Errorf("attempt %d is counted as %d", attempt, l.Attempts)
		}
		b.Clock.Advance(b.lease - b.unit)
		b.none()
		b.Clock.Advance(b.unit)
	}
	b.ack(b.one("hello"))
}

func testLapsedRefused(b *bench) {
	b.publish("", "hello")
	l := b.one("hello")
	b.Clock.Advance(b.lease)
	refused(b, l)
	b.ack(b.one("hello"))
}

func testOvertaken(b *bench) {
	b.publish("", "hello")
	stale := b.one("hello")
	b.Clock.Advance(b.lease)
	fresh := b.one("hello")
	if fresh.Token == stale.Token {
		b.Error("two leases have one token")
	}
	refused(b, stale)
	b.none() // the fresh lease was not touched
	b.ack(fresh)
}

func testExtend(b *bench) {
	b.publish("", "hello")
	l := b.one("hello")
	for range 3 {
		b.Clock.Advance(b.lease - b.unit)
		if err := b.Queue.Extend(b.ctx, l, b.lease); err != nil {
			b.Fatalf("extend: %v", err)
		}
		b.none()
	}
	if err := b.Queue.Extend(b.ctx, l, 2*b.unit); err != nil { // shorter than what is left
		b.Fatalf("extend: %v", err)
	}
	b.Clock.Advance(2 * b.unit)
	if l := b.one("hello"); l.Attempts != 2 {
		b.Errorf("%d attempts, want 2", l.Attempts)
	}
}

func testDue(b *bench) {
	now := b.Clock.Now()
	b.send(queue.Message{Body: []byte("later"), Due: now.Add(3 * b.unit)})
	b.send(queue.Message{Body: []byte("sooner"), Due: now.Add(1 * b.unit)})
	b.send(queue.Message{Body: []byte("past"), Due: now.Add(-1 * b.unit)})
	b.ack(b.expect("past")...)
	b.Clock.Advance(b.unit)
	b.ack(b.expect("sooner")...)
	b.Clock.Advance(b.unit)
	b.none()
	b.Clock.Advance(b.unit)
	b.ack(b.expect("later")...)
}

// got checks the result of a Receive that waited, and acknowledges it.
func got(b *bench, result func() ([]queue.Lease, error), want string) {
	b.Helper()
	leases, err := result()
	if err != nil || len(leases) != 1 || string(leases[0].Body) != want {
		b.Fatalf("the waiting receive got %q, %v, want %q", bodies(leases), err, want)
	}
	b.ack(leases...)
}

func testWakePublish(b *bench) {
	result := b.later(b.lease)
	b.publish("", "hello")
	got(b, result, "hello")
}

func testWakeRelease(b *bench) {
	b.publish("", "hello")
	l := b.one("hello")
	result := b.later(b.lease)
	b.release(l, 0)
	got(b, result, "hello")
}

func testWakeLapse(b *bench) {
	b.publish("", "hello")
	b.one("hello")
	b.Clock.Advance(b.lease - b.unit)
	result := b.later(b.lease)
	b.Clock.Advance(b.unit)
	got(b, result, "hello")
}

func testWakeDue(b *bench) {
	result := b.later(2 * b.lease)
	b.send(queue.Message{Body: []byte("hello"), Due: b.Clock.Now().Add(2 * b.unit)})
	b.Clock.Advance(b.unit)
	b.Clock.Advance(b.unit)
	got(b, result, "hello") // and not only at the end of its wait, which never comes
}

func testWakeGroup(b *bench) {
	b.publish("g", "g1")
	held := b.one("g1")
	b.publish("g", "g2")
	result := b.later(b.lease / 2)
	b.ack(held)
	got(b, result, "g2")
}

func testWaitOver(b *bench) {
	result := b.later(2 * b.unit)
	b.Clock.Advance(2 * b.unit)
	if leases, err := result(); err != nil || len(leases) != 0 {
		b.Errorf("got %q, %v, want nothing", bodies(leases), err)
	}
}

func testContext(b *bench) {
	b.publish("", "hello")
	if leases, err := b.Queue.Receive(ended(b.ctx), 1, b.lease); !errors.Is(err, context.DeadlineExceeded) {
		b.Errorf("with an ended context: %q, %v", bodies(leases), err)
	}
	l := b.one("hello") // it was not leased to nobody
	if l.Attempts != 1 {
		b.Errorf("%d attempts, want 1", l.Attempts)
	}
	b.ack(l)
	ctx, cancel := context.WithCancel(b.ctx)
	answer := make(chan error)
	go func() {
		_, err := b.Queue.Receive(ctx, 1, time.Hour)
		answer <- err
	}()
	b.Clock.AwaitTimers(b.ctx, 1)
	cancel()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		b.Errorf("cancelled while waiting: %v", err)
	}
	b.publish("", "next")
	b.ack(b.await("next")) // it was not leased to whoever went away
}
