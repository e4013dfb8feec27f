package routing

import (
	"context"
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
)

// keyword gives a word the answer that law and carriers want for it, whatever goes on, unless the
// platform does. Nothing moves because of it: who forbids messages keeps their place in line
// (promise P4), and an agent sees that they are not to be reached here.
func (r *Router) keyword(ctx context.Context, c conversation.Conversation, m conversation.Message) (Decision, error) {
	if m.Answered || m.Keyword == conversation.Help && c.Consent.Out { // they want to hear nothing, this neither
		return Decision{Next: c}, nil
	}
	next := r.spoken(c, m)
	words := textsOf(next.Language)
	var text string
	switch m.Keyword {
	case conversation.OptOut:
		text = words.optedOut
	case conversation.Help:
		text = words.help
	case conversation.OptIn:
		text = words.optedIn
		if place, err := r.o.Line.Position(ctx, c.Ticket.Lane, c.Ticket.Rank()); err == nil && c.Status == conversation.Waiting {
			text += words.still + words.where(place) // what they were to hear meanwhile did not go out
		}
	}
	return Decision{Next: next, Replies: []Draft{{Purpose: conversation.Confirmation, Text: strings.TrimSpace(text)}}}, nil
}
