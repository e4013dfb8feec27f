package conversation

import (
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// Status is who answers the customer now.
type Status string

// The statuses.
const (
	WithBot    Status = "bot"     // the bot answers; the way to a person is in sight
	Waiting    Status = "waiting" // a ticket is in line
	WithPerson Status = "human"   // an agent holds the ticket
	Ended      Status = "closed"  // resolved; the customer's next word starts a new episode
)

// Statuses returns every status, for tables that must be total.
func Statuses() []Status { return []Status{WithBot, Waiting, WithPerson, Ended} }

// Conversation is the state of everything between one peer and the company.
type Conversation struct {
	ID        ID
	Peer      Peer
	Name      string // of the customer, where the channel tells it
	Became    ID     // the own conversation of the customer whom a visitor turned out to be: nobody else goes on with this one; "" for nobody
	Status    Status
	Epoch     int64     // raised by every transition, never by a plain message
	Episode   int       // counts from 1; a closed conversation that goes on starts the next
	LastIn    Key       // the newest key the customer has written; only grows
	LastOut   Key       // the newest key of ours
	LastHeard time.Time // when their newest arrival came, which may have an old key
	Language  Language  // of the customer's words; "" until known
	Offered   bool      // the bot's last word offered a person: a short yes is an ask
	Ticket    Ticket    // the latest ask; zero before the first

	Allowance   Allowance // what the channel still lets us send; zero where it sets no limit
	Undelivered bool      // a message of ours has no final outcome yet
	Consent     Consent   // whether we may write to them at all, on channels where that is theirs to say
	Note        Note      // what shows a waiting customer their place; it may be of an older ask
}

// Language is a BCP 47 tag of the texts Zhida has.
type Language string

// The languages.
const (
	Chinese Language = "zh-CN"
	English Language = "en"
)

// NextTime is the time of the next message of ours: now, or just after whatever
// was said last where clocks differ or a millisecond has two messages.
func (c Conversation) NextTime(now time.Time) time.Time { return max(c.LastIn, c.LastOut).After(now) }

// New returns the state before anything was said.
func New(id ID, peer Peer) Conversation {
	return Conversation{ID: id, Peer: peer, Status: WithBot, Epoch: 1, Episode: 1}
}

// EventKind is what can happen to a conversation.
type EventKind string

// The events. A customer's plain message is none.
const (
	Asked         EventKind = "asked"           // the customer asked for a person
	Left          EventKind = "left"            // the customer left the line, in so many words
	Claimed       EventKind = "claimed"         // an agent took the ticket
	Released      EventKind = "released"        // the ticket went back in line
	Resolved      EventKind = "resolved"        // the agent is done
	ReturnedToBot EventKind = "returned_to_bot" // the agent hands back to the bot
	Reopened      EventKind = "reopened"        // the customer wrote after the end
	Unfollowed    EventKind = "unfollowed"      // the customer left the channel: they are not to be reached
)

// EventKinds returns every kind, for tables that must be total.
func EventKinds() []EventKind {
	return []EventKind{Asked, Left, Claimed, Released, Resolved, ReturnedToBot, Reopened, Unfollowed}
}

// Event is one thing that happens.
type Event struct {
	Kind    EventKind
	At      time.Time // Asked: since when the customer's place counts
	Ask     Key       // Asked: the message that asked
	Class   Class     // Asked
	Agent   AgentID   // Claimed, Released, Resolved, ReturnedToBot: whose act, or whose lease lapsed
	Name    string    // Claimed: the agent's display name
	ClaimID string    // Claimed: the id the agent's tool gave it; may be ""
}

// Apply is the whole state machine. It returns the state after e, with the
// epoch raised, or the unchanged state and one of NotPossible, AlreadyClaimed,
// NotYours, Closed. It is total: every event in every status has one answer.
func (c Conversation) Apply(e Event) (Conversation, error) {
	next, err := c.step(e)
	if err != nil {
		return c, err
	}
	next.Epoch++
	next.Offered = false
	return next, nil
}

func (c Conversation) step(e Event) (Conversation, error) {
	switch e.Kind {
	case Asked:
		return c.ask(e)
	case Left:
		return c.leave(e)
	case Claimed:
		return c.claim(e)
	case Released, Resolved, ReturnedToBot:
		return c.finish(e)
	case Reopened:
		return c.reopen()
	case Unfollowed:
		return c.unfollow(e)
	default:
		return c, impossible("there is no such event")
	}
}

func (c Conversation) ask(e Event) (Conversation, error) {
	switch c.Status {
	case Waiting:
		return c, impossible("the customer is in line already")
	case WithPerson:
		return c, impossible("the customer is with a person already")
	case Ended:
		c.Episode++
	case WithBot:
	}
	c.Status = Waiting
	c.Ticket = Ticket{
		ID: NewTicketID(c.ID, e.Ask), Status: TicketWaiting,
		Lane: Front, Class: e.Class, AskedAt: e.At.Truncate(time.Millisecond),
	}
	return c, nil
}

func (c Conversation) leave(e Event) (Conversation, error) {
	if c.Status != Waiting {
		return c, impossible("only a waiting customer can leave the line")
	}
	return c.end(WithBot, TicketAbandoned, e.At), nil
}

func (c Conversation) claim(e Event) (Conversation, error) {
	switch {
	case e.Agent == "":
		return c, impossible("a claim needs an agent")
	case c.Status == WithPerson:
		return c, fault.New(fault.AlreadyClaimed, "conversation.Apply", "claim the next in line instead")
	case c.Status != Waiting:
		return c, impossible("nobody is asking for a person here")
	}
	c.Status = WithPerson
	c.Ticket.Status = TicketClaimed
	c.Ticket.Assignee, c.Ticket.Name = e.Agent, e.Name
	c.Ticket.ClaimID = e.ClaimID
	return c, nil
}

// finish is everything an agent can do with a ticket that is theirs.
func (c Conversation) finish(e Event) (Conversation, error) {
	switch {
	case c.Status == Ended:
		return c, fault.New(fault.Closed, "conversation.Apply", "the customer's next word opens it again")
	case c.Status != WithPerson:
		return c, impossible("no agent holds this conversation")
	case e.Agent != c.Ticket.Assignee:
		return c, fault.New(fault.NotYours, "conversation.Apply", "another agent holds the ticket")
	}
	switch e.Kind {
	case Resolved:
		return c.end(Ended, TicketResolved, e.At), nil
	case ReturnedToBot:
		return c.end(WithBot, TicketReturned, e.At), nil
	default:
		c.Status = Waiting
		c.Ticket.Status = TicketWaiting
		c.Ticket.Assignee, c.Ticket.Name, c.Ticket.ClaimID = "", "", ""
		c.Ticket.Returns++
		return c, nil
	}
}

func (c Conversation) reopen() (Conversation, error) {
	if c.Status != Ended {
		return c, impossible("the conversation is open")
	}
	c.Status = WithBot
	c.Episode++
	return c, nil
}

// unfollow ends whatever goes on: nobody can be told anything any more.
func (c Conversation) unfollow(e Event) (Conversation, error) {
	switch c.Status {
	case Ended:
		return c, impossible("the conversation has ended")
	case Waiting, WithPerson:
		return c.end(Ended, TicketUnfollowed, e.At), nil
	case WithBot:
	}
	c.Status = Ended
	return c, nil
}

func (c Conversation) end(status Status, ticket TicketStatus, at time.Time) Conversation {
	c.Status = status
	c.Ticket.Status = ticket
	c.Ticket.ClosedAt = at
	return c
}

func impossible(hint string) error {
	return fault.New(fault.NotPossible, "conversation.Apply", hint)
}
