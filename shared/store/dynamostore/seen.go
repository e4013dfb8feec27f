package dynamostore

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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
func (s *Store) See(ctx context.Context, id conversation.ID, now store.Seen) (kept store.Seen, grew bool, err error) {
	for { // each turn but the last, another window got further
		before, err := s.Seen(ctx, id)
		if err != nil {
			return store.Seen{}, false, err
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
			return before, false, nil
		}
		after, err := s.update(ctx, e, types.ReturnValueAllNew)
		if _, raced := refused(err); !raced {
			return seenOf(after), err == nil, failed("See", err)
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
	return seenOf(found), nil
}

func seenOf(i item) store.Seen {
	return store.Seen{Received: conversation.Key(i.text(gotTo)), Read: conversation.Key(i.text(readTo))}
}
