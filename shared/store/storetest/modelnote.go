package storetest

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func (m *model) PutNote(ctx context.Context, id conversation.ID, n conversation.Note) error {
	if err := m.enter(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	c, known := m.state[id]
	if !known {
		return fault.New(fault.NotFound, "model", "never said")
	}
	if n.Key >= c.Note.Key {
		c.Note = n
		m.state[id] = c
	}
	return nil
}

func (m *model) PutConsent(ctx context.Context, id conversation.ID, said conversation.Consent) error {
	if err := m.enter(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	c, known := m.state[id]
	if !known {
		return fault.New(fault.NotFound, "model", "never said")
	}
	if said.Key >= c.Consent.Key {
		c.Consent = said
		m.state[id] = c
	}
	return nil
}

func (m *model) Turn(ctx context.Context, scope string, from, until time.Time) (time.Time, error) {
	if err := m.enter(ctx); err != nil {
		return time.Time{}, err
	}
	defer m.mu.Unlock()
	from, until = from.UTC().Truncate(time.Millisecond), until.UTC().Truncate(time.Millisecond)
	if taken := m.turns[scope]; taken.After(from) {
		return taken, nil
	}
	m.turns[scope] = until
	return from, nil
}
