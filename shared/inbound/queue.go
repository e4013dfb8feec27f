package inbound

import (
	"context"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

// NewQueue mounts a connector whose platform puts its calls into a queue: the handler of that. A
// call is done when everything in it is durable and decided upon; with an error it is to come again,
// and what nobody can read is to end where somebody sees it. It is for a connector whose Receive
// needs nothing but the body. Errors: those of Receive, TooLarge, and the store's.
func (s *Service) NewQueue(c channel.Connector) func(ctx context.Context, body []byte) error {
	info := c.Info()
	return func(ctx context.Context, body []byte) (err error) {
		ctx, cancel := context.WithTimeout(ctx, info.AckWithin)
		defer cancel()
		for range attempts {
			if err = s.queued(ctx, c, info, body); err == nil || fault.RetryOf(err) == fault.Never || ctx.Err() != nil {
				break
			}
		}
		return err
	}
}

// attempts is how often a call is tried before it goes back into the queue, which may take minutes to
// hand it out again: who asks for a person waits as long.
const attempts = 3

func (s *Service) queued(ctx context.Context, c channel.Connector, info channel.Info, body []byte) error {
	if int64(len(body)) > info.MaxBody {
		return fault.New(fault.TooLarge, "inbound.queued", "this is larger than anything that the platform sends")
	}
	receipt, err := receive(ctx, c, channel.Request{Body: body, At: s.o.Now()})
	if err != nil {
		return err
	}
	if err := s.heed(ctx, c, receipt); err != nil {
		return err
	}
	_, err = s.Accept(ctx, info, receipt)
	return err
}
