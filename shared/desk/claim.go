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
	return conversation.Conversation{}, fault.New(fault.Conflict, "desk.ClaimNext", "other agents were faster every time: claim again")
}

// lost reports whether somebody else got the ticket, or it left the line.
func lost(err error) bool {
	return fault.Is(err, fault.AlreadyClaimed) || fault.Is(err, fault.NotPossible) || fault.Is(err, fault.Conflict)
}

// causeOf names a claim. One with an id is one in the whole store: two runs of the
// same call are one claim, also at the same moment.
func causeOf(agent conversation.AgentID, claimID string, c conversation.Conversation) (cause string, once bool) {
	if claimID == "" {
		return fmt.Sprintf("claim:%d:%s", c.Epoch, agent), false
	}
	return fmt.Sprintf("claim:%s:%s", agent, claimID), true
}

// claimed returns what an earlier run of the same call got.
func (s *Service) claimed(ctx context.Context, agent Agent, claimID string) (conversation.Conversation, bool, error) {
	if claimID == "" {
		return conversation.Conversation{}, false, nil
	}
	cause, _ := causeOf(agent.ID, claimID, conversation.Conversation{})
	done, err := s.o.Store.Caused(ctx, "", cause)
	if fault.Is(err, fault.NotFound) {
		return conversation.Conversation{}, false, nil
	}
	if err != nil {
		return conversation.Conversation{}, false, err
	}
	return done.Conversation, true, mine(done.Conversation, agent, claimID)
}

// mine checks that a conversation is still the one that the agent got with this id, or
// ended in their hands: it may have left them since, and then the id is spent.
func mine(c conversation.Conversation, agent Agent, claimID string) error {
	theirs := c.Status == conversation.WithPerson || c.Status == conversation.Ended
	if theirs && c.Ticket.Assignee == agent.ID && c.Ticket.ClaimID == claimID {
		return nil
	}
	return fault.New(fault.Conflict, "desk.claim", "this id was used before, and what it got has left your hands: claim again with a new id")
}

// ClaimTicket gives the agent one ticket, out of turn: for agents who know the
// customer. A repeat of the same claimID is no second claim. Errors: NotFound,
// AlreadyClaimed where another agent holds it, NotPossible where it no longer waits.
func (s *Service) ClaimTicket(ctx context.Context, agent Agent, ticket conversation.TicketID, claimID string) (conversation.Conversation, error) {
	// The lease comes first: a claim without one would never lapse.
	if err := s.arrive(ctx, agent.ID); err != nil {
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
		cause, once := causeOf(agent.ID, claimID, c)
		return store.Change{
			Cause: cause, Once: once, Next: next,
			Messages: s.notice(c, cause, textsOf(c.Language).claimed(next.Ticket.Name), false),
			Records: []conversation.Record{{
				Ask: ticket, Event: conversation.RecordClaimed, Nth: next.Ticket.Returns,
				Lane: next.Ticket.Lane, At: now, Agent: agent.ID,
			}},
		}, nil
	})
	switch {
	case err == nil:
		err = mine(done.Conversation, agent, claimID)
	case fault.Is(err, fault.AlreadyClaimed) && mine(done.Conversation, agent, claimID) == nil:
		err = nil
	}
	return done.Conversation, err
}
