package dynamostore

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Arrive is part of store.Store. A message that rides is put in its place.
func (s *Store) Arrive(ctx context.Context, id conversation.ID, k conversation.Key, now []conversation.Part) (conversation.Message, error) {
	m, err := s.arrive(ctx, id, k, now)
	if err != nil {
		return conversation.Message{}, failed("Arrive", err)
	}
	return m, nil
}

func (s *Store) arrive(ctx context.Context, id conversation.ID, k conversation.Key, now []conversation.Part) (conversation.Message, error) {
	at := s.moment()
	for range tries {
		found, err := s.whereabouts(ctx, id, []conversation.Key{k})
		if err != nil {
			return conversation.Message{}, err
		}
		if found[k] == nil {
			return conversation.Message{}, errUnknownMessage
		}
		m := messageOf(found[k])
		if !m.Awaited() {
			return m, nil
		}
		e, err := at.arrived(found[k])
		if err != nil {
			return conversation.Message{}, err
		}
		if err := e.content(now); err != nil {
			return conversation.Message{}, err
		}
		if err := e.fits(); err != nil {
			return conversation.Message{}, err
		}
		m.Parts = now
		_, err = s.update(ctx, e, "")
		if _, was := refused(err); !was {
			return m, err
		}
	}
	return conversation.Message{}, errBusy
}

// arrived is the edit of a message whose media are awaited. What it is awaited by says
// that nobody was there before.
func (at moment) arrived(now item) (*edit, error) {
	if !now.key().inPlace() {
		return at.placed(now)
	}
	e := change(now.key())
	e.only(parts, "@ = ?", now[parts])
	at.there(e)
	return e, nil
}
