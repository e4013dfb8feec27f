package dynamostore

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// The attributes of what a customer's client has seen: an item of its own, so that it
// is in no transaction's way.
const (
	gotTo  = "got"
	readTo = "read"
)

// See is part of store.Store. It reads first: a write that is refused costs twice a read.
func (s *Store) See(ctx context.Context, id conversation.ID, now store.Seen) (grew bool, err error) {
	for { // each turn but the last, another window got further
		before, err := s.Seen(ctx, id)
		if err != nil {
			return false, err
		}
		e := change(seenKey(id))
		for _, k := range []struct {
			attribute   string
			now, before conversation.Key
		}{{gotTo, now.Received, before.Received}, {readTo, now.Read, before.Read}} {
			if k.now > k.before {
				e.only(k.attribute, "attribute_not_exists(@) OR @ < ?", text(string(k.now)))
				e.put(k.attribute, text(string(k.now)))
				grew = true
			}
		}
		if !grew {
			return false, nil
		}
		_, err = s.update(ctx, e, "")
		if _, raced := refused(err); !raced {
			return err == nil, failed("See", err)
		}
		grew = false
	}
}

// Seen is part of store.Store.
func (s *Store) Seen(ctx context.Context, id conversation.ID) (store.Seen, error) {
	found, err := s.get(ctx, seenKey(id))
	if err != nil {
		return store.Seen{}, failed("Seen", err)
	}
	return store.Seen{Received: conversation.Key(found.text(gotTo)), Read: conversation.Key(found.text(readTo))}, nil
}
