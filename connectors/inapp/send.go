package inapp

import (
	"context"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// push is what a connected customer hears of a new message.
type push struct {
	Type    string `json:"type"` // "message"
	Message frame  `json:"message"`
}

// frame is one message as clients read it, here and in pages of history. Author
// is always there: a client shows it with every message (promise P11).
type frame struct {
	Key     conversation.Key     `json:"key"` // clients merge and order by it, as text
	Author  conversation.Author  `json:"author"`
	Name    string               `json:"name,omitempty"`
	Purpose conversation.Purpose `json:"purpose,omitempty"`
	Text    string               `json:"text"`            // all of it, media in words
	Parts   []channel.ShownPart  `json:"parts,omitempty"` // where text is not all of it
	At      int64                `json:"at"`              // Unix milliseconds
	ID      string               `json:"id,omitempty"`    // of the customer's own messages: the id they were submitted under
	Way     bool                 `json:"way"`             // show the button to a person with it (promise P2)
}

// Send pushes a message to its conversation's connections. Nobody listening is
// no fault: the client finds the message when it comes back. Errors:
// ProviderBusy, after which sending again shows the message once.
func (c *Connector) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	err := c.push.Push(ctx, string(out.Message.Conversation), push{"message", frameOf(out.Message, channel.View{Language: out.Language, Links: out.Links})})
	if err != nil {
		return channel.Sent{}, fault.Wrap(err, fault.ProviderBusy, "inapp.Send", "the connections do not take it now: try again")
	}
	return channel.Sent{}, nil
}

// Frame renders a message as clients read it.
func (c *Connector) Frame(m conversation.Message, v channel.View) any { return frameOf(m, v) }

func frameOf(m conversation.Message, v channel.View) frame {
	f := frame{
		Key: m.Key, Author: conversation.Bot, Purpose: m.Purpose,
		Text: m.Body(v.Language), Parts: v.Parts(m), At: m.Key.Time().UnixMilli(), Way: m.Way,
	}
	switch m.Author {
	case conversation.Customer:
		// An agent's tool has ids of its own, which could meet one of the customer's.
		f.Author, f.ID = conversation.Customer, m.ClientID
	case conversation.Person:
		f.Author, f.Name = conversation.Person, m.Name
	case conversation.Bot:
	}
	return f
}
