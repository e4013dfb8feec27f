package dynamostore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// Outcome is part of store.Store. It looks where the message is, and writes to it,
// with the record on it; a final outcome is a write to the conversation besides,
// which takes the key off, and with the last key the work. Two writes cost half of
// what a transaction of the two does. Between them the outcome is known and its key still there:
// whoever comes next, the repeat of a call that was cut off or Undelivered, takes
// the key off, and the work brings somebody.
func (s *Store) Outcome(ctx context.Context, o store.Outcome) (more bool, err error) {
	o.Outcome.At = exact(o.Outcome.At)
	final, err := s.record(ctx, o)
	if err != nil {
		return false, failed("Outcome", err)
	}
	if !final {
		return true, nil
	}
	more, err = s.takeOff(ctx, o.Conversation, o.Key)
	return more, failed("Outcome", err)
}

// record writes an outcome and its record, unless the message has a final one. It
// reports whether it has one now.
func (s *Store) record(ctx context.Context, o store.Outcome) (final bool, err error) {
	at := s.moment()
	for range tries {
		found, err := s.whereabouts(ctx, o.Conversation, []conversation.Key{o.Key})
		if err != nil {
			return false, err
		}
		now := found[o.Key]
		if !now.has(delivery) {
			return false, errUnknownMessage // there is none, or a customer's
		}
		if !undecided(now) {
			return true, nil
		}
		edits, err := at.judged(now, o, conversation.Pending, conversation.Attempting, conversation.Held)
		if err != nil {
			return false, err
		}
		if done, err := s.make(ctx, edits); done || err != nil {
			return o.Outcome.Final(), err
		}
	}
	return false, errBusy
}

// Report is part of store.Store: a read and a write, and one to the conversation where it ends
// a delivery.
func (s *Store) Report(ctx context.Context, o store.Outcome) (changed bool, err error) {
	changed, ends, err := s.correct(ctx, o)
	if err == nil && ends {
		_, err = s.takeOff(ctx, o.Conversation, o.Key)
	}
	return changed && err == nil, failed("Report", err)
}

// correct writes what a report makes of an outcome. It reports whether that is another, and the
// first that is final.
func (s *Store) correct(ctx context.Context, o store.Outcome) (changed, ends bool, err error) {
	at := s.moment()
	for range tries {
		found, err := s.whereabouts(ctx, o.Conversation, []conversation.Key{o.Key})
		if err != nil {
			return false, false, err
		}
		now := found[o.Key]
		if !now.has(delivery) {
			return false, false, errUnknownMessage // there is none, or a customer's
		}
		was := messageOf(now).Outcome
		said := o
		if said.Outcome, changed = was.Reported(o.Outcome); !changed {
			return false, false, nil
		}
		said.Outcome.At = exact(said.Outcome.At)
		edits, err := at.judged(now, said, was.Delivery)
		if err != nil {
			return false, false, err
		}
		if done, err := s.make(ctx, edits); done || err != nil {
			return done, was.Open(), err
		}
	}
	return false, false, errBusy
}

// make makes one edit, or several at once. It reports whether their conditions held.
func (s *Store) make(ctx context.Context, all *edits) (bool, error) {
	if len(all.list) > 1 {
		refusals, err := s.transact(ctx, all.list)
		return refusals == nil, err
	}
	_, err := s.update(ctx, all.list[0], "")
	if _, was := refused(err); was {
		return false, nil
	}
	return err == nil, err
}

// judged is what records an outcome of a message whose delivery is one of some: the message
// itself, which is put in its place if it rides, with the record on it; or, where it
// cannot bear the record, which no use case needs, that on an item of its own.
func (at moment) judged(now item, o store.Outcome, from ...conversation.Delivery) (*edits, error) {
	e, err := at.judgedItem(now, from)
	if err != nil {
		return nil, err
	}
	judge(e, o.Outcome)
	all := newEdits(at)
	all.add(e)
	if o.Record == nil {
		return all, nil
	}
	leaves, err := leavesOf([]conversation.Record{*o.Record})
	if err != nil {
		return nil, err
	}
	switch l := leaves[0]; {
	case l.in != e.key.pk || l.shard != "" || !now.mayBear(l):
		r := *o.Record
		from := fmt.Sprint("outcome ", o.Key, " ", r.Ask, " ", r.Event, " ", r.Nth, " ", r.At.UnixMilli())
		return all, all.note([]conversation.Record{r}, from, nil, "")
	case now.key().inPlace():
		e.bearMore(l)
	default:
		l.texts = append(foreign(now, e.key), l.texts...)
		e.bear(l)
	}
	return all, nil
}

// judgedItem is the edit of a message that is to get another outcome.
func (at moment) judgedItem(now item, from []conversation.Delivery) (*edit, error) {
	if !now.key().inPlace() {
		return at.placed(now)
	}
	e := change(now.key())
	var some []types.AttributeValue
	for _, d := range from {
		some = append(some, text(string(d)))
	}
	e.only(delivery, "@ IN (?"+strings.Repeat(", ?", len(some)-1)+")", some...)
	at.there(e)
	return e, nil
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
