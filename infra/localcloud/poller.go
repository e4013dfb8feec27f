package localcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Source is an event source mapping: a queue whose messages are a function's events,
// see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.
type Source struct {
	URL     string
	ARN     string
	Region  string
	To      Invoker
	Batch   int  // messages in an event. Default: 10
	Most    int  // invocations at a time. Default: 5
	Partial bool // the function reports which messages failed
}

// What SQS allows a consumer.
const (
	maxReceive = 10
	longPoll   = 20 * time.Second
	pause      = 100 * time.Millisecond // after a queue did not answer
)

// poller takes messages off a queue, and deletes those that a function has done.
// What failed comes again when its visibility ends; nobody else hurries it.
type poller struct {
	Source
	client *sqs.Client
	slots  chan struct{}
	tasks  *tasks
}

func newPoller(client *sqs.Client, s Source) *poller {
	if s.Batch == 0 {
		s.Batch = maxReceive
	}
	if s.Most == 0 {
		s.Most = 5
	}
	return &poller{Source: s, client: client, slots: make(chan struct{}, s.Most), tasks: newTasks()}
}

// run polls until ctx ends. What was received by then is still handled.
func (p *poller) run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case p.slots <- struct{}{}: // messages are taken when somebody can handle them
		case <-ctx.Done():
			return
		}
		batch, err := p.receive(ctx)
		if err != nil || len(batch) == 0 {
			<-p.slots
			if err != nil {
				wait(ctx, pause)
			}
			continue
		}
		p.tasks.run(func() {
			defer func() { <-p.slots }()
			p.handle(context.WithoutCancel(ctx), batch)
		})
	}
}

// wait waits, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (p *poller) receive(ctx context.Context) ([]types.Message, error) {
	out, err := p.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &p.URL, MaxNumberOfMessages: int32(min(p.Batch, maxReceive)), WaitTimeSeconds: int32(longPoll / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		MessageAttributeNames:       []string{"All"},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// handle invokes the function and deletes what it has done.
func (p *poller) handle(ctx context.Context, batch []types.Message) {
	payload, err := json.Marshal(map[string]any{"Records": p.records(batch)})
	if err != nil {
		return
	}
	answer, err := p.To.Invoke(ctx, payload)
	if err != nil {
		return
	}
	for _, m := range batch {
		if p.Partial && !slices.Contains(succeeded(batch, answer), *m.MessageId) {
			continue
		}
		// What cannot be deleted comes again; functions know repeats.
		_, _ = p.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &p.URL, ReceiptHandle: m.ReceiptHandle})
	}
}

// succeeded are the ids of the messages that a function has done. An answer that
// cannot be read, or that names a message that is not there, fails all of them.
func succeeded(batch []types.Message, answer []byte) []string {
	var a *struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil
	}
	left := map[string]bool{}
	for _, m := range batch {
		left[*m.MessageId] = true
	}
	if a != nil {
		for _, f := range a.Failures {
			if !left[f.ID] {
				return nil
			}
			delete(left, f.ID)
		}
	}
	return slices.Collect(maps.Keys(left))
}

type queueRecord struct {
	ID         string               `json:"messageId"`
	Handle     string               `json:"receiptHandle"`
	Body       string               `json:"body"`
	Attributes map[string]string    `json:"attributes"`
	Own        map[string]attribute `json:"messageAttributes"`
	MD5        string               `json:"md5OfBody"`
	Source     string               `json:"eventSource"`
	ARN        string               `json:"eventSourceARN"`
	Region     string               `json:"awsRegion"`
}

type attribute struct {
	Text    *string  `json:"stringValue,omitempty"`
	Binary  []byte   `json:"binaryValue,omitempty"`
	Texts   []string `json:"stringListValues"`
	Binarys [][]byte `json:"binaryListValues"`
	Kind    *string  `json:"dataType"`
}

func (p *poller) records(batch []types.Message) []queueRecord {
	records := make([]queueRecord, len(batch))
	for i, m := range batch {
		r := queueRecord{
			ID: *m.MessageId, Handle: *m.ReceiptHandle, Body: *m.Body, Attributes: m.Attributes, Own: map[string]attribute{},
			Source: "aws:sqs", ARN: p.ARN, Region: p.Region,
		}
		if m.MD5OfBody != nil {
			r.MD5 = *m.MD5OfBody
		}
		for name, a := range m.MessageAttributes {
			r.Own[name] = attribute{a.StringValue, a.BinaryValue, []string{}, [][]byte{}, a.DataType}
		}
		records[i] = r
	}
	return records
}

// everything is all that a queue holds: what is to be had, what a consumer has, and
// what is not due yet.
var everything = []types.QueueAttributeName{
	types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
}

// left is how many messages of these kinds a queue holds.
func left(ctx context.Context, client *sqs.Client, url string, kinds ...types.QueueAttributeName) (int, error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: kinds})
	if err != nil {
		return 0, err
	}
	total := 0
	for _, kind := range kinds {
		n, err := strconv.Atoi(out.Attributes[string(kind)])
		if err != nil {
			return 0, fmt.Errorf("the queue tells no %s: %w", kind, err)
		}
		total += n
	}
	return total, nil
}
