package desk

import (
	"context"
	"fmt"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// Reply says something to the customer in the agent's name. A repeat of the same
// id says nothing twice. Errors: BadText, TextTooLong, NotYours, Closed, NotPossible.
func (s *Service) Reply(ctx context.Context, agent Agent, id conversation.ID, replyID, text string) (conversation.Message, error) {
	text, err := channel.CleanText(text)
	if err != nil {
		return conversation.Message{}, err
	}
	if err := s.Alive(ctx, agent.ID); err != nil {
		return conversation.Message{}, err
	}
	done, err := s.act(ctx, id, func(c conversation.Conversation) (store.Change, error) {
		if err := yours(c, agent.ID); err != nil {
			return store.Change{}, err
		}
		if err := channel.CheckLength(text, s.o.MaxText[c.Peer.Channel]); err != nil {
			return store.Change{}, err
		}
		return s.reply(c, agent, replyID, text), nil
	})
	if err != nil {
		return conversation.Message{}, err
	}
	return done.Messages[0], nil
}

func (s *Service) reply(c conversation.Conversation, agent Agent, replyID, text string) store.Change {
	now := s.o.Now()
	cause := fmt.Sprintf("reply:%s:%s", agent.ID, replyID)
	return store.Change{
		Cause: cause, Next: c,
		Messages: []conversation.Message{{
			Conversation: c.ID, Key: conversation.OwnKey(c.NextTime(now), cause, 0), Author: conversation.Person,
			Agent: agent.ID, Name: agent.Name(c.Language), Parts: conversation.TextParts(text), Ask: c.Ticket.ID,
			ClientID: replyID, Received: now, Outcome: conversation.Outcome{Delivery: conversation.Pending, At: now},
		}},
		Records: []conversation.Record{{
			Ask: c.Ticket.ID, Event: conversation.RecordFirstWord, Lane: c.Ticket.Lane, At: now, Agent: agent.ID,
		}},
	}
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

// Resolve ends the agent's conversation.
func (s *Service) Resolve(ctx context.Context, agent Agent, id conversation.ID) (conversation.Conversation, error) {
	return s.hand(ctx, agent.ID, id, handing{
		kind: conversation.Resolved, record: conversation.RecordResolved,
		say: func(t *texts) string { return t.resolved }, way: true,
	})
}

// ReturnToBot hands the agent's conversation back to the bot.
func (s *Service) ReturnToBot(ctx context.Context, agent Agent, id conversation.ID) (conversation.Conversation, error) {
	return s.hand(ctx, agent.ID, id, handing{
		kind: conversation.ReturnedToBot, record: conversation.RecordReturned,
		say: func(t *texts) string { return t.returned }, way: true,
	})
}

// ReturnToLine puts the agent's ticket back at its old place.
func (s *Service) ReturnToLine(ctx context.Context, agent Agent, id conversation.ID) (conversation.Conversation, error) {
	return s.hand(ctx, agent.ID, id, handing{
		kind: conversation.Released, record: conversation.RecordBackInLine, why: "returned_by_agent",
	})
}

// Lapse puts everything an agent held back in line, each at its old place, and
// tells the customers (promise P8).
func (s *Service) Lapse(ctx context.Context, agent conversation.AgentID) error {
	held, err := s.o.Store.Held(ctx, agent)
	if err != nil {
		return err
	}
	for _, t := range held {
		_, err := s.hand(ctx, agent, t.ID.Conversation(), handing{
			kind: conversation.Released, record: conversation.RecordBackInLine, why: "lease_lapsed",
		})
		if err != nil && !lost(err) && !fault.Is(err, fault.NotYours) && !fault.Is(err, fault.Closed) {
			return err
		}
	}
	return nil
}

// handing is a way for a ticket to leave an agent's hands.
type handing struct {
	kind   conversation.EventKind
	record conversation.RecordEvent
	why    string
	say    func(*texts) string // nil: the customer is told the place in line
	way    bool
}

func (s *Service) hand(ctx context.Context, agent conversation.AgentID, id conversation.ID, h handing) (conversation.Conversation, error) {
	done, err := s.act(ctx, id, func(c conversation.Conversation) (store.Change, error) {
		now := s.o.Now()
		next, err := c.Apply(conversation.Event{Kind: h.kind, At: now, Agent: agent})
		if err != nil {
			return store.Change{}, err
		}
		text, err := s.words(ctx, next, h)
		if err != nil {
			return store.Change{}, err
		}
		cause := fmt.Sprintf("%s:%d", h.kind, c.Epoch)
		return store.Change{
			Cause: cause, Next: next, Messages: s.notice(c, cause, text, h.way),
			Records: []conversation.Record{{
				Ask: c.Ticket.ID, Event: h.record, Nth: c.Ticket.Returns, Lane: c.Ticket.Lane, At: now, Agent: agent, Why: h.why,
			}},
		}, nil
	})
	return done.Conversation, err
}

func (s *Service) words(ctx context.Context, next conversation.Conversation, h handing) (string, error) {
	t := textsOf(next.Language)
	if h.say != nil {
		return h.say(t), nil
	}
	place, err := s.o.Store.Position(ctx, next.Ticket.Lane, next.Ticket.Rank())
	if err != nil {
		return "", err
	}
	return t.backInLine(place), nil
}
