package inbound

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// seen keeps how far a client says it has come, and tells the agent who holds the
// conversation what is kept, which another window may have brought further. Nobody can
// have seen more than was said. Errors: BadRequest for what is no key of a message of ours.
func (v *Visitors) seen(ctx context.Context, who visitor, received, read conversation.Key) error {
	for _, key := range []conversation.Key{received, read} {
		if key != "" && !key.Shaped() {
			return fault.New(fault.BadRequest, "inbound.seen", "received and read are keys of messages that you were sent")
		}
	}
	c, err := v.inbound.o.Store.Conversation(ctx, who.Conversation)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	read = min(read, c.LastOut)
	received = max(min(received, c.LastOut), read)
	kept, grew, err := v.inbound.o.Store.See(ctx, who.Conversation, store.Seen{Received: received, Read: read})
	if err != nil || !grew {
		return err
	}
	if n := outbox.Of(c); n.Holder != "" {
		n.Seen, n.State = kept, c
		v.inbound.o.Outbox.Tell(ctx, n)
	}
	return nil
}
