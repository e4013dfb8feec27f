package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// Reply says something to the customer in the agent's name. A repeat of the same
// id says nothing twice. Errors: BadText, TextTooLong, NotYours, Closed, NotPossible,
// OptedOut, TemplateOnly.
func (s *Service) Reply(ctx context.Context, agent Agent, id conversation.ID, replyID, text string) (conversation.Message, error) {
	done, err := s.say(ctx, agent, id, saying{id: replyID, text: text})
	if err != nil {
		return conversation.Message{}, err
	}
	return done.Messages[0], nil
}

// saying is what an agent says, under the id that their tool gave it.
type saying struct {
	id, text string
	media    []string           // handles of what was uploaded before
	link     *conversation.Card // nil: none
}

// parts are what a reply shows: text, link and media, of which one at least is there.
func (s *Service) parts(ctx context.Context, id conversation.ID, what saying) ([]conversation.Part, error) {
	var parts []conversation.Part
	if what.text != "" || len(what.media) == 0 && what.link == nil {
		text, err := channel.CleanText(what.text)
		if err != nil {
			return nil, err
		}
		parts = conversation.TextParts(text)
	}
	if what.link != nil {
		card, err := channel.CleanCard(*what.link)
		if err != nil {
			return nil, err
		}
		parts = append(parts, conversation.Part{Kind: conversation.Link, Card: card})
	}
	shown, err := s.o.Media.Take(ctx, id, what.media)
	return append(parts, shown...), err
}

// say commits a reply: exactly one message comes back.
func (s *Service) say(ctx context.Context, agent Agent, id conversation.ID, what saying) (store.Committed, error) {
	cause := fmt.Sprintf("reply:%s:%s", agent.ID, what.id)
	done, err := s.sayNow(ctx, agent, id, cause, what)
	if err != nil {
		// It may be the repeat of a reply that was said before things changed: the
		// conversation, or what is kept of its media.
		said, unsaid := s.o.Store.Caused(ctx, id, cause)
		if unsaid != nil {
			return store.Committed{}, err
		}
		done = said
	}
	if len(done.Messages) == 0 {
		return store.Committed{}, fault.New(fault.NotFound, "desk.Reply", "it was said so long ago that it is forgotten")
	}
	return done, nil
}

func (s *Service) sayNow(ctx context.Context, agent Agent, id conversation.ID, cause string, what saying) (store.Committed, error) {
	if err := s.Alive(ctx, agent.ID); err != nil {
		return store.Committed{}, err
	}
	if len(what.media) > 0 { // what was uploaded is told to whoever holds the conversation
		if _, err := s.toWrite(ctx, agent, id); err != nil {
			return store.Committed{}, err
		}
	}
	parts, err := s.parts(ctx, id, what)
	if err != nil {
		return store.Committed{}, err
	}
	return s.act(ctx, id, func(c conversation.Conversation) (store.Change, error) {
		of, err := s.o.Channels.writable(c, agent.ID)
		if err != nil {
			return store.Change{}, err
		}
		if err := channel.CheckLength(conversation.Message{Parts: parts}.Words(), of.MaxText); err != nil {
			return store.Change{}, err
		}
		return s.reply(c, agent, cause, what.id, parts), nil
	})
}

func (s *Service) reply(c conversation.Conversation, agent Agent, cause, replyID string, parts []conversation.Part) store.Change {
	now := s.o.Now()
	ch := store.Change{
		Cause: cause, Next: c,
		Messages: []conversation.Message{{
			Conversation: c.ID, Key: conversation.OwnKey(c.NextTime(now), cause, 0), Author: conversation.Person,
			Agent: agent.ID, Name: agent.Name(c.Language), Parts: parts, Ask: c.Ticket.ID,
			ClientID: replyID, Received: now, Outcome: conversation.Outcome{Delivery: conversation.Pending, At: now},
		}},
	}
	if c.Ticket.Answered.IsZero() {
		ch.Next.Ticket.Answered = now
		ch.Records = []conversation.Record{{
			Ask: c.Ticket.ID, Event: conversation.RecordFirstWord, Lane: c.Ticket.Lane, At: now, Agent: agent.ID,
		}}
	}
	return ch
}

// Typing shows the customer that the agent is writing. Errors: NotYours, Closed,
// NotPossible.
func (s *Service) Typing(ctx context.Context, agent Agent, id conversation.ID) error {
	c, err := s.holds(ctx, agent, id)
	if err != nil {
		return err
	}
	n := outbox.Of(c)
	n.Typing = conversation.Person
	s.o.Outbox.Tell(ctx, n)
	return nil
}

// holds reads a conversation that the agent holds.
func (s *Service) holds(ctx context.Context, agent Agent, id conversation.ID) (conversation.Conversation, error) {
	c, err := s.o.Store.Conversation(ctx, id)
	if err != nil {
		return conversation.Conversation{}, err
	}
	return c, yours(c, agent.ID)
}

// toWrite reads a conversation that the agent holds and may write in.
func (s *Service) toWrite(ctx context.Context, agent Agent, id conversation.ID) (conversation.Conversation, error) {
	c, err := s.o.Store.Conversation(ctx, id)
	if err != nil {
		return conversation.Conversation{}, err
	}
	_, err = s.o.Channels.writable(c, agent.ID)
	return c, err
}

// yours checks that the agent holds the conversation.
func yours(c conversation.Conversation, agent conversation.AgentID) error {
	switch {
	case c.Status == conversation.Ended:
		return fault.New(fault.Closed, "desk.yours", "the customer's next word opens it again")
	case c.Status != conversation.WithPerson:
		return fault.New(fault.NotPossible, "desk.yours", "no agent holds this conversation: claim it first")
	case c.Ticket.Assignee != agent:
		return fault.New(fault.NotYours, "desk.yours", "another agent holds the ticket")
	}
	return nil
}

// Resolve ends the agent's conversation. seen is when the newest message of the
// customer's came that the agent has read: Conflict if another came after it, as
// nobody would answer that. A repeat is no error.
func (s *Service) Resolve(ctx context.Context, agent Agent, id conversation.ID, seen time.Time) (conversation.Conversation, error) {
	return s.hand(ctx, agent.ID, id, handing{
		kind: conversation.Resolved, leads: conversation.TicketResolved, record: conversation.RecordResolved, seen: seen,
		say: func(t *texts, _ string) string { return t.resolved }, way: true,
	})
}

// ReturnToBot hands the agent's conversation back to the bot; seen as in Resolve.
func (s *Service) ReturnToBot(ctx context.Context, agent Agent, id conversation.ID, seen time.Time) (conversation.Conversation, error) {
	return s.hand(ctx, agent.ID, id, handing{
		kind: conversation.ReturnedToBot, leads: conversation.TicketReturned, record: conversation.RecordReturned, seen: seen,
		say: func(t *texts, _ string) string { return t.returned }, way: true,
	})
}

// ReturnToLine puts the agent's ticket back at its old place; a lead's word puts
// anybody's back. Whatever the customer writes meanwhile waits for the next agent,
// so it needs no seen.
func (s *Service) ReturnToLine(ctx context.Context, agent Agent, id conversation.ID) (conversation.Conversation, error) {
	return s.hand(ctx, agent.ID, id, handing{
		kind: conversation.Released, leads: conversation.TicketWaiting, record: conversation.RecordBackInLine,
		why: "returned_by_agent", say: func(t *texts, place string) string { return t.backByAgent + place },
		anybody: agent.Role.covers(RoleLead),
	})
}

// Lapse puts everything an agent held back in line, each at its old place, and
// tells the customers (promise P8). One ticket that cannot be put back now does
// not hold up the others; what is left is an error.
func (s *Service) Lapse(ctx context.Context, agent conversation.AgentID) error {
	held, err := s.o.Store.Held(ctx, agent)
	if err != nil {
		return err
	}
	var failed []error
	for _, t := range held {
		_, err := s.hand(ctx, agent, t.ID.Conversation(), handing{
			kind: conversation.Released, leads: conversation.TicketWaiting, record: conversation.RecordBackInLine,
			why: "lease_lapsed", say: func(t *texts, place string) string { return t.backByLapse + place },
		})
		if err != nil && !outOfHands(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// outOfHands reports whether an error says that the agent holds it no longer.
func outOfHands(err error) bool {
	return fault.Is(err, fault.NotYours) || fault.Is(err, fault.Closed) || fault.Is(err, fault.NotPossible)
}

// handing is a way for a ticket to leave an agent's hands.
type handing struct {
	kind    conversation.EventKind
	leads   conversation.TicketStatus
	record  conversation.RecordEvent
	why     string
	seen    time.Time
	say     func(t *texts, place string) string // what the customer is told
	way     bool
	anybody bool // out of whose hands ever; the record says whose word it was
}

// of returns out of whose hands the ticket is to go.
func (h handing) of(c conversation.Conversation, agent conversation.AgentID) conversation.AgentID {
	if h.anybody && c.Status == conversation.WithPerson {
		return c.Ticket.Assignee
	}
	return agent
}

func (s *Service) hand(ctx context.Context, agent conversation.AgentID, id conversation.ID, h handing) (conversation.Conversation, error) {
	done, err := s.act(ctx, id, func(c conversation.Conversation) (store.Change, error) {
		now := s.o.Now()
		from, why := h.of(c, agent), h.why
		if from != agent {
			why = "returned_by_lead"
		}
		next, err := c.Apply(conversation.Event{Kind: h.kind, At: now, Agent: from})
		if err != nil {
			return store.Change{}, err
		}
		if !h.seen.IsZero() && c.LastHeard.After(h.seen) {
			return store.Change{}, fault.New(fault.Conflict, "desk.hand", "the customer wrote meanwhile: read it first")
		}
		cause := fmt.Sprintf("%s:%d", h.kind, c.Epoch)
		text := h.say(textsOf(next.Language), s.place(ctx, next))
		return store.Change{
			Cause: cause, Next: next, Seen: h.seen, Messages: s.notice(c, cause, text, h.way),
			Records: []conversation.Record{{
				Ask: c.Ticket.ID, Event: h.record, Nth: c.Ticket.Returns, Lane: c.Ticket.Lane, At: now, Agent: agent, Why: why,
			}},
		}, nil
	})
	if t := done.Conversation.Ticket; err != nil && t.Assignee == agent && t.Status == h.leads {
		return done.Conversation, nil // the repeat of what the agent has done already
	}
	return done.Conversation, err
}

// place is where a waiting customer stands, in words; "" where that is not to be
// had now, since no return to the line may wait for it.
func (s *Service) place(ctx context.Context, c conversation.Conversation) string {
	if c.Status != conversation.Waiting {
		return ""
	}
	place, err := s.o.Store.Position(ctx, c.Ticket.Lane, c.Ticket.Rank())
	if err != nil {
		return ""
	}
	return routing.PlaceText(c.Language, place)
}

// attempts is how often an act is taken again because the conversation moved on
// meanwhile.
const attempts = 8

// act reads a conversation, lets decide make a change of it, and commits; on a
// conflict it does so again on the new state. Where decide refuses, the state
// goes with its error.
func (s *Service) act(ctx context.Context, id conversation.ID, decide func(conversation.Conversation) (store.Change, error)) (store.Committed, error) {
	var before conversation.Conversation
	for range attempts {
		c, err := s.o.Store.Conversation(ctx, id)
		if err != nil {
			return store.Committed{}, err
		}
		if c == before {
			break // nothing moved: it is not the state that this conflicts with
		}
		before = c
		ch, err := decide(c)
		if err != nil {
			return store.Committed{Conversation: c}, err
		}
		done, err := s.o.Outbox.Commit(ctx, c, ch)
		if !fault.Is(err, fault.Conflict) {
			return done, err
		}
	}
	return store.Committed{Conversation: before}, fault.New(fault.Conflict, "desk.act", "the conversation keeps changing; try again")
}

// notice is what the customer is told of an act.
func (s *Service) notice(c conversation.Conversation, cause, text string, way bool) []conversation.Message {
	now := s.o.Now()
	return []conversation.Message{{
		Conversation: c.ID, Key: conversation.OwnKey(c.NextTime(now), cause, 0), Author: conversation.Bot,
		Purpose: conversation.Notice, Parts: conversation.TextParts(text), Way: way, Ask: c.Ticket.ID, Received: now,
		Outcome: conversation.Outcome{Delivery: conversation.Pending, At: now},
	}}
}
