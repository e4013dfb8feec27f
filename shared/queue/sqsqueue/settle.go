package sqsqueue

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/shared/queue"
)

// token names a lease: SQS's receipt handle, and the lease's time.
type token struct {
	began, until time.Time
	handle       string
}

func (t token) String() string {
	return strconv.FormatInt(t.began.UnixMilli(), 10) + " " + strconv.FormatInt(t.until.UnixMilli(), 10) + " " + t.handle
}

func parseToken(text string) (t token, ok bool) {
	parts := strings.SplitN(text, " ", 3)
	if len(parts) != 3 || parts[2] == "" {
		return token{}, false
	}
	began, err1 := strconv.ParseInt(parts[0], 10, 64)
	until, err2 := strconv.ParseInt(parts[1], 10, 64)
	return token{time.UnixMilli(began), time.UnixMilli(until), parts[2]}, err1 == nil && err2 == nil
}

// Ack implements queue.Queue.
func (q *Queue) Ack(ctx context.Context, l queue.Lease) error {
	return q.settle(ctx, "Ack", l, func(t token) (end, error) {
		return end{over: true}, q.remove(ctx, q.opts.URL, t.handle)
	})
}

// Release implements queue.Queue. SQS hides a message for 12 hours at most, counted from
// when it was received.
func (q *Queue) Release(ctx context.Context, l queue.Lease, after time.Duration) error {
	return q.settle(ctx, "Release", l, func(t token) (end, error) {
		return end{over: true}, q.hide(ctx, q.opts.URL, t.handle, q.atMost(t, after))
	})
}

// Extend implements queue.Queue. A lease lasts 12 hours at most, extensions included.
func (q *Queue) Extend(ctx context.Context, l queue.Lease, by time.Duration) error {
	return q.settle(ctx, "Extend", l, func(t token) (end, error) {
		by = q.atMost(t, by)
		return end{until: q.opts.Clock.Now().Add(by)}, q.hide(ctx, q.opts.URL, t.handle, by)
	})
}

// atMost shortens how long a message is to be hidden to what SQS allows.
func (q *Queue) atMost(t token, d time.Duration) time.Duration {
	return min(d, t.began.Add(longest).Sub(q.opts.Clock.Now()))
}

// settle does something with the message of a lease, if the lease still holds.
func (q *Queue) settle(ctx context.Context, op string, l queue.Lease, do func(token) (end, error)) error {
	t, ok := parseToken(l.Token)
	if !ok {
		return queue.ErrLapsed
	}
	now, until := q.opts.Clock.Now(), t.until
	was, known := q.leases.find(l.Token)
	if known {
		until = was.until
	}
	if known && was.over || !now.Before(until) {
		return queue.ErrLapsed
	}
	e, err := do(t)
	switch {
	case lapsed(err):
		return queue.ErrLapsed
	case err != nil:
		return failed(ctx, op, err)
	}
	if e.over {
		e.until = until
	}
	q.leases.note(l.Token, e, now)
	return nil
}

func (q *Queue) remove(ctx context.Context, url, handle string) error {
	_, err := q.opts.Client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &handle})
	return err
}

// hide makes a received message due again after a time.
func (q *Queue) hide(ctx context.Context, url, handle string, d time.Duration) error {
	_, err := q.opts.Client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &url, ReceiptHandle: &handle, VisibilityTimeout: seconds(d),
	})
	return err
}
