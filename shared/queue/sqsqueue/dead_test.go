package sqsqueue_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
)

func withDead(o *sqsqueue.Options) {
	ordered(o)
	o.DeadURL, o.MaxAttempts = "dead.fifo", 7
}

func TestDeadLettersNeedTheirQueue(t *testing.T) {
	q := scripted(t, &script{}, newClock(), nil)
	if _, err := q.Dead(t.Context(), 1); !fault.Is(err, fault.Config) {
		t.Errorf("dead: %v", err)
	}
	if err := q.Resend(t.Context(), queue.Dead{}); !fault.Is(err, fault.Config) {
		t.Errorf("resend: %v", err)
	}
}

func TestDeadIsOldestFirst(t *testing.T) {
	clock := newClock()
	sent := func(body string, ago time.Duration) types.Message {
		return given(body, body, "SentTimestamp", ms(clock.Now().Add(-ago)), "ApproximateReceiveCount", "9")
	}
	s := &script{messages: [][]types.Message{{sent("b", 2*time.Hour), sent("c", time.Hour)}, {sent("a", 3*time.Hour)}}}
	dead, err := scripted(t, s, clock, withDead).Dead(t.Context(), 12)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range dead {
		got = append(got, string(d.Body))
		if d.Attempts != 7 {
			t.Errorf("%d attempts: looking is none", d.Attempts)
		}
	}
	if !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("dead %q", got)
	}
	var asked []int32
	for _, in := range s.received {
		asked = append(asked, in.MaxNumberOfMessages)
		if *in.QueueUrl != "dead.fifo" || in.WaitTimeSeconds != 1 || in.VisibilityTimeout != 60 {
			t.Errorf("asked %s for %d s, to hide for %d", *in.QueueUrl, in.WaitTimeSeconds, in.VisibilityTimeout)
		}
	}
	if !slices.Equal(asked, []int32{10, 10, 9}) {
		t.Errorf("asked for %d", asked)
	}
}

// TestAResendThatWasCutShort may be repeated: SQS tells the repeat, as long as it is of
// the same death.
func TestAResendThatWasCutShort(t *testing.T) {
	clock := newClock()
	letter := given("handle", "body", "zhida.id", "i", "MessageGroupId", "g")
	s := &script{messages: [][]types.Message{{letter}, nil, {letter}}, fails: map[string]error{"delete": errors.New("lost")}}
	q := scripted(t, s, clock, withDead)
	dead, err := q.Dead(t.Context(), 10)
	if err != nil || len(dead) != 1 {
		t.Fatalf("dead: %v, %v", dead, err)
	}
	if err := q.Resend(t.Context(), dead[0]); !fault.Is(err, fault.Unavailable) {
		t.Errorf("it was not deleted: %v", err)
	}
	first := lastSent(s)
	if first.Body != "body" || first.Group != "g" || first.Attributes["zhida.id"] != "i" {
		t.Errorf("sent %+v", first)
	}
	s.fails = nil
	clock.Advance(2 * time.Minute) // it may be seen again
	if err := q.Resend(t.Context(), dead[0]); !errors.Is(err, queue.ErrLapsed) || len(s.sent) != 1 {
		t.Errorf("when another may have it: %v", err)
	}
	dead, err = q.Dead(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	s.take()
	if err := q.Resend(t.Context(), dead[0]); err != nil {
		t.Fatal(err)
	}
	if told := s.take(); !slices.Equal(told, []string{"delete dead.fifo handle"}) || lastSent(s).Dedupe != first.Dedupe {
		t.Errorf("told %q; the second is %q, the first %q", told, lastSent(s).Dedupe, first.Dedupe)
	}
	if err := q.Resend(t.Context(), dead[0]); !errors.Is(err, queue.ErrLapsed) {
		t.Errorf("resent twice: %v", err)
	}
}
