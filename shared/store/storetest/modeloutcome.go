package storetest

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

func (m *model) Outcome(ctx context.Context, o store.Outcome) (more bool, err error) {
	if err := m.enter(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	one, there := m.said[o.Conversation][o.Key]
	if !there || one.Outcome.Delivery == "" {
		return false, fault.New(fault.NotFound, "model", "never said")
	}
	if !one.Outcome.Final() {
		one.Outcome = o.Outcome
		m.said[o.Conversation][o.Key] = one
		if o.Record != nil {
			m.records = append(m.records, *o.Record)
		}
	}
	m.dropDelivered(o.Conversation)
	return len(m.chosen(o.Conversation, undelivered)) > 0, nil
}

func (m *model) Report(ctx context.Context, o store.Outcome) (changed bool, err error) {
	if err := m.enter(ctx); err != nil {
		return false, err
	}
	defer m.mu.Unlock()
	one, there := m.said[o.Conversation][o.Key]
	if !there || one.Outcome.Delivery == "" {
		return false, fault.New(fault.NotFound, "model", "never said")
	}
	if one.Outcome, changed = one.Outcome.Reported(o.Outcome); changed {
		m.said[o.Conversation][o.Key] = kept(one)
		if o.Record != nil {
			m.records = append(m.records, *o.Record)
		}
		m.dropDelivered(o.Conversation)
	}
	return changed, nil
}

// dropDelivered removes the Deliver work of a conversation with nothing undelivered.
func (m *model) dropDelivered(id conversation.ID) {
	if len(m.chosen(id, undelivered)) == 0 {
		m.drop(func(w store.Work) bool { return w.Kind == store.Deliver && w.Conversation == id })
	}
}
