package inbound

import (
	"context"
	"fmt"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// eraseAfter is when a customer who left is forgotten: after the last repeat of the call
// that says so, which would bring the message back.
const eraseAfter = time.Minute

// leave takes the word that a customer left the channel. The work comes first of all, and
// is the message's mark: whatever breaks then, they are forgotten.
func (s *Service) leave(ctx context.Context, id conversation.ID, in channel.Inbound) (Accepted, error) {
	now := s.o.Now()
	erase := store.Work{Kind: store.Erase, Conversation: id, Key: in.Key}
	if err := s.o.Store.Defer(ctx, erase, now.Add(eraseAfter).Truncate(time.Millisecond)); err != nil {
		return Accepted{}, err
	}
	received, err := s.o.Store.Receive(ctx, store.Incoming{Peer: in.Peer, Name: in.Name, Grant: conversation.Grant{Ends: true}, Message: conversation.Message{
		Conversation: id, Key: in.Key, Author: conversation.Customer, Parts: in.Parts, ClientID: in.ClientID, Received: now,
	}})
	if err != nil {
		return Accepted{}, err
	}
	c, err := s.unfollow(ctx, received.Conversation, in.Key, received.Message.Received)
	if err != nil {
		return Accepted{}, err
	}
	n := outbox.Of(received.Conversation) // whoever held it sees why it went
	n.Keys, n.Messages = []conversation.Key{in.Key}, []conversation.Message{received.Message}
	s.o.Outbox.Tell(ctx, n)
	return Accepted{Conversation: c, Message: received.Message, Repeat: received.Repeat}, nil
}

// unfollow ends what goes on with a customer who left with the message key, and has not
// come back since.
func (s *Service) unfollow(ctx context.Context, c conversation.Conversation, key conversation.Key, at time.Time) (conversation.Conversation, error) {
	for range maxConflicts {
		next, err := c.Apply(conversation.Event{Kind: conversation.Unfollowed, At: at})
		if c.LastIn > key || fault.Is(err, fault.NotPossible) {
			return c, nil
		}
		if err != nil {
			return c, err
		}
		ch := store.Change{Cause: leftCause(key, c.Epoch), Next: next}
		if c.Ticket.Open() {
			ch.Records = []conversation.Record{{
				Ask: c.Ticket.ID, Event: conversation.RecordAbandoned, Lane: c.Ticket.Lane, At: at, Why: string(conversation.TicketUnfollowed),
			}}
		}
		done, err := s.o.Outbox.Commit(ctx, c, ch)
		if !fault.Is(err, fault.Conflict) {
			return done.Conversation, err
		}
		if c, err = s.o.Store.Conversation(ctx, c.ID); err != nil {
			return c, err
		}
	}
	return c, fault.New(fault.Conflict, "inbound.unfollow", "the conversation keeps changing; try again")
}

// leftCause has the epoch in it: another try of an ask from before may make a ticket of who
// left already, and that has to end, too.
func leftCause(key conversation.Key, epoch int64) string {
	return fmt.Sprintf("left:%s:%d", key, epoch)
}

// Erase is what the clock does about a customer who left: what is known of them is
// forgotten, media first, since messages name them. Who is back since loses what was
// before, and nothing after.
func (s *Service) Erase(ctx context.Context, w store.Work) error {
	c, err := s.o.Store.Conversation(ctx, w.Conversation)
	if fault.Is(err, fault.NotFound) {
		return settled(s.o.Store.Settle(ctx, w))
	}
	if err != nil {
		return err
	}
	upTo := w.Key
	if c.LastIn > w.Key {
		err = s.removeMedia(ctx, c.ID, w.Key)
	} else {
		if c, err = s.unfollow(ctx, c, w.Key, s.o.Now()); err != nil {
			return err
		}
		upTo = max(w.Key, c.LastOut) // a bot may have answered yet
		err = s.o.Media.Forget(ctx, c.ID)
	}
	if err != nil {
		return err
	}
	if err := s.o.Store.Erase(ctx, c.ID, upTo); err != nil {
		return err
	}
	if err := s.forgetRest(ctx, w); err != nil {
		return err
	}
	return settled(s.o.Store.Settle(ctx, w))
}

// forgetRest removes what a fetch that was under way has put there since the media went: from
// now on it finds no message, and removes what it puts. Whoever is back meanwhile keeps theirs.
func (s *Service) forgetRest(ctx context.Context, w store.Work) error {
	c, err := s.o.Store.Conversation(ctx, w.Conversation)
	if err != nil || c.LastIn > w.Key {
		return err
	}
	return s.o.Media.Forget(ctx, w.Conversation)
}

// removeMedia removes what messages before a key show.
func (s *Service) removeMedia(ctx context.Context, id conversation.ID, before conversation.Key) error {
	const page = 100
	for {
		messages, err := s.o.Store.Messages(ctx, id, before, page)
		if err != nil {
			return err
		}
		for _, m := range messages {
			if err := s.o.Media.Remove(ctx, m.Parts...); err != nil {
				return err
			}
		}
		if len(messages) < page {
			return nil
		}
		before = messages[0].Key
	}
}
