package sqsqueue_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
)

// script is an SQS that hands out what a test puts in, and writes down what it is asked.
type script struct {
	mu       sync.Mutex
	messages [][]types.Message // what each ReceiveMessage gets; nothing once they are over
	fails    map[string]error  // by action
	polled   func()            // called by every ReceiveMessage, if not nil

	sent     []*sqs.SendMessageInput
	received []*sqs.ReceiveMessageInput
	told     []string // "delete url handle", "hide url handle seconds"
}

func (s *script) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, in)
	return &sqs.SendMessageOutput{}, s.fails["send"]
}

func (s *script) ReceiveMessage(_ context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	if s.polled != nil {
		s.polled()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, in)
	out := &sqs.ReceiveMessageOutput{}
	if len(s.messages) > 0 {
		out.Messages, s.messages = s.messages[0], s.messages[1:]
	}
	return out, s.fails["receive"]
}

func (s *script) DeleteMessage(_ context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error) {
	return nil, s.tell("delete", fmt.Sprint("delete ", *in.QueueUrl, " ", *in.ReceiptHandle))
}

func (s *script) ChangeMessageVisibility(_ context.Context, in *sqs.ChangeMessageVisibilityInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error) {
	return nil, s.tell("hide", fmt.Sprint("hide ", *in.QueueUrl, " ", *in.ReceiptHandle, " ", in.VisibilityTimeout))
}

func (s *script) tell(action, what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, what)
	return s.fails[action]
}

// take returns what the script was told, and forgets it.
func (s *script) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.told
	s.told = nil
	return told
}

// given is a message as SQS hands it out, with attributes of ours ("zhida.id") and SQS's.
func given(handle, body string, attributes ...string) types.Message {
	m := types.Message{
		Body: &body, ReceiptHandle: &handle, MessageId: aws.String("id-of-" + handle),
		Attributes: map[string]string{"ApproximateReceiveCount": "1"}, MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for i := 0; i < len(attributes); i += 2 {
		name, value := attributes[i], attributes[i+1]
		if name[0] >= 'A' && name[0] <= 'Z' {
			m.Attributes[name] = value
		} else {
			m.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
		}
	}
	return m
}

func ms(t time.Time) string { return fmt.Sprint(t.UnixMilli()) }

func newClock() queuetest.Clock {
	return queuetest.NewClock(time.Date(2026, 3, 1, 9, 0, 0, 123_000_000, time.UTC))
}

// scripted opens a queue on a script, with names u1, u2 and so on where unique ones are
// wanted, and 30 seconds of lease.
func scripted(t *testing.T, s *script, clock queuetest.Clock, change func(*sqsqueue.Options)) *sqsqueue.Queue {
	t.Helper()
	n := 0
	o := sqsqueue.Options{Client: s, URL: "url", Clock: clock, Lease: 30 * time.Second, Unique: func() string { n++; return fmt.Sprint("u", n) }}
	if change != nil {
		change(&o)
	}
	q, err := sqsqueue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func ordered(o *sqsqueue.Options) { o.URL, o.Ordered = "url.fifo", true }
