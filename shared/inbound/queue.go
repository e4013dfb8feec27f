package inbound

import (
	"context"
	"log/slog"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

// NewQueue mounts a connector whose platform puts its calls into a queue: the handler of that. A
// call is done when everything in it is durable and decided upon; with an error it is to come again,
// and what nobody can read is to end where somebody sees it. It is for a connector whose Receive
// needs nothing but the body. Errors: those of Receive, TooLarge, and the store's.
func (s *Service) NewQueue(c channel.Connector) func(ctx context.Context, body []byte) error {
	info := c.Info()
	return func(ctx context.Context, body []byte) error {
		ctx, cancel := context.WithTimeout(ctx, info.AckWithin)
		defer cancel()
		err := s.queued(ctx, c, info, body)
		if err != nil {
			s.o.Log.LogAttrs(ctx, slog.LevelWarn, "a call was refused", slog.String("channel", info.Name),
				slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
		}
		return err
	}
}

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
