package queuetest

import (
	"errors"
	"slices"

	"github.com/zhida-project/zhida/shared/queue"
)

const attempts = 3

func deadCases() []testCase {
	needs := func(f Features) bool { return f.DeadLetter }
	return []testCase{
		{name: "a message that was released too often is put aside", needs: needs, setup: Setup{MaxAttempts: attempts}, run: testDeadRelease},
		{name: "a message that lapsed too often is put aside", needs: needs, setup: Setup{MaxAttempts: attempts}, run: testDeadLapse},
		{name: "a dead message frees its group", needs: func(f Features) bool { return f.DeadLetter && f.Groups }, setup: Setup{MaxAttempts: attempts, Ordered: true}, run: testDeadGroup},
		{name: "all that is dead can be resent", needs: needs, setup: Setup{MaxAttempts: 1}, run: testResendAll},
		{name: "the last attempt may still succeed", needs: needs, setup: Setup{MaxAttempts: 1}, run: testLastAttempt},
	}
}

// buried returns the only dead message.
func buried(b *bench, body string) queue.Dead {
	b.Helper()
	dead, err := b.Dead.Dead(b.ctx, 10)
	if err != nil || len(dead) != 1 || string(dead[0].Body) != body || dead[0].Attempts != attempts {
		b.Fatalf("dead: %+v, %v; want %q after %d attempts", dead, err, body, attempts)
	}
	return dead[0]
}

func noneDead(b *bench) {
	b.Helper()
	if dead, err := b.Dead.Dead(b.ctx, 10); err != nil || len(dead) != 0 {
		b.Fatalf("dead: %+v, %v; want none", dead, err)
	}
}

func testDeadRelease(b *bench) {
	b.publish("", "poison")
	for range attempts {
		noneDead(b)
		b.release(b.one("poison"), 0)
	}
	b.none()
	d := buried(b, "poison")
	if err := b.Dead.Resend(b.ctx, d); err != nil {
		b.Fatalf("resend: %v", err)
	}
	noneDead(b)
	if err := b.Dead.Resend(b.ctx, d); !errors.Is(err, queue.ErrLapsed) {
		b.Errorf("resent twice: %v", err)
	}
	l := b.one("poison")
	if l.Attempts != 1 {
		b.Errorf("%d attempts after the resend, want 1", l.Attempts)
	}
	b.ack(l)
	b.none()
}

func testDeadLapse(b *bench) {
	b.publish("", "poison")
	for range attempts {
		b.one("poison")
		b.Clock.Advance(b.lease)
	}
	b.none()
	buried(b, "poison")
}

func testDeadGroup(b *bench) {
	b.send(queue.Message{ID: "an-id", Group: "g", Body: []byte("poison")})
	b.publish("g", "next")
	for range attempts {
		b.one("poison")
		b.Clock.Advance(b.lease)
	}
	b.ack(b.await("next")) // an engine may be busy with burying when it is asked first
	d := buried(b, "poison")
	if d.Group != "g" || d.ID != "an-id" {
		b.Errorf("dead: %+v", d)
	}
	b.publish("g", "newer")
	if err := b.Dead.Resend(b.ctx, d); err != nil {
		b.Fatalf("resend: %v", err)
	}
	b.ack(b.one("newer"))
	b.ack(b.one("poison"))
}

func testResendAll(b *bench) {
	want := []string{"1", "2", "3", "4", "5"}
	b.publish("", want...)
	for _, l := range b.all() {
		b.release(l, 0)
	}
	b.none()
	for resent := 0; resent < len(want); {
		dead, err := b.Dead.Dead(b.ctx, 2)
		if err != nil || len(dead) == 0 || len(dead) > 2 {
			b.Fatalf("after %d: %d dead, %v", resent, len(dead), err)
		}
		for _, d := range dead {
			if err := b.Dead.Resend(b.ctx, d); err != nil {
				b.Fatalf("resend: %v", err)
			}
			resent++
		}
	}
	noneDead(b)
	leases := b.all()
	got := bodies(leases)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		b.Errorf("received %q", got)
	}
	b.ack(leases...)
}

func testLastAttempt(b *bench) {
	b.publish("", "hello")
	b.ack(b.one("hello"))
	b.none()
	noneDead(b)
}
