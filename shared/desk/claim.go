package desk

import (
	"context"
	"fmt"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// contenders is how many tickets at the head of a line are tried in one look:
// enough that agents who claim at the same moment each get one.
const contenders = 16

// looks is how often the line is looked at again because others were faster.
const looks = 4

// ClaimNext gives the agent the next in line; NobodyWaiting if the line is
// empty. A repeat of the same claimID gives the ticket that the first got.
func (s *Service) ClaimNext(ctx context.Context, agent Agent, lane conversation.Lane, claimID string) (conversation.Conversation, error) {
	if c, ok, err := s.claimed(ctx, agent, claimID); ok || err != nil {
		return c, err
	}
	for range looks {
		line, err := s.o.Store.Line(ctx, lane, contenders)
		if err != nil {
			return conversation.Conversation{}, err
		}
		if len(line) == 0 {
			return conversation.Conversation{}, fault.New(fault.NobodyWaiting, "desk.ClaimNext", "wait for the next permit or line update")
		}
		for _, w := range line {
			c, err := s.ClaimTicket(ctx, agent, w.Ticket, claimID)
			if !lost(err) {
				return c, err
			}
		}
		// The same call may have run beside this one, and have got its ticket.
		if c, ok, err := s.claimed(ctx, agent, claimID); ok || err != nil {
			return c, err
		}
	}
	return conversation.Conversation{}, fault.New(fault.Conflict, "desk.ClaimNext", "other agents were faster every time, or this id was used before: claim again with a new id")
}

// lost reports whether somebody else got the ticket, or it left the line.
func lost(err error) bool {
	return fault.Is(err, fault.AlreadyClaimed) || fault.Is(err, fault.NotPossible) || fault.Is(err, fault.Conflict)
}

// onceOf makes two runs of the same call one claim, also at the same moment.
func onceOf(agent conversation.AgentID, claimID string) string {
	if claimID == "" {
		return ""
	}
	return fmt.Sprintf("claim:%s:%s", agent, claimID)
}

func (s *Service) claimed(ctx context.Context, agent Agent, claimID string) (conversation.Conversation, bool, error) {
	if claimID == "" {
		return conversation.Conversation{}, false, nil
	}
	held, err := s.o.Store.Held(ctx, agent.ID)
	if err != nil {
		return conversation.Conversation{}, false, err
	}
	for _, t := range held {
		if t.ClaimID == claimID {
			c, err := s.o.Store.Conversation(ctx, t.ID.Conversation())
			return c, true, err
		}
	}
	return conversation.Conversation{}, false, nil
}

// ClaimTicket gives the agent one ticket, out of turn: for agents who know the
// customer. A repeat of the same claimID is no second claim. Errors: NotFound,
// AlreadyClaimed where another agent holds it, NotPossible where it no longer waits.
func (s *Service) ClaimTicket(ctx context.Context, agent Agent, ticket conversation.TicketID, claimID string) (conversation.Conversation, error) {
	// The lease comes first: a claim without one would never lapse.
	if err := s.Alive(ctx, agent.ID); err != nil {
		return conversation.Conversation{}, err
	}
	done, err := s.act(ctx, ticket.Conversation(), func(c conversation.Conversation) (store.Change, error) {
		if c.Ticket.ID != ticket {
			return store.Change{}, fault.New(fault.NotPossible, "desk.ClaimTicket", "this ask is over")
		}
		now := s.o.Now()
		next, err := c.Apply(conversation.Event{
			Kind: conversation.Claimed, At: now, Agent: agent.ID, Name: agent.Name(c.Language), ClaimID: claimID,
		})
		if err != nil {
			return store.Change{}, err
		}
		cause := fmt.Sprintf("claim:%d:%s", c.Epoch, agent.ID)
		return store.Change{
			Cause: cause, Next: next, Once: onceOf(agent.ID, claimID),
			Messages: s.notice(c, cause, textsOf(c.Language).claimed(next.Ticket.Name), false),
			Records: []conversation.Record{{
				Ask: ticket, Event: conversation.RecordClaimed, Nth: next.Ticket.Returns,
				Lane: next.Ticket.Lane, At: now, Agent: agent.ID,
			}},
		}, nil
	})
	if t := done.Conversation.Ticket; fault.Is(err, fault.AlreadyClaimed) && t.Assignee == agent.ID && t.ClaimID == claimID {
		return done.Conversation, nil
	}
	return done.Conversation, err
}
