package dynamostore

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// Outcome is part of store.Store. An attempt is one write. A final outcome is a
// transaction: with it goes the message's key from the conversation, and with the
// last key the work. It begins with the guess that this is the last, which holds
// for nearly all; a refusal tells better, at no further read.
func (s *Store) Outcome(ctx context.Context, o store.Outcome) error {
	o.Outcome.At = exact(o.Outcome.At)
	if !o.Outcome.Final() && o.Record == nil {
		_, err := s.update(ctx, judged(o), "")
		if old, was := refused(err); was {
			err = s.closed(ctx, o.Conversation, old)
		}
		return failed("Outcome", err)
	}
	return failed("Outcome", s.finish(ctx, o))
}

func (s *Store) finish(ctx context.Context, o store.Outcome) error {
	last := true
	for range tries {
		all := newEdits()
		all.add(judged(o))
		if o.Record != nil {
			all.note(*o.Record)
		}
		if o.Outcome.Final() {
			all.add(delivered(o, last))
		}
		refusals, err := s.transact(ctx, all.list)
		switch {
		case err != nil || refusals == nil:
			return err
		case refusals[0].refused:
			return s.closed(ctx, o.Conversation, refusals[0].item)
		}
		last = len(refusals[len(refusals)-1].item.set(undelivered)) == 1
	}
	return errBusy
}

// judged is the edit that records an outcome, unless it is final already.
func judged(o store.Outcome) *edit {
	e := change(messageKey(o.Conversation, o.Key))
	e.only(delivery, "@ IN (?, ?)", text(string(conversation.Pending)), text(string(conversation.Attempting)))
	judge(e, o.Outcome)
	return e
}

// delivered is the edit that takes a message's key from its conversation.
func delivered(o store.Outcome, last bool) *edit {
	e := change(stateKey(o.Conversation))
	e.only(undelivered, "contains(@, ?)", text(string(o.Key)))
	if last {
		e.only(undelivered, "size(@) = ?", number(1))
		e.remove(undelivered)
		done(e)
		return e
	}
	e.only(undelivered, "size(@) > ?", number(1))
	e.exclude(undelivered, string(o.Key))
	return e
}

// closed answers an outcome that found nothing to change.
func (s *Store) closed(ctx context.Context, id conversation.ID, m item) error {
	if !m.has(delivery) {
		return errUnknownMessage // there is none, or a customer's
	}
	// A change may have asked for a delivery of nothing.
	e := change(stateKey(id))
	e.only(workDue, "attribute_exists(@)")
	e.only(undelivered, "attribute_not_exists(@)")
	done(e)
	_, err := s.update(ctx, e, types.ReturnValueNone)
	if _, none := refused(err); none {
		return nil
	}
	return err
}
