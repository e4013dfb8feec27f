package dynamostore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// Receive is part of store.Store. The message and the conversation are written at
// the same time, by two calls that do not know of each other: either may be
// repeated on its own, and both are made at every delivery. Only when both have
// answered is the message received. Of a marked message that was written alone, Due
// completes the conversation.
func (s *Store) Receive(ctx context.Context, in store.Incoming) (store.Received, error) {
	in.Message.Outcome = conversation.Outcome{}
	in.Message = kept(in.Message)
	put, err := s.moment().say(in.Message)
	if err != nil {
		return store.Received{}, failed("Receive", err)
	}
	if err := mark(put, in); err != nil {
		return store.Received{}, failed("Receive", err)
	}
	got := store.Received{Message: in.Message}
	var there, old item
	var putErr, advanceErr error
	var both sync.WaitGroup
	both.Go(func() { there, putErr = s.put(ctx, put) })
	both.Go(func() { got.Conversation, old, advanceErr = s.advance(ctx, in) })
	both.Wait()
	if err := errors.Join(putErr, advanceErr); err != nil {
		return store.Received{}, failed("Receive", err)
	}
	if there != nil {
		got.Repeat, got.Message = true, messageOf(there)
	}
	if old != nil {
		in.Message = got.Message
		if got.Conversation, err = s.catchUp(ctx, in, old, !got.Repeat); err != nil {
			return store.Received{}, failed("Receive", err)
		}
	}
	return got, nil
}

// mark makes a message due work, if it is to be, together with all that it takes
// to complete the conversation.
func mark(e *edit, in store.Incoming) error {
	if in.Mark.IsZero() {
		return nil
	}
	do(e, store.Work{Kind: store.Decide, Conversation: in.Message.Conversation, Key: in.Message.Key, Due: in.Mark})
	e.put(peer, text(peerText(in.Peer)))
	e.text(called, in.Name)
	e.int(grants, int64(in.Grant.Messages))
	e.int(lasts, in.Grant.Lasts.Milliseconds())
	return e.fits()
}

// allow makes an edit of the newest message keep what it grants, if that is all there is
// then: nearly always, as a customer's words grant the most.
func allow(e *edit, k conversation.Key, g conversation.Grant) {
	a := conversation.Allowance{}.After(k, g)
	if a.Granted == "" {
		return
	}
	if !g.Ends {
		e.only(left, "attribute_not_exists(@) OR @ <= ?", number(int64(a.Left)))
		e.only(until, "attribute_not_exists(@) OR @ <= ?", number(a.Until.UnixMilli()))
	}
	putAllowance(e, a)
}

// allowMore is allow for who knows what there is.
func allowMore(e *edit, was conversation.Allowance, k conversation.Key, g conversation.Grant) {
	a := was.After(k, g)
	if a == was {
		return
	}
	e.still(granted, string(was.Granted))
	if was.Granted != "" {
		e.only(left, "@ = ?", number(int64(was.Left)))
		e.only(total, "@ = ?", number(int64(was.Total)))
	}
	putAllowance(e, a)
}

func putAllowance(e *edit, a conversation.Allowance) {
	e.put(granted, text(string(a.Granted)))
	e.put(total, number(int64(a.Total)))
	e.put(left, number(int64(a.Left)))
	e.put(until, number(a.Until.UnixMilli()))
}

// put stores a message, and returns the one that was there before, if any.
func (s *Store) put(ctx context.Context, e *edit) (item, error) {
	_, err := s.update(ctx, e, "")
	if there, was := refused(err); was {
		return there, nil
	}
	return nil, err
}

// advance makes the conversation have a message that is its newest by key and by
// arrival, as nearly all are, and returns its state. All else that a first contact
// writes stays as it is once there. If the message is not the newest, the state is
// returned as old, and not changed.
func (s *Store) advance(ctx context.Context, in store.Incoming) (now conversation.Conversation, old item, err error) {
	m := in.Message
	first := conversation.New(m.Conversation, in.Peer)
	e := change(stateKey(first.ID))
	e.only(lastIn, "attribute_not_exists(@) OR @ < ?", text(string(m.Key)))
	e.only(lastHeard, "attribute_not_exists(@) OR @ <= ?", number(m.Received.UnixMilli()))
	e.put(lastIn, text(string(m.Key)))
	e.put(lastHeard, number(m.Received.UnixMilli()))
	e.put(peer, text(peerText(first.Peer))) // it may have been erased
	e.keep(status, text(string(first.Status)))
	e.keep(epoch, number(first.Epoch))
	e.keep(episode, number(int64(first.Episode)))
	e.keep(lastOut, text(""))
	if in.Name != "" {
		e.put(name, text(in.Name))
	}
	allow(e, m.Key, in.Grant)
	after, err := s.update(ctx, e, types.ReturnValueAllNew)
	if old, was := refused(err); was {
		return now, old, nil
	}
	if err != nil {
		return now, nil, err
	}
	return stateOf(after), nil, nil
}

// catchUp makes the conversation have a message that is not its newest in every
// way: a repeat, which mostly changes nothing, or one that came late. What it has
// from the message is what is stored of it, so that a repeat is no new word. First says
// that it cannot have been counted yet, so that what it grants is granted late.
func (s *Store) catchUp(ctx context.Context, in store.Incoming, old item, first bool) (conversation.Conversation, error) {
	m := in.Message
	for range tries {
		c := stateOf(old)
		e := change(stateKey(m.Conversation))
		if m.Key > c.LastIn {
			e.put(lastIn, text(string(m.Key)))
			e.put(peer, text(peerText(in.Peer)))
		}
		if m.Key > c.LastIn || first {
			allowMore(e, c.Allowance, m.Key, in.Grant)
		}
		if m.Received.After(c.LastHeard) {
			e.put(lastHeard, number(m.Received.UnixMilli()))
		}
		if in.Name != "" && in.Name != c.Name {
			e.put(name, text(in.Name))
		}
		if len(e.clauses) == 0 {
			return c, nil
		}
		e.only(lastIn, "@ = ?", text(string(c.LastIn)))
		e.only(lastHeard, "@ = ?", number(c.LastHeard.UnixMilli()))
		now, err := s.update(ctx, e, types.ReturnValueAllNew)
		newer, was := refused(err)
		switch {
		case was:
			old = newer
		case err != nil:
			return conversation.Conversation{}, err
		default:
			return stateOf(now), nil
		}
	}
	return conversation.Conversation{}, errBusy
}

// complete makes conversations have the marked messages among the items: of a
// Receive that was cut off, the message may be all there is.
func (s *Store) complete(ctx context.Context, items []item) error {
	var marked []item
	var states []key
	for _, i := range items {
		if i.has(author) && i.has(peer) {
			marked = append(marked, i)
			states = append(states, key{i.key().pk, state})
		}
	}
	found, err := s.all(ctx, states)
	if err != nil {
		return err
	}
	for n, i := range marked {
		m, c := messageOf(i), found[states[n]]
		if said(c) && c.text(lastIn) >= string(m.Key) && !c.time(lastHeard).Before(m.Received) {
			continue
		}
		in := store.Incoming{Peer: peerOf(i), Name: i.text(called), Message: m, Grant: conversation.Grant{
			Messages: int(i.int(grants)), Lasts: time.Duration(i.int(lasts)) * time.Millisecond,
		}}
		_, old, err := s.advance(ctx, in)
		if err == nil && old != nil {
			in.Name = "" // a later message may have told another
			_, err = s.catchUp(ctx, in, old, true)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
