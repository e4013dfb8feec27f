package outbox

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
)

// News says that there is something to look at, for whoever looks on live. It
// names things and carries none, so it can travel through a queue.
type News struct {
	Conversation conversation.ID      `json:"conversation"`
	Channel      string               `json:"channel,omitempty"` // its customer's
	Holder       conversation.AgentID `json:"holder,omitempty"`  // in whose hands it is now
	Keys         []conversation.Key   `json:"keys,omitempty"`    // messages that are new, or whose outcome is
	Lane         conversation.Lane    `json:"lane,omitempty"`    // its line has changed
	Left         conversation.AgentID `json:"left,omitempty"`    // out of whose hands it went
	Moved        bool                 `json:"moved,omitempty"`   // its state has changed
	Typing       conversation.Author  `json:"typing,omitempty"`  // who is typing; nothing is stored of that
}

// Of names what news of a conversation is about.
func Of(c conversation.Conversation) News {
	n := News{Conversation: c.ID, Channel: c.Peer.Channel}
	if c.Status == conversation.WithPerson {
		n.Holder = c.Ticket.Assignee
	}
	return n
}

// Audience hears news.
type Audience interface {
	Tell(ctx context.Context, n News) error
}

// Audiences is several as one. Each is told, whatever the others answer.
type Audiences []Audience

// Tell tells all; it returns the first error.
func (as Audiences) Tell(ctx context.Context, n News) error {
	var first error
	for _, a := range as {
		if err := a.Tell(ctx, n); err != nil && first == nil {
			first = err
		}
	}
	return first
}
