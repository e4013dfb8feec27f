package sqsqueue

import (
	"context"

	"github.com/zhida-project/zhida/shared/queue"
)

// Publish implements queue.Queue. Repeats of an ID are told in ordered queues only. In
// others a Publish that got no answer and was repeated, by the SDK or by the caller, may
// have added the message twice.
func (q *Queue) Publish(ctx context.Context, m queue.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	if _, err := q.opts.Client.SendMessage(ctx, q.outgoing(q.opts.URL, m, q.dedupe(m))); err != nil {
		return failed(ctx, "Publish", err)
	}
	return nil
}
