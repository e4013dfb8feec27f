// Package talk wires what the channels of others' platforms have alike on AWS: what customers say
// there, and the delivery of what we say.
package talk

import (
	"context"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbound/cut"
	"github.com/zhida-project/zhida/shared/outbox"
)

// Talk is one channel's.
type Talk struct {
	Outbox  *outbox.Outbox
	Inbound *inbound.Service
	Drain   *outbound.Drain
}

// New wires a connector. What cannot be made is noted in d; errors are outbound.New's.
func New(d *cloud.Deployment, values config.Config, c channel.Connector, shown *media.Service) (Talk, error) {
	t := Talk{Outbox: d.Outbox(nil)}
	t.Inbound = d.Inbound(values, t.Outbox, shown)
	drain, err := outbound.New(outbound.Options{
		Store: d.Store(), Outbox: t.Outbox, Connector: c, Media: shown, Now: d.Now, Log: d.Log(), Cut: cut.Message,
		Fetch: func(ctx context.Context, id conversation.ID, key conversation.Key) error {
			return t.Inbound.Fetch(ctx, c, id, key)
		},
	})
	t.Drain = drain
	return t, err
}
