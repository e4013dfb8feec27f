package dynamostore

import (
	"context"
	"fmt"
	"slices"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// Outcome is part of store.Store. It is a write to the message, with the record on
// it; a final outcome is a write to the conversation besides, which takes the key
// off, and with the last key the work. Two writes cost half of what a transaction
// of the two does. Between them the outcome is known and its key still there:
// whoever comes next, the repeat of a call that was cut off or Undelivered, takes
// the key off, and the work brings somebody.
func (s *Store) Outcome(ctx context.Context, o store.Outcome) (more bool, err error) {
	o.Outcome.At = exact(o.Outcome.At)
	old, was, err := s.record(ctx, o)
	switch {
	case err != nil:
		return false, failed("Outcome", err)
	case was && (!old.has(delivery) || old.forgotten(s.now())):
		return false, failed("Outcome", errUnknownMessage) // there is none, or a customer's
	case !was && !o.Outcome.Final():
		return true, nil
	}
	more, err = s.takeOff(ctx, o.Conversation, o.Key)
	return more, failed("Outcome", err)
}

// record writes an outcome and its record. Where there is a final one already, or
// no such message, it tells what there was.
func (s *Store) record(ctx context.Context, o store.Outcome) (old item, was bool, err error) {
	at := s.moment()
	e := at.judged(o)
	if o.Record == nil {
		_, err := s.update(ctx, e, "")
		old, was := refused(err)
		if was {
			err = nil
		}
		return old, was, err
	}
	leaves, err := leavesOf([]conversation.Record{*o.Record})
	if err != nil {
		return nil, false, err
	}
	if l := leaves[0]; l.in == e.key.pk && l.shard == "" {
		e.bearMore(l)
		_, err := s.update(ctx, e, "")
		old, was := refused(err)
		if !was {
			return nil, false, err
		}
		if !undecided(old) || old.forgotten(s.now()) {
			return old, true, nil
		}
		// The message bears records of another day.
	}
	return s.recordApart(ctx, at, o)
}

// recordApart is record where the message cannot bear the record. No use case needs
// it.
func (s *Store) recordApart(ctx context.Context, at moment, o store.Outcome) (old item, was bool, err error) {
	all := newEdits(at)
	all.add(at.judged(o))
	r := *o.Record
	from := fmt.Sprint("outcome ", o.Key, " ", r.Event, " ", r.Nth, " ", r.At.UnixMilli())
	if err := all.note([]conversation.Record{r}, from, nil); err != nil {
		return nil, false, err
	}
	refusals, err := s.transact(ctx, all.list)
	if err != nil || refusals == nil {
		return nil, false, err
	}
	return refusals[0].item, true, nil
}

// judged is the edit that records an outcome, unless it is final already.
func (at moment) judged(o store.Outcome) *edit {
	e := change(messageKey(o.Conversation, o.Key))
	e.only(delivery, "@ IN (?, ?)", text(string(conversation.Pending)), text(string(conversation.Attempting)))
	at.there(e)
	judge(e, o.Outcome)
	return e
}

// takeOff takes a delivered message's key off its conversation, and with the last
// one the work. It reports whether others are left. It begins with the guess that
// this is the last, which holds for nearly all; a refusal tells better, at no
// further read.
func (s *Store) takeOff(ctx context.Context, id conversation.ID, k conversation.Key) (more bool, err error) {
	last := true
	for range tries {
		_, err := s.update(ctx, takenOff(id, k, last), "")
		old, was := refused(err)
		if !was {
			return !last, err
		}
		open := old.set(undelivered)
		if !slices.Contains(open, string(k)) {
			if len(open) == 0 && old.has(workDue) {
				// A change asked for a delivery of nothing.
				_, err = s.dropDelivery(ctx, id, old.int(workDue))
				return false, err
			}
			return len(open) > 0, nil
		}
		last = len(open) == 1
	}
	return false, errBusy
}

func takenOff(id conversation.ID, k conversation.Key, last bool) *edit {
	e := change(stateKey(id))
	e.only(undelivered, "contains(@, ?)", text(string(k)))
	if last {
		e.only(undelivered, "size(@) = ?", number(1))
		e.remove(undelivered)
		done(e)
		return e
	}
	e.only(undelivered, "size(@) > ?", number(1))
	e.exclude(undelivered, string(k))
	return e
}
