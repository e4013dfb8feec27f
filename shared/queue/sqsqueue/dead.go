package sqsqueue

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

const (
	deadHold = time.Minute // how long Dead keeps what it returned from others
	deadPoll = time.Second // long enough for SQS to ask all of its servers
)

// Dead implements queue.DeadLetters. To look at a dead-letter queue is to receive from
// it: what is returned can be resent for a minute, and is shown to nobody else meanwhile.
func (q *Queue) Dead(ctx context.Context, limit int) ([]queue.Dead, error) {
	const op = "Dead"
	if q.opts.DeadURL == "" {
		return nil, noDead(op)
	}
	var found []types.Message
	for len(found) < limit {
		more, err := q.poll(ctx, q.opts.DeadURL, min(limit-len(found), maxBatch), deadPoll, deadHold)
		if err != nil {
			return nil, failed(ctx, op, err)
		}
		if len(more) == 0 {
			break
		}
		found = append(found, more...)
	}
	slices.SortStableFunc(found, func(a, b types.Message) int {
		const sent = types.MessageSystemAttributeNameSentTimestamp
		return cmp.Compare(incoming{a}.system(sent), incoming{b}.system(sent))
	})
	now := q.opts.Clock.Now()
	dead := make([]queue.Dead, len(found))
	for i, m := range found {
		t := token{began: now, until: now.Add(deadHold), handle: aws.ToString(m.ReceiptHandle)}
		dead[i] = queue.Dead{
			Message: incoming{m}.message(), Attempts: q.opts.MaxAttempts,
			Ref: aws.ToString(m.MessageId) + " " + t.String(),
		}
	}
	return dead, nil
}

// Resend implements queue.DeadLetters: it sends the message and then deletes it where it
// lay. If it fails in between, resending it again within queue.DedupeWindow does not
// double it in an ordered queue.
func (q *Queue) Resend(ctx context.Context, d queue.Dead) error {
	const op = "Resend"
	if q.opts.DeadURL == "" {
		return noDead(op)
	}
	id, rest, _ := strings.Cut(d.Ref, " ")
	return q.settle(ctx, op, queue.Lease{Token: rest}, func(t token) (end, error) {
		m := d.Message
		m.Due = time.Time{}
		if _, err := q.opts.Client.SendMessage(ctx, q.outgoing(q.opts.URL, m, digest("resent", "", id))); err != nil {
			return end{}, err
		}
		return end{over: true}, q.remove(ctx, q.opts.DeadURL, t.handle)
	})
}

func noDead(op string) error {
	return fault.New(fault.Config, "sqsqueue."+op, "the queue was opened without its dead-letter queue")
}
