// Package inbound is the use case of a customer's message: from a platform's
// call to a durable message and a committed decision, before the platform gets
// its answer.
package inbound

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// Decider says what follows from a message; it has no side effects.
type Decider interface {
	Decide(ctx context.Context, c conversation.Conversation, m conversation.Message) (routing.Decision, error)
	Answered(ctx context.Context, c conversation.Conversation, m conversation.Message, a bot.Answer) (routing.Decision, error)
}

// Options are what a Service needs; all are required, but for IDs where no messages
// are accepted, for Turns where no decider gives turns to a bot, for Media and for Ping.
type Options struct {
	IDs     conversation.IDs
	Store   store.Store
	Outbox  *outbox.Outbox
	Decider Decider
	Turns   queue.Queue    // of slow bots
	Media   *media.Service // nil takes none
	Ping    time.Duration  // between two pings of a customer's page, in whole seconds; 20 s if zero
	Now     func() time.Time
	Log     *slog.Logger
}

// defaultPing is the rhythm where a ping costs nothing: a dead line is noticed soon.
const defaultPing = 20 * time.Second

// Service takes customers' messages.
type Service struct {
	o        Options
	ignoring tally
}

// New makes a Service; fault.Config if something is missing.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Outbox == nil || o.Decider == nil || o.Now == nil || o.Log == nil {
		return nil, fault.New(fault.Config, "inbound.New", "a part of inbound is missing")
	}
	if o.Ping == 0 {
		o.Ping = defaultPing
	}
	if o.Ping < time.Second {
		return nil, fault.New(fault.Config, "inbound.New", "a page cannot ping more often than once a second")
	}
	return &Service{o: o}, nil
}

// Accepted is what became of one message: it is durable and decided upon.
type Accepted struct {
	Conversation conversation.Conversation
	Message      conversation.Message
	Repeat       bool

	replies []conversation.Message // what was committed because of it, where the call's answer may carry it
}

// carrier reports whether the answer to a call can carry a message; nil where it carries none.
type carrier func(channel.Outbound) bool

// Accept takes what a connector read from a call. It returns when every message
// is durable and decided upon; after an error the platform is to call again.
func (s *Service) Accept(ctx context.Context, info channel.Info, receipt channel.Receipt) ([]Accepted, error) {
	if err := s.ready(); err != nil {
		return nil, err
	}
	accepted := make([]Accepted, 0, len(receipt.Messages))
	for _, in := range receipt.Messages {
		a, err := s.accept(ctx, info, in, nil)
		if err != nil {
			return accepted, err
		}
		accepted = append(accepted, a)
	}
	return accepted, nil
}

func (s *Service) ready() error {
	if !s.o.IDs.Made() {
		return fault.New(fault.Config, "inbound.Accept", "this program has no deployment key, and accepts no messages")
	}
	return nil
}

func (s *Service) accept(ctx context.Context, info channel.Info, in channel.Inbound, carries carrier) (Accepted, error) {
	in, err := s.placed(ctx, in)
	if err != nil {
		return Accepted{}, err
	}
	id := s.o.IDs.Of(in.Peer)
	if in.Gone {
		return s.leave(ctx, id, in)
	}
	if in.Follows {
		if goesOn, err := s.goesOn(ctx, id, in); err != nil || !goesOn {
			return Accepted{}, err
		}
	}
	if in.Origin != "" {
		if in.Key, err = s.arrived(ctx, id, in); err != nil {
			return Accepted{}, err
		}
	}
	// Before anything is stored: what is refused leaves nothing behind.
	parts, err := s.parts(ctx, id, in)
	if err != nil {
		return Accepted{}, err
	}
	now := s.o.Now()
	m := conversation.Message{
		Conversation: id, Key: in.Key, Author: conversation.Customer,
		Parts: parts, ClientID: in.ClientID, Received: now, Keyword: in.Keyword, Answered: in.Answered,
	}
	var mark time.Time
	if !info.Retries || routing.Consequential(m) {
		mark = now.Add(outbox.Grace).Truncate(time.Millisecond)
	}
	received, err := s.o.Store.Receive(ctx, store.Incoming{Peer: in.Peer, Name: in.Name, Message: m, Mark: mark, Grant: in.Grant})
	if err != nil {
		return Accepted{}, err
	}
	// Before the mark is settled: lost media are asked for again.
	received.Conversation, err = s.consented(ctx, received.Conversation, received.Message)
	if err := errors.Join(err, s.await(ctx, received.Message)); err != nil {
		return Accepted{}, err
	}
	a, err := s.followed(ctx, received, mark, carries)
	return a, errors.Join(err, s.after(ctx, in, received))
}

// followed has what is to follow from a message follow.
func (s *Service) followed(ctx context.Context, received store.Received, mark time.Time, carries carrier) (Accepted, error) {
	now := s.o.Now()
	if received.Repeat && carries != nil {
		// What was committed is said again, whatever would be decided by now.
		done, err := s.o.Store.Caused(ctx, received.Conversation.ID, causeOf(received.Message.Key))
		if err == nil {
			return Accepted{done.Conversation, received.Message, true, done.Messages}, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return Accepted{}, err
		}
	}
	if received.Repeat && overtaken(received.Conversation, received.Message) {
		return Accepted{Conversation: received.Conversation, Message: received.Message, Repeat: true}, nil
	}
	done, err := s.decide(ctx, received.Conversation, received.Message, mark, carries)
	c := done.Conversation
	if received.Repeat && c == received.Conversation && now.Sub(received.Message.Received) > outbox.Grace {
		// Nothing came of it, and whoever looks on was told when it came first, unless that
		// call broke, after which a client comes soon.
		return Accepted{Conversation: c, Message: received.Message, Repeat: true}, err
	}
	// After the decision: an ask does not wait for whoever looks on.
	n := outbox.Of(received.Conversation)
	if err == nil {
		n = outbox.Of(c)
		n.State = c
	}
	n.Keys, n.Messages = []conversation.Key{received.Message.Key}, []conversation.Message{received.Message}
	s.o.Outbox.Tell(ctx, n)
	return Accepted{c, received.Message, received.Repeat, done.Messages}, err
}

// Redecide takes up a marked message that nobody decided upon. Upon one that was erased
// nothing is to be decided.
func (s *Service) Redecide(ctx context.Context, w store.Work) error {
	m, err := s.o.Store.Message(ctx, w.Conversation, w.Key)
	if fault.Is(err, fault.NotFound) {
		return settled(s.o.Store.Settle(ctx, w))
	}
	if err != nil {
		return err
	}
	c, err := s.o.Store.Conversation(ctx, w.Conversation)
	if err != nil {
		return err
	}
	c, err = s.consented(ctx, c, m)
	if err := errors.Join(err, s.await(ctx, m)); err != nil {
		return err
	}
	if overtaken(c, m) {
		return settled(s.o.Store.Settle(ctx, w))
	}
	_, err = s.decide(ctx, c, m, w.Due, nil)
	return err
}

// overtaken reports whether a message arrived before the latest ask, or before
// its end: it lay before the person, or was decided upon then. A retry that comes
// after that is no new word of the customer's, and asks for nobody anew.
func overtaken(c conversation.Conversation, m conversation.Message) bool {
	return m.Received.Before(c.Ticket.AskedAt) || m.Received.Before(c.Ticket.ClosedAt)
}

// maxConflicts is how often a decision is taken again because the conversation
// moved on meanwhile; each time somebody else got ahead.
const maxConflicts = 8

// decide decides and commits; on a conflict it decides again on the new state.
func (s *Service) decide(ctx context.Context, c conversation.Conversation, m conversation.Message, mark time.Time, carries carrier) (store.Committed, error) {
	for range maxConflicts {
		decision, err := s.o.Decider.Decide(ctx, c, m)
		if err != nil {
			return store.Committed{Conversation: c}, err
		}
		done, err := s.settle(ctx, c, m, decision, mark, carries)
		if !fault.Is(err, fault.Conflict) {
			return done, err
		}
		if c, err = s.o.Store.Conversation(ctx, c.ID); err != nil {
			return store.Committed{Conversation: c}, err
		}
	}
	return store.Committed{Conversation: c}, fault.New(fault.Conflict, "inbound.decide", "the conversation keeps changing; try again")
}

// settle makes a decision true.
func (s *Service) settle(ctx context.Context, c conversation.Conversation, m conversation.Message, d routing.Decision, mark time.Time, carries carrier) (store.Committed, error) {
	same := store.Committed{Conversation: c}
	switch {
	case d.Turn:
		// The turn is durable before the mark goes: a lost one is given again.
		if err := s.giveTurn(ctx, c, m); err != nil {
			return same, err
		}
		return same, s.unmark(ctx, m, mark)
	case d.Empty(c):
		return same, s.unmark(ctx, m, mark)
	default:
		settles := m.Key
		if mark.IsZero() {
			settles = "" // there is no mark to write off
		}
		return s.commit(ctx, c, m, d, settles, carries)
	}
}

// causeOf is the cause of what is decided upon a message, by us or by a bot.
func causeOf(key conversation.Key) string { return "in:" + string(key) }

func (s *Service) commit(ctx context.Context, c conversation.Conversation, m conversation.Message, d routing.Decision, settles conversation.Key, carries carrier) (store.Committed, error) {
	cause := causeOf(m.Key)
	now := s.o.Now()
	ch := store.Change{Cause: cause, Next: d.Next, Records: d.Records, Settles: settles}
	at := c.NextTime(now)
	for i, draft := range d.Replies {
		ch.Messages = append(ch.Messages, conversation.Message{
			Conversation: c.ID, Key: conversation.OwnKey(at.Add(time.Duration(i)*time.Millisecond), cause, i),
			Author: conversation.Bot, Purpose: draft.Purpose, Parts: conversation.Parts(draft.Text, draft.Card),
			Way: draft.Way, Ask: draft.Ask, Received: now,
			Outcome: conversation.Outcome{Delivery: conversation.Pending, At: now},
		})
	}
	if len(ch.Messages) == 1 && carries != nil {
		if m := &ch.Messages[0]; carries(channel.Outbound{Peer: c.Peer, Message: *m, Language: d.Next.Language, Attempt: 1}) {
			m.Outcome = conversation.Outcome{Delivery: conversation.Attempting, Attempts: 1, Inline: true, At: now}
		}
	}
	return s.o.Outbox.Commit(ctx, c, ch)
}

func (s *Service) unmark(ctx context.Context, m conversation.Message, mark time.Time) error {
	if mark.IsZero() {
		return nil
	}
	return settled(s.o.Store.Settle(ctx, store.Work{Kind: store.Decide, Conversation: m.Conversation, Key: m.Key, Due: mark}))
}

// settled takes a mark that somebody renewed for settled: the clock looks again,
// finds nothing to decide, and settles it.
func settled(err error) error {
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// ID returns the conversation with a peer, whether or not anything was said in it.
func (s *Service) ID(p conversation.Peer) conversation.ID { return s.o.IDs.Of(p) }
