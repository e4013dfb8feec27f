package routing

import (
	"context"
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
)

// keyword gives a word the answer that law and carriers want for it, whatever goes on, unless the
// platform does. Nothing moves because of it: who forbids messages keeps their place in line
// (promise P4), and an agent sees that they are not to be reached here. Who allows them again hears
// where they stand, as what they were to hear meanwhile did not go out.
func (r *Router) keyword(ctx context.Context, c conversation.Conversation, m conversation.Message) (Decision, error) {
	next := r.spoken(c, m)
	words := textsOf(next.Language)
	place := ""
	if m.Keyword == conversation.OptIn && c.Status == conversation.Waiting {
		if p, err := r.o.Line.Position(ctx, c.Ticket.Lane, c.Ticket.Rank()); err == nil {
			place = words.still + words.where(p)
		}
	}
	reply := Draft{Purpose: conversation.Confirmation}
	switch {
	case m.Answered && place != "":
		reply = Draft{Purpose: conversation.Notice, Ask: c.Ticket.ID, Text: place}
	case m.Answered, m.Keyword == conversation.Help && c.OptedOut(): // they want to hear nothing, this neither
		return Decision{Next: c}, nil
	case m.Keyword == conversation.OptOut:
		reply.Text = words.optedOut
	case m.Keyword == conversation.OptIn:
		reply.Text = strings.TrimSpace(words.optedIn + place)
	default:
		reply.Text = words.help
	}
	return Decision{Next: next, Replies: []Draft{reply}}, nil
}
