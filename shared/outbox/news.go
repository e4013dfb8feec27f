package outbox

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// News says that there is something to look at, for whoever looks on live. What
// travels through a queue names things and carries none.
type News struct {
	Conversation conversation.ID      `json:"conversation"`
	Channel      string               `json:"channel,omitempty"` // its customer's
	Holder       conversation.AgentID `json:"holder,omitempty"`  // in whose hands it is now
	Keys         []conversation.Key   `json:"keys,omitempty"`    // messages that are new, or whose outcome is
	Lane         conversation.Lane    `json:"lane,omitempty"`    // its line has changed
	Left         conversation.AgentID `json:"left,omitempty"`    // out of whose hands it went
	Moved        bool                 `json:"moved,omitempty"`   // its state has changed
	Typing       conversation.Author  `json:"typing,omitempty"`  // who is typing; nothing is stored of that

	Seen store.Seen `json:"seen,omitzero"` // how far the customer's client has come

	// What whoever tells has just read or written: an audience in the same process
	// need not read it again. It goes through no queue.
	State    conversation.Conversation `json:"-"` // zero: not at hand
	Messages []conversation.Message    `json:"-"` // of Keys
}

// Now returns the conversation's state. Errors: the store's.
func (n News) Now(ctx context.Context, s store.Store) (conversation.Conversation, error) {
	if n.State.ID == n.Conversation {
		return n.State, nil
	}
	return s.Conversation(ctx, n.Conversation)
}

// Message returns one of the messages of Keys. Errors: the store's.
func (n News) Message(ctx context.Context, s store.Store, key conversation.Key) (conversation.Message, error) {
	for _, m := range n.Messages {
		if m.Key == key {
			return m, nil
		}
	}
	return s.Message(ctx, n.Conversation, key)
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
