package routing

import (
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// greetAgain is how long after our last word somebody who comes is greeted: until then it
// is in their sight, and the way to a person with it. Some channels tell of every opening
// of the chat.
const greetAgain = time.Hour

// greet says where the way to a person is to a customer who came and has written nothing.
// It is a notice: no answer that the bot tried. A yes to it asks for nobody.
func (r *Router) greet(c conversation.Conversation, m conversation.Message) (Decision, error) {
	if c.Status == conversation.WithBot && c.LastOut != "" && m.Received.Sub(c.LastOut.Time()) < greetAgain {
		return Decision{Next: c}, nil
	}
	next, err := reopened(r.spoken(c, m), m)
	if err != nil {
		return Decision{}, err
	}
	next.Offered = false
	return Decision{Next: next, Replies: []Draft{{
		Purpose: conversation.Notice, Text: textsOf(next.Language).greeting, Way: true,
	}}}, nil
}

// soonOver is what is left of an allowance when we ask for more: people need longer to
// come.
const soonOver = time.Hour

// keepOpen asks a customer in line to write anything, where what the channel lets us send
// ends soon: what they write then is nothing to answer. Elsewhere it is "".
func (t *texts) keepOpen(a conversation.Allowance, now time.Time) string {
	if a.Granted == "" || a.Until.After(now.Add(soonOver)) {
		return ""
	}
	return t.anyWord
}
