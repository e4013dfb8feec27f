package outbox

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
)

// Typing is the Audience of a channel whose customers hold no connections: its drain
// shows them, through their provider, that an agent writes. Nothing else concerns it.
// Errors: Unavailable.
type Typing struct {
	Queue   queue.Queue // the channel's doorbells
	Channel string
}

// Tell rings a doorbell.
func (t Typing) Tell(ctx context.Context, n News) error {
	if n.Channel != t.Channel || n.Typing != conversation.Person {
		return nil
	}
	return publish(ctx, t.Queue, "", string(n.Conversation), Doorbell{Conversation: n.Conversation, Typing: true})
}
