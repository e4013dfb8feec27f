package sqsqueue

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

// What SQS allows in one call.
const (
	maxBatch = 10
	maxPoll  = 20 * time.Second
)

// Receive implements queue.Queue. It returns 10 messages at most, and one of an ordered
// queue: SQS would hand out a whole group at once. It waits for whole seconds, rounded
// up. Without a wait a queue with few messages may look empty, as SQS asks only some of
// its servers then; the queue's own ReceiveMessageWaitTimeSeconds must be 0.
func (q *Queue) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Lease, error) {
	const op = "Receive"
	if max < 1 {
		return nil, fault.New(fault.BadRequest, "sqsqueue."+op, "ask for at least one message")
	}
	if q.opts.Ordered {
		max = 1
	}
	deadline := q.opts.Clock.Now().Add(wait)
	for ctx.Err() == nil {
		left := deadline.Sub(q.opts.Clock.Now())
		messages, err := q.await(ctx, min(max, maxBatch), min(left, maxPoll))
		if err != nil {
			return nil, failed(ctx, op, err)
		}
		leases := q.lease(ctx, messages)
		// What came too early was hidden again: look behind it.
		if len(leases) > 0 || len(messages) == 0 && !q.opts.Clock.Now().Before(deadline) {
			return leases, nil
		}
	}
	return nil, ctx.Err()
}

// await polls until ctx ends. The poll itself goes on then: if it were cut off, SQS could
// still answer it, and would hide a message for nobody.
func (q *Queue) await(ctx context.Context, max int, wait time.Duration) ([]types.Message, error) {
	type answer struct {
		messages []types.Message
		err      error
	}
	answers := make(chan answer, 1)
	go func() {
		lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxPoll+lastWord)
		defer cancel()
		messages, err := q.poll(lasting, q.opts.URL, max, wait, q.opts.Lease)
		answers <- answer{messages, err}
	}()
	select {
	case a := <-answers:
		return a.messages, a.err
	case <-ctx.Done():
		go func() { q.giveBack(ctx, (<-answers).messages) }()
		return nil, ctx.Err()
	}
}

// poll asks once for up to max messages, to be hidden for a time.
func (q *Queue) poll(ctx context.Context, url string, max int, wait, hide time.Duration) ([]types.Message, error) {
	in := &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: int32(max), WaitTimeSeconds: seconds(wait), VisibilityTimeout: seconds(hide),
		MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount,
			types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp,
			types.MessageSystemAttributeNameSentTimestamp,
			types.MessageSystemAttributeNameMessageGroupId,
		},
	}
	if q.opts.Ordered { // a repeat of the SDK's gets what got lost on the way
		in.ReceiveRequestAttemptId = aws.String(q.opts.Unique())
	}
	out, err := q.opts.Client.ReceiveMessage(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// lease makes leases of messages, but for those that are not due: they are hidden again.
func (q *Queue) lease(ctx context.Context, messages []types.Message) (leases []queue.Lease) {
	now := q.opts.Clock.Now()
	until := now.Add(q.opts.Lease)
	for _, m := range messages {
		in := incoming{m}
		if due := in.due(); due.After(now) {
			// If this fails, the message comes again when its lease is over: late, not early.
			_ = q.hide(ctx, q.opts.URL, aws.ToString(m.ReceiptHandle), min(due.Sub(now), longest))
			continue
		}
		leases = append(leases, queue.Lease{
			Message: in.message(), Attempts: in.attempts(), Until: until,
			Token: token{began: now, until: until, handle: aws.ToString(m.ReceiptHandle)}.String(),
		})
	}
	return leases
}

// lastWord is how long something may take that is done although ctx has ended.
const lastWord = 10 * time.Second

// giveBack makes messages due again that nobody waits for any more.
func (q *Queue) giveBack(ctx context.Context, messages []types.Message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	for _, m := range messages {
		_ = q.hide(ctx, q.opts.URL, aws.ToString(m.ReceiptHandle), 0) // or it comes again when its lease is over
	}
}
