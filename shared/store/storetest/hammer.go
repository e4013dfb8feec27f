package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var hammerTests = []test{{name: "customers and agents at once", run: hammer}}

const (
	hammerUsers    = 50
	hammerMessages = 20
	hammerAgents   = 4
)

// hammer lets 50 customers write 20 messages each, out of order and with repeats,
// and ask for a person, while four agents claim whoever is next, reply and
// resolve. Nothing may be missing, doubled or out of order.
func hammer(f *fixture) {
	permits := make(chan struct{}, hammerUsers) // one per ask in line
	f.together(hammerUsers+hammerAgents, func(i int) error {
		if i < hammerUsers {
			defer func() { permits <- struct{}{} }() // also on failure: nobody waits for ever
			return hammerCustomer(f.ctx, f.store, i)
		}
		agent := conversation.AgentID(fmt.Sprint("agent ", i-hammerUsers))
		for range hammerUsers / hammerAgents {
			<-permits
			if err := hammerAgent(f.ctx, f.store, agent); err != nil {
				return err
			}
		}
		return nil
	})
	// What the division left over.
	for range hammerUsers % hammerAgents {
		f.ok(hammerAgent(f.ctx, f.store, "agent 0"))
	}
	for i := range hammerUsers {
		hammerCheck(f, fmt.Sprint("user ", i))
	}
	f.same("line", f.line(), []store.Waiting(nil))
	f.same("work", f.due(1_000_000), []store.Work(nil))
	for i := range hammerAgents {
		f.held(conversation.AgentID(fmt.Sprint("agent ", i)))
	}
}

// hammerCustomer writes; the message of the middle, whenever it comes, asks.
func hammerCustomer(ctx context.Context, s store.Store, i int) error {
	user := fmt.Sprint("user ", i)
	random := rand.New(rand.NewPCG(uint64(i), 7))
	order := random.Perm(hammerMessages)
	order = append(order, random.Perm(hammerMessages)[:5]...) // repeats
	for n, ms := range order {
		in := incoming(user, after(ms), "m", fmt.Sprint("word ", ms))
		in.Mark = after(ms)
		got, err := s.Receive(ctx, in)
		if err != nil {
			return err
		}
		if got.Repeat != (n >= hammerMessages) {
			return fmt.Errorf("%s, message %d: repeat %t", user, ms, got.Repeat)
		}
		if err := hammerDecide(ctx, s, got, ms == hammerMessages/2); err != nil {
			return err
		}
	}
	return nil
}

// hammerDecide settles a message's mark, and asks where it asks, on whatever state
// there is by then.
func hammerDecide(ctx context.Context, s store.Store, got store.Received, asks bool) error {
	c, key := got.Conversation, got.Message.Key
	for {
		ch := stay(c, "decide."+string(key))
		if asks && c.Status == conversation.WithBot {
			var err error
			ch, err = transit(c, ch.Cause, conversation.Event{Kind: conversation.Asked, At: key.Time(), Ask: key, Class: conversation.Normal})
			if err != nil {
				return err
			}
		}
		ch.Settles = key
		_, err := s.Commit(ctx, ch)
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		if c, err = s.Conversation(ctx, c.ID); err != nil {
			return err
		}
	}
}

// hammerAgent claims the first in line whom nobody else gets, replies, delivers
// and resolves.
func hammerAgent(ctx context.Context, s store.Store, agent conversation.AgentID) error {
	c, err := hammerClaim(ctx, s, agent)
	if err != nil {
		return err
	}
	reply := conversation.Message{
		Conversation: c.ID, Key: conversation.OwnKey(after(900), "reply", 0), Author: conversation.Person, Agent: agent,
		Parts: conversation.TextParts("this is " + string(agent)), Received: after(900),
		Outcome: conversation.Outcome{Delivery: conversation.Pending},
	}
	ch, err := transit(c, "resolve."+string(c.Ticket.ID), conversation.Event{Kind: conversation.Resolved, Agent: agent, At: after(950)})
	if err != nil {
		return err
	}
	ch.Messages = []conversation.Message{reply}
	ch.Work = []store.Work{{Kind: store.Deliver, Conversation: c.ID, Due: after(960)}}
	if _, err := s.Commit(ctx, ch); err != nil {
		return err
	}
	o := store.Outcome{Conversation: c.ID, Key: reply.Key, Outcome: conversation.Outcome{Delivery: conversation.Attempting, Attempts: 1}}
	if _, err := s.Outcome(ctx, o); err != nil {
		return err
	}
	o.Outcome.Delivery = conversation.Sent
	more, err := s.Outcome(ctx, o)
	if err == nil && more {
		err = errors.New("there is more to deliver than was said")
	}
	return err
}

func hammerClaim(ctx context.Context, s store.Store, agent conversation.AgentID) (conversation.Conversation, error) {
	for ctx.Err() == nil {
		line, err := s.Line(ctx, conversation.Front, hammerAgents)
		if err != nil {
			return conversation.Conversation{}, err
		}
		for _, w := range line {
			done, err := hammerTry(ctx, s, w, agent)
			if err == nil {
				return done.Conversation, nil
			}
			if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.AlreadyClaimed) && !fault.Is(err, fault.NotPossible) {
				return conversation.Conversation{}, err
			}
		}
	}
	return conversation.Conversation{}, ctx.Err()
}

func hammerTry(ctx context.Context, s store.Store, w store.Waiting, agent conversation.AgentID) (store.Committed, error) {
	c, err := s.Conversation(ctx, w.Conversation)
	if err != nil {
		return store.Committed{}, err
	}
	cause := fmt.Sprintf("claim.%s.%s", agent, w.Ticket)
	ch, err := transit(c, cause, conversation.Event{Kind: conversation.Claimed, Agent: agent})
	if err != nil {
		return store.Committed{}, err
	}
	ch.Records = []conversation.Record{{Ask: w.Ticket, Event: conversation.RecordClaimed, Agent: agent, Lane: conversation.Front, At: start}}
	done, err := s.Commit(ctx, ch)
	if err == nil && done.Repeat {
		err = errors.New("an agent claimed one ticket twice")
	}
	return done, err
}

// hammerCheck checks one conversation's end.
func hammerCheck(f *fixture, user string) {
	f.Helper()
	c := f.conversation(user)
	want := conversation.InboundKey(after(hammerMessages-1), "m")
	if c.Status != conversation.Ended || c.Epoch != 4 || c.LastIn != want {
		f.Errorf("%s: %+v", user, c)
	}
	all := f.messages(user)
	if len(all) != hammerMessages+1 {
		f.Errorf("%s: %d messages", user, len(all))
		return
	}
	for i, m := range all[:hammerMessages] {
		if m.Key != conversation.InboundKey(after(i), "m") || m.Words() != fmt.Sprint("word ", i) {
			f.Errorf("%s: message %d is %s %q", user, i, m.Key, m.Words())
		}
	}
	if last := all[hammerMessages]; last.Author != conversation.Person || last.Agent != c.Ticket.Assignee || last.Outcome.Delivery != conversation.Sent {
		f.Errorf("%s: the reply is %+v", user, last)
	}
	if records := f.ledger(c.Ticket.ID); len(records) != 1 || records[0].Agent != c.Ticket.Assignee {
		f.Errorf("%s: claimed by %+v", user, records)
	}
}
