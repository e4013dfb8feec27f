// Package routing decides what follows from a customer's message: an answer, an
// offer, a ticket with position and estimate, or nothing. It has no side
// effects; whoever asked commits the decision. The promises live here.
package routing

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// Decision is what follows from one message. The zero Decision, but for Next, is
// "nothing": the message is simply there.
type Decision struct {
	Next    conversation.Conversation
	Replies []Draft
	Records []conversation.Record
	Turn    bool // a slow bot is to answer; nothing is committed now
}

// Empty reports whether there is nothing to commit for a decision taken at c.
func (d Decision) Empty(c conversation.Conversation) bool {
	return len(d.Replies) == 0 && len(d.Records) == 0 && !d.Turn && d.Next == c
}

// Draft is a message of the bot's before it has a key.
type Draft struct {
	Purpose conversation.Purpose
	Text    string
	Card    conversation.Card // shown below the text; the zero Card: none
	Way     bool              // show the channel's way to a person with it
	Ask     conversation.TicketID
}

// Answers is a local, fast source of answers.
type Answers interface {
	Find(text string, lang conversation.Language) (answer string, ok bool)
}

// Line tells positions.
type Line interface {
	Position(ctx context.Context, lane conversation.Lane, rank string) (store.Place, error)
}

// Options are what a Router needs.
type Options struct {
	Language conversation.Language // until the customer's words tell
	Answers  Answers
	Line     Line
	SlowBot  bool // questions without a local answer are turns for a bot
}

// Router is the first Decider.
type Router struct{ o Options }

// New makes a Router; fault.Config if something is missing.
func New(o Options) (*Router, error) {
	if o.Answers == nil || o.Line == nil || textsOf(o.Language) == nil {
		return nil, fault.New(fault.Config, "routing.New", "answers, line and a language with texts are needed")
	}
	return &Router{o}, nil
}

// Decide says what follows from m in the state c.
func (r *Router) Decide(ctx context.Context, c conversation.Conversation, m conversation.Message) (Decision, error) {
	if m.Keyword != "" {
		return r.keyword(ctx, c, m)
	}
	means := understand(m, c.Offered)
	switch c.Status {
	case conversation.Waiting:
		return r.whileWaiting(ctx, c, m, means)
	case conversation.WithPerson:
		return Decision{Next: c}, nil
	case conversation.WithBot, conversation.Ended:
		if means == ask {
			return r.ask(ctx, r.spoken(c, m), m)
		}
		if means == arrival {
			return r.greet(c, m)
		}
		return r.bot(c, m, means)
	}
	return Decision{}, fault.New(fault.Internal, "routing.Decide", "unknown status")
}

// spoken is c in the language of the customer's words.
func (r *Router) spoken(c conversation.Conversation, m conversation.Message) conversation.Conversation {
	c.Language = LanguageOf(m.Words(), c.Language, r.o.Language)
	return c
}

// ask makes the ticket. Nothing stands between a clear ask and the line
// (promise P1): where the position is not to be had now, the customer is told so
// and in line all the same.
func (r *Router) ask(ctx context.Context, c conversation.Conversation, m conversation.Message) (Decision, error) {
	next, err := c.Apply(conversation.Event{
		Kind: conversation.Asked, At: askedAt(m), Ask: m.Key, Class: conversation.Normal,
	})
	if err != nil {
		return Decision{}, err
	}
	words := textsOf(next.Language)
	place := words.unknown
	if p, err := r.o.Line.Position(ctx, next.Ticket.Lane, next.Ticket.Rank()); err == nil {
		place = words.where(p)
	}
	return Decision{
		Next: next,
		Replies: []Draft{{
			Purpose: conversation.Acknowledgement, Ask: next.Ticket.ID, Text: words.taken + place + words.placeIsKept + words.keepOpen(next.Allowance, m.Received),
		}},
		Records: []conversation.Record{{
			Ask: next.Ticket.ID, Event: conversation.RecordAsked, Lane: next.Ticket.Lane, At: next.Ticket.AskedAt,
		}},
	}, nil
}

// MaxBackdate is how much earlier than its arrival an ask may count. Providers'
// first retries need a little; more would let a client's clock jump the line.
const MaxBackdate = 15 * time.Second

func askedAt(m conversation.Message) time.Time {
	at := m.Key.Time()
	if floor := m.Received.Add(-MaxBackdate); at.Before(floor) {
		return floor
	}
	if at.After(m.Received) {
		return m.Received
	}
	return at
}

// whileWaiting answers questions about the line; everything else waits for the
// agent in the transcript. No wording and no silence costs the place (promise P4),
// but for saying that one leaves.
func (r *Router) whileWaiting(ctx context.Context, c conversation.Conversation, m conversation.Message, means meaning) (Decision, error) {
	switch means {
	case leave:
		return r.leave(c, m)
	case howLong, ask:
		place, err := r.o.Line.Position(ctx, c.Ticket.Lane, c.Ticket.Rank())
		if err != nil {
			return Decision{}, err
		}
		next := r.spoken(c, m)
		words := textsOf(next.Language)
		return Decision{Next: next, Replies: []Draft{{
			Purpose: conversation.Notice, Ask: c.Ticket.ID, Text: words.still + words.where(place),
		}}}, nil
	case plain, beaten, yes, thanks, arrival:
	}
	return Decision{Next: c}, nil
}

func (r *Router) leave(c conversation.Conversation, m conversation.Message) (Decision, error) {
	next, err := c.Apply(conversation.Event{Kind: conversation.Left, At: m.Received})
	if err != nil {
		return Decision{}, err
	}
	return Decision{
		Next: next,
		Replies: []Draft{{
			Purpose: conversation.Notice, Ask: next.Ticket.ID, Way: true, Text: textsOf(r.spoken(c, m).Language).left,
		}},
		Records: []conversation.Record{{
			Ask: next.Ticket.ID, Event: conversation.RecordAbandoned, Lane: next.Ticket.Lane, At: m.Received, Why: "left",
		}},
	}, nil
}

// bot answers what is no ask. Each of its messages shows the way to a person
// (promise P2).
func (r *Router) bot(c conversation.Conversation, m conversation.Message, means meaning) (Decision, error) {
	if aside(m) {
		return Decision{Next: c}, nil
	}
	if means == thanks || means == yes && c.Status == conversation.Ended {
		c.Offered = false // "no, thanks" declines what was offered
		return Decision{Next: c}, nil
	}
	next, err := reopened(r.spoken(c, m), m)
	if err != nil {
		return Decision{}, err
	}
	words := textsOf(next.Language)
	reply := Draft{Purpose: conversation.Offer, Text: words.offer, Way: true}
	switch answer, found := r.o.Answers.Find(m.Words(), next.Language); {
	case means == beaten:
	case means == howLong:
		reply.Text = words.notInLine
	case found:
		reply = Draft{Purpose: conversation.Answer, Text: answer, Way: true}
	case r.o.SlowBot && (means == plain || means == yes): // a bot may have asked what is answered with a yes
		return Decision{Next: c, Turn: true}, nil
	default:
		reply.Text = words.noAnswer
	}
	next.Offered = offered(reply)
	return Decision{Next: next, Replies: []Draft{reply}}, nil
}

func reopened(c conversation.Conversation, m conversation.Message) (conversation.Conversation, error) {
	if c.Status != conversation.Ended {
		return c, nil
	}
	return c.Apply(conversation.Event{Kind: conversation.Reopened, At: m.Received})
}

// Answered is the decision on a slow bot's answer to m, taken at the state c in
// which the turn was given. An empty answer becomes an offer, and a yes to an offer that
// the bot makes itself is an ask.
func (r *Router) Answered(ctx context.Context, c conversation.Conversation, m conversation.Message, a bot.Answer) (Decision, error) {
	c = r.spoken(c, m)
	if a.Person {
		return r.ask(ctx, c, m)
	}
	next, err := reopened(c, m)
	if err != nil {
		return Decision{}, err
	}
	reply := Draft{Purpose: conversation.Answer, Text: a.Text, Card: a.Card, Way: true}
	if a.Text == "" {
		reply = Draft{Purpose: conversation.Offer, Text: textsOf(next.Language).noAnswer, Way: true}
	}
	next.Offered = offered(reply)
	return Decision{Next: next, Replies: []Draft{reply}}, nil
}

// Estimate is the honest waiting time for a place; false if none is known.
func Estimate(p store.Place) (time.Duration, bool) {
	if p.Every <= 0 || !p.Exact {
		return 0, false
	}
	return p.Every * time.Duration(p.Ahead+1), true
}
