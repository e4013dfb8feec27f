package inbound

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// seen keeps how far a client says it has come, and tells the agent who holds the
// conversation. Nobody can have seen more than was said.
func (v *Visitors) seen(ctx context.Context, who visitor, received, read conversation.Key) error {
	c, err := v.inbound.o.Store.Conversation(ctx, who.Conversation)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	read = min(read, c.LastOut)
	s := store.Seen{Received: max(min(received, c.LastOut), read), Read: read}
	grew, err := v.inbound.o.Store.See(ctx, who.Conversation, s)
	if err != nil || !grew {
		return err
	}
	if n := outbox.Of(c); n.Holder != "" {
		n.Seen, n.State = s, c
		v.inbound.o.Outbox.Tell(ctx, n)
	}
	return nil
}
