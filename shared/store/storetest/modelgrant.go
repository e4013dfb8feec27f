package storetest

import (
	"context"
	"maps"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

func (m *model) Spend(ctx context.Context, id conversation.ID, granted conversation.Key, n int) (conversation.Allowance, error) {
	if err := m.enter(ctx); err != nil {
		return conversation.Allowance{}, err
	}
	defer m.mu.Unlock()
	c, known := m.state[id]
	switch {
	case !known:
		return conversation.Allowance{}, fault.New(fault.NotFound, "model", "never said")
	case granted == "" || c.Allowance.Granted != granted || c.Allowance.Left < n:
		return conversation.Allowance{}, fault.New(fault.Conflict, "model", "not granted")
	}
	c.Allowance.Left -= n
	m.state[id] = c
	return c.Allowance, nil
}

func (m *model) Arrive(ctx context.Context, id conversation.ID, key conversation.Key, parts []conversation.Part) (conversation.Message, error) {
	if err := m.enter(ctx); err != nil {
		return conversation.Message{}, err
	}
	defer m.mu.Unlock()
	one, there := m.said[id][key]
	if !there {
		return one, fault.New(fault.NotFound, "model", "never said")
	}
	if one.Awaited() {
		one.Parts = parts
		m.said[id][key] = one
	}
	return one, nil
}

func (m *model) Erase(ctx context.Context, id conversation.ID, upTo conversation.Key) error {
	if err := m.enter(ctx); err != nil {
		return err
	}
	defer m.mu.Unlock()
	c, known := m.state[id]
	if !known {
		return fault.New(fault.NotFound, "model", "never said")
	}
	maps.DeleteFunc(m.said[id], func(key conversation.Key, _ conversation.Message) bool { return key <= upTo })
	m.drop(func(w store.Work) bool {
		return (w.Kind == store.Decide || w.Kind == store.Fetch) && w.Conversation == id && w.Key <= upTo
	})
	m.dropDelivered(id)
	if c.LastIn <= upTo {
		c.Name, c.Peer.User, c.Peer.Thread, c.Note = "", "", "", conversation.Note{}
		m.state[id] = c
		delete(m.seen, id)
	}
	return nil
}
