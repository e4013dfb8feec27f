package conversation

import (
	"fmt"
	"strings"
	"time"
)

// TicketID names one ask for a person: the conversation's id, a dot, and the
// key of the message that asked.
type TicketID string

// NewTicketID names the ask made by the message with that key.
func NewTicketID(id ID, ask Key) TicketID { return TicketID(string(id) + "." + string(ask)) }

// Conversation returns the conversation the ask was made in; "" if malformed.
func (t TicketID) Conversation() ID {
	id, _, ok := strings.Cut(string(t), ".")
	if !ok || !ID(id).Valid() {
		return ""
	}
	return ID(id)
}

// AskKey returns the key of the message that asked.
func (t TicketID) AskKey() Key {
	_, key, _ := strings.Cut(string(t), ".")
	return Key(key)
}

// Lane is a line of waiting tickets.
type Lane string

// Front is the lane every ask starts in.
const Front Lane = "front"

// Class orders tickets before their time does: lower is served first.
type Class int

// The classes.
const (
	Distress Class = 0
	Priority Class = 1
	Normal   Class = 2
)

// TicketStatus is how far an ask has come.
type TicketStatus string

// The ticket statuses; the last four are ends.
const (
	TicketWaiting    TicketStatus = "waiting"
	TicketClaimed    TicketStatus = "claimed"
	TicketResolved   TicketStatus = "resolved"
	TicketReturned   TicketStatus = "returned_to_bot"
	TicketAbandoned  TicketStatus = "abandoned"  // by the customer's own word
	TicketUnfollowed TicketStatus = "unfollowed" // the customer left the channel
)

// Ticket is one ask for a person and its state.
type Ticket struct {
	ID       TicketID
	Status   TicketStatus
	Lane     Lane
	Class    Class
	AskedAt  time.Time // when the customer asked: kept for ever, also when a ticket goes back in line
	Assignee AgentID   // who holds or held it
	Name     string    // the assignee's display name, as the customer sees it
	ClaimID  string    // the id the agent's tool gave its claim; a repeat finds it
	Returns  int       // how often it went back in line
	Answered time.Time // when a person first said something; zero until then
	ClosedAt time.Time
}

// Open reports whether the ask still waits for its end.
func (t Ticket) Open() bool { return t.Status == TicketWaiting || t.Status == TicketClaimed }

// Rank is where the ticket stands in its lane; ranks sort as text. A return to
// the line changes none of its parts, so the place is the old one (promise P8).
func (t Ticket) Rank() string {
	return fmt.Sprintf("%d-%013d-%s", t.Class, max(t.AskedAt.UnixMilli(), 0), t.ID)
}
