package sqsqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/queue"
)

func receive(t *testing.T, q queue.Queue, wait time.Duration) []queue.Lease {
	t.Helper()
	leases, err := q.Receive(t.Context(), 10, wait)
	if err != nil {
		t.Fatal(err)
	}
	return leases
}

func TestALongWaitIsSeveralPolls(t *testing.T) {
	clock, s := newClock(), &script{}
	s.polled = func() { clock.Advance(20 * time.Second) }
	q := scripted(t, s, clock, nil)
	if leases := receive(t, q, 45*time.Second+time.Millisecond); len(leases) != 0 {
		t.Errorf("received %v", leases)
	}
	var waits []int32
	for _, in := range s.received {
		waits = append(waits, in.WaitTimeSeconds)
		if in.VisibilityTimeout != 30 || in.MaxNumberOfMessages != 10 || in.ReceiveRequestAttemptId != nil {
			t.Errorf("asked for %d messages for %d s, attempt %v", in.MaxNumberOfMessages, in.VisibilityTimeout, in.ReceiveRequestAttemptId)
		}
	}
	if !slices.Equal(waits, []int32{20, 20, 6}) {
		t.Errorf("polls of %d s", waits)
	}
}

// TestAnOrderedQueueIsReadOneByOne: SQS would hand out a group at once, and count what is
// given back as an attempt. A poll has a name of its own, which the SDK repeats.
func TestAnOrderedQueueIsReadOneByOne(t *testing.T) {
	s := &script{}
	q := scripted(t, s, newClock(), ordered)
	receive(t, q, 0)
	receive(t, q, 0)
	for i, in := range s.received {
		if in.MaxNumberOfMessages != 1 || *in.ReceiveRequestAttemptId != fmt.Sprint("u", i+1) {
			t.Errorf("asked for %d, attempt %s", in.MaxNumberOfMessages, *in.ReceiveRequestAttemptId)
		}
	}
}

func TestWhatIsReceived(t *testing.T) {
	clock := newClock()
	for name, c := range map[string]struct {
		m    types.Message
		want queue.Message
	}{
		"plain":                   {given("h", "body"), queue.Message{Body: []byte("body")}},
		"with all":                {given("h", "body", "zhida.id", "i", "zhida.group", "g"), queue.Message{ID: "i", Group: "g", Body: []byte("body")}},
		"fair":                    {given("h", "body", "zhida.group", "g", "MessageGroupId", "g"), queue.Message{Group: "g", Body: []byte("body")}},
		"ordered":                 {given("h", "body", "MessageGroupId", "g"), queue.Message{Group: "g", Body: []byte("body")}},
		"ordered without group":   {given("h", "body", "MessageGroupId", "u1", "zhida.alone", "yes"), queue.Message{Body: []byte("body")}},
		"wrapped":                 {given("h", "base64:AA=="), queue.Message{Body: []byte{0}}},
		"somebody else's":         {given("h", "base64:aGVsbG8=", "other", "x"), queue.Message{Body: []byte("base64:aGVsbG8=")}},
		"with a due time of old":  {given("h", "body", "zhida.due", ms(clock.Now())), queue.Message{Body: []byte("body")}},
		"with a due time of junk": {given("h", "body", "zhida.due", "soon"), queue.Message{Body: []byte("body")}},
	} {
		s := &script{messages: [][]types.Message{{c.m}}}
		leases := receive(t, scripted(t, s, clock, nil), 0)
		if len(leases) != 1 {
			t.Fatalf("%s: %d leases", name, len(leases))
		}
		l := leases[0]
		if l.ID != c.want.ID || l.Group != c.want.Group || string(l.Body) != string(c.want.Body) ||
			l.Attempts != 1 || !l.Until.Equal(clock.Now().Add(30*time.Second)) {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// TestNobodyGetsAMessageEarly: SQS hides a message for 12 hours at most, so one that is
// due in 30 comes early, three times.
func TestNobodyGetsAMessageEarly(t *testing.T) {
	clock, start := newClock(), newClock().Now()
	due := start.Add(30 * time.Hour)
	early := func(count string) []types.Message {
		return []types.Message{given("h"+count, "body", "zhida.due", ms(due), "MessageGroupId", "g",
			"ApproximateReceiveCount", count, "ApproximateFirstReceiveTimestamp", ms(start))}
	}
	s := &script{}
	q := scripted(t, s, clock, ordered)
	for i, want := range []string{"hide url.fifo h1 43140", "hide url.fifo h2 43140", "hide url.fifo h3 21720"} {
		s.messages = [][]types.Message{early(fmt.Sprint(i + 1))}
		if leases := receive(t, q, 0); len(leases) != 0 {
			t.Fatalf("it was handed out at %v", clock.Now())
		}
		if told := s.take(); !slices.Equal(told, []string{want}) {
			t.Errorf("told %q, want %q", told, want)
		}
		clock.Advance(min(12*time.Hour-time.Minute, due.Sub(clock.Now())))
	}
	s.messages = [][]types.Message{early("4")}
	leases := receive(t, q, 0)
	if len(leases) != 1 || leases[0].Attempts != 1 {
		t.Errorf("when it was due: %+v", leases)
	}
	s.messages = [][]types.Message{early("6")}
	if leases := receive(t, q, 0); len(leases) != 1 || leases[0].Attempts != 3 {
		t.Errorf("two attempts later: %+v", leases)
	}
}

// TestReceiveLooksBehindWhatIsEarly, even without waiting.
func TestReceiveLooksBehindWhatIsEarly(t *testing.T) {
	clock := newClock()
	soon := given("early", "early", "zhida.due", ms(clock.Now().Add(time.Second)))
	s := &script{messages: [][]types.Message{{soon, soon}, {soon, given("h", "ready")}}, fails: map[string]error{"hide": errors.New("lost")}}
	leases := receive(t, scripted(t, s, clock, nil), 0)
	if len(leases) != 1 || string(leases[0].Body) != "ready" || len(s.take()) != 3 {
		t.Errorf("received %+v", leases)
	}
}

// TestAGivenUpReceiveHoldsNothing: SQS answers a poll although nobody waits any more.
func TestAGivenUpReceiveHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{messages: [][]types.Message{{given("a", "1"), given("b", "2")}}}
		s.polled = func() { time.Sleep(15 * time.Second) }
		q := scripted(t, s, newClock(), nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before := time.Now()
		leases, err := q.Receive(ctx, 10, 20*time.Second)
		if !errors.Is(err, context.DeadlineExceeded) || len(leases) != 0 || time.Since(before) != time.Second {
			t.Errorf("received %v, %v after %v", leases, err, time.Since(before))
		}
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if told := s.take(); strings.Join(told, ", ") != "hide url a 0, hide url b 0" {
			t.Errorf("told %q", told)
		}
		if _, err := q.Receive(ctx, 1, 0); !errors.Is(err, context.DeadlineExceeded) || len(s.received) != 1 {
			t.Errorf("with an ended context: %v after %d polls", err, len(s.received))
		}
	})
}
