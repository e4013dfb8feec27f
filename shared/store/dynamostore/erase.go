package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Erase is part of store.Store. It goes through the partition a page at a time, and
// writes to no item twice: whoever erases again finds what a crash left. What rides goes
// before what is in its place, which is how the causes of the whole store are found.
// An Outcome that is under way at the same moment may put what it read in its place
// again; who erases later erases that.
func (s *Store) Erase(ctx context.Context, id conversation.ID, upTo conversation.Key) error {
	now, err := s.get(ctx, stateKey(id))
	if err == nil && !said(now) {
		err = errUnknownConversation
	}
	if err == nil {
		err = s.erase(ctx, id, upTo, now)
	}
	return failed("Erase", err)
}

func (s *Store) erase(ctx context.Context, id conversation.ID, upTo conversation.Key, now item) error {
	open := slices.DeleteFunc(keysOf(now), func(k conversation.Key) bool { return k > upTo })
	if err := s.eraseCopies(ctx, id, open); err != nil {
		return err
	}
	if err := s.eraseRiders(ctx, id, upTo); err != nil {
		return err
	}
	if err := s.eraseMessages(ctx, id, upTo); err != nil {
		return err
	}
	if err := s.eraseFetches(ctx, id, upTo); err != nil {
		return err
	}
	if err := s.eraseDelivery(ctx, id, open, now); err != nil {
		return err
	}
	return s.erasePerson(ctx, id, upTo, now)
}

// eraseRiders takes the messages off the causes of a conversation.
func (s *Store) eraseRiders(ctx context.Context, id conversation.ID, upTo conversation.Key) error {
	q := prefixed("", partition, ofConversation+string(id), order, cause)
	q.FilterExpression = aws.String("#rides <= :upto")
	q.ExpressionAttributeNames["#rides"] = rides
	q.ExpressionAttributeValues[":upto"] = text(string(upTo))
	return s.pages(ctx, q, func(page []item) error { return atOnce(page, func(i item) error { return s.bare(ctx, i) }) })
}

// eraseCopies takes messages off the causes of the whole store, and keeps in the
// conversation what these bear of its records.
func (s *Store) eraseCopies(ctx context.Context, id conversation.ID, keys []conversation.Key) error {
	var places []key
	for _, k := range keys {
		places = append(places, onCause("", k)...)
	}
	found, err := s.all(ctx, places)
	if err != nil {
		return err
	}
	for _, k := range keys {
		for _, place := range onCause("", k) {
			i := found[place]
			if !i.isMessage(id, k) {
				continue
			}
			if records := foreign(i, messageKey(id, k)); len(records) > 0 {
				if err := s.keepRecords(ctx, messageKey(id, k), item{recorded: i[recorded], TTL: i[TTL]}); err != nil {
					return err
				}
			}
			if err := s.bare(ctx, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// bare makes a cause bear no message any more.
func (s *Store) bare(ctx context.Context, cause item) error {
	e := change(cause.key())
	e.only(rides, "@ = ?", cause[rides])
	e.remove(rides)
	e.remove(messageAttributes...)
	_, err := s.update(ctx, e, "")
	if _, was := refused(err); was {
		return nil
	}
	return err
}

// eraseMessages removes what is in its place, with the marks.
func (s *Store) eraseMessages(ctx context.Context, id conversation.ID, upTo conversation.Key) error {
	q := within("", partition, ofConversation+string(id), order, text(message), text(cut(message+string(upTo))))
	return s.pages(ctx, q, func(page []item) error {
		var ours []conversation.Key
		for _, i := range page {
			if _, k := nameOf(i); k.CauseDigest() != "" {
				ours = append(ours, k)
			}
		}
		if err := s.eraseCopies(ctx, id, ours); err != nil {
			return err
		}
		return atOnce(page, func(i item) error { return s.eraseMessage(ctx, i) })
	})
}

// eraseMessage removes a message. The records that it bears get an item of their own first.
func (s *Store) eraseMessage(ctx context.Context, now item) error {
	for range tries {
		e := change(now.key())
		if records := now[recorded]; records != nil {
			if err := s.keepRecords(ctx, now.key(), now); err != nil {
				return err
			}
			e.only(recorded, "@ = ?", records)
		} else {
			e.only(recorded, "attribute_not_exists(@)")
		}
		err := s.delete(ctx, e)
		newer, was := refused(err)
		if !was {
			return err
		}
		if newer == nil {
			return nil
		}
		now = newer // an Outcome told something meanwhile
	}
	return errBusy
}

// keepRecords puts the records that are on one item on one of their own, which is named
// after them: to keep them twice changes nothing.
func (s *Store) keepRecords(ctx context.Context, of key, on item) error {
	e := change(key{of.pk, fmt.Sprintf("%s%s#0", record, digest(fmt.Sprint("erased ", of.sk, recordsOn(on))))})
	for _, attribute := range []string{recorded, dayShard, dayAt, TTL} {
		if on[attribute] != nil {
			e.put(attribute, on[attribute])
		}
	}
	_, err := s.update(ctx, e, "")
	return err
}

// eraseFetches removes the work for media that nobody will look at.
func (s *Store) eraseFetches(ctx context.Context, id conversation.ID, upTo conversation.Key) error {
	q := prefixed("", partition, ofConversation+string(id), order, fetches)
	return s.pages(ctx, q, func(page []item) error {
		return atOnce(page, func(i item) error {
			if workOf(i).Key > upTo {
				return nil
			}
			return s.delete(ctx, change(i.key()))
		})
	})
}

// eraseDelivery takes off what will not be delivered, and the work where nothing else will.
func (s *Store) eraseDelivery(ctx context.Context, id conversation.ID, open []conversation.Key, now item) error {
	for _, k := range open {
		if _, err := s.takeOff(ctx, id, k); err != nil {
			return err
		}
	}
	if len(open) == 0 && now.has(workDue) && !now.has(undelivered) {
		_, err := s.dropDelivery(ctx, id, now.int(workDue))
		return err
	}
	return nil
}

// erasePerson forgets who it was, unless they have written since.
func (s *Store) erasePerson(ctx context.Context, id conversation.ID, upTo conversation.Key, now item) error {
	of := peerOf(now)
	of.User, of.Thread = "", ""
	e := change(stateKey(id))
	e.only(lastIn, "@ <= ?", text(string(upTo)))
	e.put(peer, text(peerText(of)))
	e.remove(name, noteKey, noteID, notePlace)
	_, err := s.update(ctx, e, "")
	if _, wrote := refused(err); wrote {
		return nil
	}
	if err != nil {
		return err
	}
	return s.delete(ctx, change(seenKey(id)))
}

// pages calls do with every page of what a query finds.
func (s *Store) pages(ctx context.Context, q dynamodb.QueryInput, do func([]item) error) error {
	for {
		p, err := s.query(ctx, q)
		if err != nil {
			return err
		}
		if err := do(p.items); err != nil {
			return err
		}
		if q.ExclusiveStartKey = p.next; p.next == nil {
			return nil
		}
	}
}

// writesAtOnce is how many items are erased at a time.
const writesAtOnce = 16

// atOnce does something to many items, a few at a time, and returns every error.
func atOnce(items []item, do func(item) error) error {
	for len(items) > 0 {
		some := items[:min(len(items), writesAtOnce)]
		items = items[len(some):]
		errs := make([]error, len(some))
		var all sync.WaitGroup
		for n, i := range some {
			all.Go(func() { errs[n] = do(i) })
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}
