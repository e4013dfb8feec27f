package storetest

import (
	"context"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

func sameName(a, b store.Work) bool {
	return a.Kind == b.Kind && a.Conversation == b.Conversation && a.Key == b.Key && a.Agent == b.Agent
}

func (m *model) put(w store.Work) {
	m.drop(func(o store.Work) bool { return sameName(o, w) })
	m.work = append(m.work, w)
}

func (m *model) drop(which func(store.Work) bool) { m.work = slices.DeleteFunc(m.work, which) }

// known returns the work that has w's name, and whether there is any.
func (m *model) known(w store.Work) (store.Work, bool) {
	i := slices.IndexFunc(m.work, func(o store.Work) bool { return sameName(o, w) })
	if i < 0 {
		return store.Work{}, false
	}
	return m.work[i], true
}

func (m *model) Lease(ctx context.Context, agent conversation.AgentID, until time.Time) error {
	if err := m.enter(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	w := store.Work{Kind: store.Lapse, Agent: agent, Due: until}
	if until.IsZero() {
		w.Due = time.Unix(0, 0).UTC()
	} else if old, there := m.known(w); there && !until.After(old.Due) {
		return nil
	}
	m.put(w)
	return nil
}

func (m *model) Due(ctx context.Context, now time.Time, limit int) ([]store.Work, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var due []store.Work
	for _, w := range m.work {
		if !w.Due.After(now) {
			due = append(due, w)
		}
	}
	slices.SortStableFunc(due, func(a, b store.Work) int { return a.Due.Compare(b.Due) })
	return first(due, limit), nil
}

func (m *model) Defer(ctx context.Context, w store.Work, due time.Time) error {
	if err := m.enter(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if old, there := m.known(w); there {
		if !w.Due.IsZero() && !w.Due.Equal(old.Due) {
			return fault.New(fault.Conflict, "model", "renewed")
		}
		w.Attempts = old.Attempts
	}
	w.Attempts++
	w.Due = due
	m.put(w)
	if w.Kind == store.Deliver {
		m.dropDelivered(w.Conversation)
	}
	return nil
}

func (m *model) Settle(ctx context.Context, w store.Work) error {
	if err := m.enter(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	if old, there := m.known(w); there && !old.Due.Equal(w.Due) {
		return fault.New(fault.Conflict, "model", "renewed")
	}
	m.drop(func(o store.Work) bool { return sameName(o, w) })
	return nil
}

func (m *model) Ledger(ctx context.Context, ask conversation.TicketID) ([]conversation.Record, error) {
	return m.listed(ctx, func(r conversation.Record) bool { return r.Ask == ask })
}

func (m *model) Records(ctx context.Context, day time.Time) ([]conversation.Record, error) {
	const date = time.DateOnly
	return m.listed(ctx, func(r conversation.Record) bool {
		return r.At.UTC().Format(date) == day.UTC().Format(date)
	})
}

func (m *model) listed(ctx context.Context, fits func(conversation.Record) bool) ([]conversation.Record, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var all []conversation.Record
	for _, r := range m.records {
		if fits(r) {
			all = append(all, r)
		}
	}
	return conversation.Ledger(all), nil
}
