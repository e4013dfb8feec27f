package desk

import (
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Channel is what the desk has to know of one.
type Channel struct {
	MaxText  int       // characters of one message
	Template bool      // it carries only texts that its provider approved before, so nothing that an agent types
	Counting *Counting // nil where a message costs the same however long it is, or nothing
}

// Counting is of channels whose provider counts the parts of a message, and takes so much for
// each. Price is empty where the company has not said what it pays.
type Counting struct {
	Price    string `json:"price,omitempty"`    // of one part, as a decimal: 0.00883
	Currency string `json:"currency,omitempty"` // ISO 4217: USD
}

// Channels are those that are on, by their names.
type Channels map[string]Channel

// writable checks that the agent holds the conversation and may write in it, and returns
// what it is carried by. Errors: NotYours, Closed, NotPossible, OptedOut, TemplateOnly.
func (cs Channels) writable(c conversation.Conversation, agent conversation.AgentID) (Channel, error) {
	if err := yours(c, agent); err != nil {
		return Channel{}, err
	}
	of, on := cs[c.Peer.Channel]
	switch {
	case !on:
		return of, fault.New(fault.NotPossible, "desk.writable", "the customer's channel is switched off: resolve, or wait until it is on")
	case c.OptedOut():
		return of, fault.New(fault.OptedOut, "desk.writable",
			"call the customer, or write to them elsewhere: nothing may be sent here before they text START. The ticket stays with you until you resolve it or pass it on")
	case of.Template:
		return of, fault.New(fault.TemplateOnly, "desk.writable",
			"call the customer, or write to them elsewhere: no words of yours go out here. The ticket stays with you until you resolve it or pass it on")
	}
	return of, nil
}
