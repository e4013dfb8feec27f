package sqsqueue_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
)

// leased returns a queue with one message leased, for 30 seconds.
func leased(t *testing.T, s *script, clock queuetest.Clock) (*sqsqueue.Queue, queue.Lease) {
	t.Helper()
	s.messages = [][]types.Message{{given("handle", "body")}}
	q := scripted(t, s, clock, nil)
	return q, receive(t, q, 0)[0]
}

func TestSettling(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		do   func(*sqsqueue.Queue, queue.Lease) error
		want string
	}{
		"ack":                {func(q *sqsqueue.Queue, l queue.Lease) error { return q.Ack(t.Context(), l) }, "delete url handle"},
		"release":            {func(q *sqsqueue.Queue, l queue.Lease) error { return q.Release(t.Context(), l, 0) }, "hide url handle 0"},
		"release, negative":  {func(q *sqsqueue.Queue, l queue.Lease) error { return q.Release(t.Context(), l, -1) }, "hide url handle 0"},
		"release, rounded":   {func(q *sqsqueue.Queue, l queue.Lease) error { return q.Release(t.Context(), l, time.Second+1) }, "hide url handle 2"},
		"release for a day":  {func(q *sqsqueue.Queue, l queue.Lease) error { return q.Release(t.Context(), l, day) }, "hide url handle 43120"},
		"extend":             {func(q *sqsqueue.Queue, l queue.Lease) error { return q.Extend(t.Context(), l, time.Minute) }, "hide url handle 60"},
		"extend for a day":   {func(q *sqsqueue.Queue, l queue.Lease) error { return q.Extend(t.Context(), l, day) }, "hide url handle 43120"},
		"extend for no time": {func(q *sqsqueue.Queue, l queue.Lease) error { return q.Extend(t.Context(), l, 0) }, "hide url handle 0"},
	} {
		s, clock := &script{}, newClock()
		q, l := leased(t, s, clock)
		clock.Advance(20 * time.Second) // SQS counts its 12 hours from the receive
		if err := c.do(q, l); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if told := s.take(); !slices.Equal(told, []string{c.want}) {
			t.Errorf("%s: told %q, want %q", name, told, c.want)
		}
	}
}

// refused checks that a lease is refused without a word to SQS, which might do as asked.
func refused(t *testing.T, s *script, q *sqsqueue.Queue, l queue.Lease) {
	t.Helper()
	s.take()
	for op, err := range map[string]error{
		"ack": q.Ack(t.Context(), l), "release": q.Release(t.Context(), l, 0), "extend": q.Extend(t.Context(), l, time.Minute),
	} {
		if !errors.Is(err, queue.ErrLapsed) {
			t.Errorf("%s: %v", op, err)
		}
	}
	if told := s.take(); len(told) > 0 {
		t.Errorf("SQS was told %q", told)
	}
}

func TestALeaseThatIsOverNeedsNoSQS(t *testing.T) {
	t.Run("by time", func(t *testing.T) {
		s, clock := &script{}, newClock()
		q, l := leased(t, s, clock)
		clock.Advance(30 * time.Second)
		refused(t, s, q, l)
		refused(t, s, scripted(t, s, clock, nil), l) // in another process too
	})
	t.Run("by an Ack", func(t *testing.T) {
		s := &script{}
		q, l := leased(t, s, newClock())
		if err := q.Ack(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		refused(t, s, q, l)
	})
	t.Run("by an extension that ended it", func(t *testing.T) {
		s, clock := &script{}, newClock()
		q, l := leased(t, s, clock)
		if err := q.Extend(t.Context(), l, 10*time.Second); err != nil {
			t.Fatal(err)
		}
		clock.Advance(10 * time.Second)
		refused(t, s, q, l)
	})
	t.Run("after an extension that prolonged it", func(t *testing.T) {
		s, clock := &script{}, newClock()
		q, l := leased(t, s, clock)
		if err := q.Extend(t.Context(), l, time.Hour); err != nil {
			t.Fatal(err)
		}
		clock.Advance(59 * time.Minute)
		if err := q.Extend(t.Context(), l, time.Minute); err != nil {
			t.Errorf("extended again: %v", err)
		}
		if err := q.Release(t.Context(), l, 0); err != nil {
			t.Errorf("released: %v", err)
		}
		refused(t, s, q, l)
	})
	t.Run("no token of ours", func(t *testing.T) {
		s := &script{}
		q, l := leased(t, s, newClock())
		for _, token := range []string{"", " ", "a b c", "1 2", "1 2 ", "handle"} {
			l.Token = token
			refused(t, s, q, l)
		}
	})
}

// TestALeaseThatSQSDidNotSettleHolds, so that the caller may try again.
func TestALeaseThatSQSDidNotSettleHolds(t *testing.T) {
	s := &script{fails: map[string]error{"delete": errors.New("lost"), "hide": errors.New("lost")}}
	q, l := leased(t, s, newClock())
	for op, err := range map[string]error{
		"ack": q.Ack(t.Context(), l), "release": q.Release(t.Context(), l, 0), "extend": q.Extend(t.Context(), l, time.Hour),
	} {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: %v", op, err)
		}
	}
	s.fails = nil
	if err := q.Ack(t.Context(), l); err != nil {
		t.Errorf("then: %v", err)
	}
}

// TestTheLedgerForgets: it holds what ended lately, however many messages pass.
func TestTheLedgerForgets(t *testing.T) {
	s, clock := &script{}, newClock()
	q := scripted(t, s, clock, nil)
	for i := range 2000 {
		s.messages = [][]types.Message{{given(fmt.Sprint("handle", i), "body")}}
		if err := q.Ack(t.Context(), receive(t, q, 0)[0]); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Second)
		if n := sqsqueue.Remembered(q); n > 300 {
			t.Fatalf("%d leases are remembered, of 30 that could matter", n)
		}
	}
}
