package dynamostore

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
)

// rides is, on a cause, the key of the message that it bears. Every item of a
// transaction costs twice, and so the first message that is to be delivered is
// stored on the item of its cause, which its key names. Outcome puts it in its
// place among the messages, together with the records of its conversation, as soon
// as anything is known of its delivery. What the cause bears stays there and is no
// longer looked at: what is in its place counts.
const rides = "rides"

// mostRiding is how large a message may be that rides: a cause has more to bear.
const mostRiding = maxItem / 4

// inPlace reports whether an item is a message in its place.
func (k key) inPlace() bool { return strings.HasPrefix(k.sk, message) }

// nameOf is whose message an item is or bears, and its key.
func nameOf(i item) (conversation.ID, conversation.Key) {
	k := i.key()
	id := strings.TrimPrefix(k.pk, ofConversation)
	switch {
	case k.inPlace():
		return conversation.ID(id), conversation.Key(strings.TrimPrefix(k.sk, message))
	case i.has(causeIn):
		id = i.text(causeIn)
	}
	return conversation.ID(id), conversation.Key(i.text(rides))
}

// isMessage reports whether an item is a certain message, or bears it: a cause may
// bear another one of its own.
func (i item) isMessage(id conversation.ID, k conversation.Key) bool {
	if !i.has(author) {
		return false
	}
	of, is := nameOf(i)
	return of == id && is == k
}

// whereabouts returns the messages of a conversation that exist, wherever they are.
func (s *Store) whereabouts(ctx context.Context, id conversation.ID, keys []conversation.Key) (map[conversation.Key]item, error) {
	return s.look(ctx, id, keys, func(k conversation.Key) []key { return append([]key{messageKey(id, k)}, onCause(id, k)...) })
}

// riding returns what rides of a conversation's undelivered messages, of the newest
// with keys before one as many as are wanted. Of what was committed by then nobody
// misses any who reads what is in its place afterwards, and takes that where there are two.
func (s *Store) riding(ctx context.Context, id conversation.ID, before conversation.Key, limit int) (map[conversation.Key]item, error) {
	keys, err := s.undelivered(ctx, id)
	if err != nil {
		return nil, err
	}
	if before != "" {
		keys = slices.DeleteFunc(keys, func(k conversation.Key) bool { return k >= before })
	}
	keys = keys[max(len(keys)-max(limit, 0), 0):]
	return s.look(ctx, id, keys, func(k conversation.Key) []key { return onCause(id, k) })
}

// ridingApart is riding, of the causes that are in no conversation.
func (s *Store) ridingApart(ctx context.Context, id conversation.ID) (map[conversation.Key]item, error) {
	keys, err := s.undelivered(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.look(ctx, id, keys, func(conversation.Key) []key { return nil })
}

// onCause is where a message of a conversation rides, by the cause that its key names;
// an id of "" is for a cause of the whole store.
func onCause(id conversation.ID, k conversation.Key) []key {
	if named := k.CauseDigest(); named != "" {
		return []key{causeKey(id, named)}
	}
	return nil
}

// look returns the messages that are at one of the places of each, the first of which
// counts; those that are at none, from the causes of the whole store, where few are.
func (s *Store) look(
	ctx context.Context, id conversation.ID, keys []conversation.Key, places func(conversation.Key) []key,
) (map[conversation.Key]item, error) {
	found := make(map[conversation.Key]item, len(keys))
	far := func(k conversation.Key) []key { return onCause("", k) }
	for _, at := range []func(conversation.Key) []key{places, far} {
		left := slices.DeleteFunc(slices.Clone(keys), func(k conversation.Key) bool { return len(k) > maxKey || found[k] != nil })
		var wanted []key
		for _, k := range left {
			wanted = append(wanted, at(k)...)
		}
		items, err := s.all(ctx, wanted)
		if err != nil {
			return nil, err
		}
		for _, k := range left {
			for _, place := range at(k) {
				if i := items[place]; found[k] == nil && i.isMessage(id, k) {
					found[k] = i
				}
			}
		}
	}
	return found, nil
}

// undelivered returns the keys that a conversation has as undelivered, in order.
func (s *Store) undelivered(ctx context.Context, id conversation.ID) ([]conversation.Key, error) {
	now, err := s.get(ctx, stateKey(id))
	return keysOf(now), err
}

// keysOf is what is undelivered in a conversation's state.
func keysOf(state item) []conversation.Key {
	var keys []conversation.Key
	for _, k := range state.set(undelivered) {
		keys = append(keys, conversation.Key(k))
	}
	return keys
}

// placed is the edit that puts a message that rides in its place, unless it is there
// already, and the records that its conversation could not read otherwise. It is
// forgotten when it would have been.
func (at moment) placed(rider item) (*edit, error) {
	e, err := at.say(messageOf(rider))
	if err != nil {
		return nil, err
	}
	e.remove(TTL)
	if rider.has(TTL) {
		e.put(TTL, rider[TTL])
	}
	if records := foreign(rider, e.key); len(records) > 0 {
		e.put(recorded, &types.AttributeValueMemberL{Value: records})
	}
	return e, nil
}

// foreign is what a cause that is in no conversation bears of records. Those of any
// other the conversation reads where they are.
func foreign(rider item, place key) []types.AttributeValue {
	list, ok := rider[recorded].(*types.AttributeValueMemberL)
	if !ok || rider.key().pk == place.pk {
		return nil
	}
	return slices.Clone(list.Value)
}
