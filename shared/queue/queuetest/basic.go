package queuetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

func basicCases() []testCase {
	return []testCase{
		{name: "a published message is received once", run: testOnce},
		{name: "a lease says what it is", run: testLease},
		{name: "a released message comes again", run: testRelease},
		{name: "a message may be released for longer than a lease", run: testLongRelease},
		{name: "a settled lease is refused", run: testSettled},
		{name: "an invented token is refused", run: testInvented},
		{name: "receive takes up to max", run: testMax},
		{name: "a repeated ID is dropped", needs: func(f Features) bool { return f.Dedupe }, setup: Setup{Ordered: true}, run: testDedupe},
		{name: "an ID is forgotten in time", needs: func(f Features) bool { return f.Dedupe }, minutes: true, setup: Setup{Ordered: true}, run: testForget},
		{name: "messages and leases survive a restart", needs: func(f Features) bool { return f.Reopen }, run: testRestart},
		{name: "the group lock survives a restart", needs: func(f Features) bool { return f.Reopen && f.Groups }, setup: Setup{Ordered: true}, run: testRestartGroup},
	}
}

func testOnce(b *bench) {
	b.none()
	b.publish("", "hello")
	l := b.one("hello")
	b.none()
	b.ack(l)
	b.Clock.Advance(2 * b.lease)
	b.none()
}

func testLease(b *bench) {
	b.send(queue.Message{ID: "an-id", Group: "a-group", Body: []byte("hello")})
	before := b.Clock.Now()
	l := b.one("hello")
	if l.ID != "an-id" || l.Group != "a-group" || l.Attempts != 1 || l.Token == "" {
		b.Errorf("lease %+v", l)
	}
	if d := l.Until.Sub(before); d < b.lease || d > b.lease+b.unit {
		b.Errorf("the lease lasts %v, want %v", d, b.lease)
	}
}

func testRelease(b *bench) {
	b.publish("", "hello")
	for attempt := 1; attempt <= 3; attempt++ {
		l := b.one("hello")
		if l.Attempts != attempt {
			b.Errorf("attempt %d is counted as %d", attempt, l.Attempts)
		}
		b.release(l, 0)
	}
	b.release(b.one("hello"), 3*b.unit)
	b.none()
	b.Clock.Advance(2 * b.unit)
	b.none()
	b.Clock.Advance(b.unit)
	b.ack(b.one("hello"))
}

func testLongRelease(b *bench) {
	b.publish("", "hello")
	b.release(b.one("hello"), b.lease+2*b.unit)
	b.Clock.Advance(b.lease)
	b.none()
	b.Clock.Advance(2 * b.unit)
	b.ack(b.one("hello"))
}

func testSettled(b *bench) {
	b.publish("", "hello")
	released := b.one("hello")
	b.release(released, 0)
	refused(b, released)
	again := b.one("hello")
	refused(b, released)
	b.ack(again)
	refused(b, again)
	b.publish("", "another")
	another := b.one("another")
	refused(b, released) // a message's leases say nothing about the one after it
	b.ack(another)
}

func testInvented(b *bench) {
	b.publish("", "hello")
	l := b.one("hello")
	for _, token := range []string{"", ".", "no token", "9223372036854775807.1", l.Token + "1"} {
		forged := l
		forged.Token = token
		refused(b, forged)
	}
	b.ack(l)
}

// refused checks that nothing can be done with a lease.
func refused(b *bench, l queue.Lease) {
	b.Helper()
	for op, err := range map[string]error{
		"ack":     b.Queue.Ack(b.ctx, l),
		"release": b.Queue.Release(b.ctx, l, 0),
		"extend":  b.Queue.Extend(b.ctx, l, b.lease),
	} {
		if !errors.Is(err, queue.ErrLapsed) {
			b.Errorf("%s with the token %q: %v, want ErrLapsed", op, l.Token, err)
		}
	}
}

func testMax(b *bench) {
	want := strings.Split("abcdefghijklmnopqrstuvwxyz", "")
	b.publish("", want...)
	var got []string
	for len(got) < len(want) {
		leases := b.receive(7)
		if len(leases) == 0 {
			b.Fatalf("received only %q", got)
		}
		got = append(got, bodies(leases)...)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		b.Errorf("received %q", got)
	}
	if _, err := b.Queue.Receive(b.ctx, 0, 0); !fault.Is(err, fault.BadRequest) {
		b.Errorf("receive of none: %v", err)
	}
}

func testDedupe(b *bench) {
	send := func(id, group, body string) { b.send(queue.Message{ID: id, Group: group, Body: []byte(body)}) }
	send("1", "g", "a")
	send("1", "g", "repeat")
	send("2", "g", "b")
	b.ack(b.one("a"))
	send("1", "g", "repeat of what is done")
	b.ack(b.expect("b")...)
	for range 5 { // none of them is remembered
		b.publish("g", "without ID")
	}
	for range 5 {
		b.ack(b.one("without ID"))
	}
	send("1", "h", "of another group")
	send("1", "", "of none")
	send("1", "", "repeat of the one of none")
	leases := b.all()
	got := bodies(leases)
	slices.Sort(got)
	if !slices.Equal(got, []string{"of another group", "of none"}) {
		b.Errorf("received %q: an ID is of its group", got)
	}
	b.ack(leases...)
}

func testForget(b *bench) {
	m := queue.Message{ID: "1", Group: "g", Body: []byte("the first")}
	b.send(m)
	b.ack(b.one("the first"))
	b.Clock.Advance(queue.DedupeWindow - b.unit)
	b.send(m)
	b.none()
	b.Clock.Advance(2 * b.unit)
	m.Body = []byte("a new one")
	b.send(m)
	b.ack(b.expect("a new one")...)
}

func testRestart(b *bench) {
	b.publish("", "waits", "leased", "released")
	held := make(map[string]queue.Lease)
	for _, l := range b.all() {
		held[string(l.Body)] = l
	}
	b.release(held["waits"], 0)
	b.release(held["released"], 3*b.unit)
	b.Opened = b.Reopen(b.T)
	if l := b.one("waits"); l.Attempts != 2 {
		b.Errorf("%d attempts after the restart, want 2", l.Attempts)
	} else {
		b.ack(l)
	}
	b.none()
	b.Clock.Advance(3 * b.unit)
	b.ack(b.one("released"))
	b.ack(held["leased"]) // the lease is still good
	b.Clock.Advance(2 * b.lease)
	b.none()
}

func testRestartGroup(b *bench) {
	b.publish("g", "first", "second")
	first := b.one("first")
	b.Opened = b.Reopen(b.T)
	b.none()
	b.ack(first)
	b.ack(b.expect("second")...)
}

// ended is a context that has ended.
func ended(ctx context.Context) context.Context {
	ctx, cancel := context.WithDeadline(ctx, time.Time{})
	cancel()
	return ctx
}
