package storetest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// model is the contract in memory, as plainly as it can be said: everything is
// searched for, nothing is fast. Engines are compared with it.
type model struct {
	mu      sync.Mutex
	now     func() time.Time
	state   map[conversation.ID]conversation.Conversation
	said    map[conversation.ID]map[conversation.Key]conversation.Message
	causes  map[conversation.ID]map[string]caused // those of the whole store under ""
	seen    map[conversation.ID]store.Seen
	turns   map[string]time.Time
	records []conversation.Record
	work    []store.Work
}

// caused is what a cause led to.
type caused struct {
	in   conversation.ID
	keys []conversation.Key
}

var _ store.Store = (*model)(nil)

func newModel(now func() time.Time) *model {
	return &model{
		now:    now,
		state:  map[conversation.ID]conversation.Conversation{},
		said:   map[conversation.ID]map[conversation.Key]conversation.Message{},
		causes: map[conversation.ID]map[string]caused{"": {}},
		seen:   map[conversation.ID]store.Seen{},
		turns:  map[string]time.Time{},
	}
}

// enter locks the model, unless the call is over.
func (m *model) enter(ctx context.Context) error {
	if err := ctx.Err(); errors.Is(err, context.DeadlineExceeded) {
		return fault.New(fault.DeadlineExceeded, "model", "too late")
	} else if err != nil {
		return fault.New(fault.Unavailable, "model", "cancelled")
	}
	m.mu.Lock()
	return nil
}

func (m *model) Receive(ctx context.Context, in store.Incoming) (store.Received, error) {
	if err := m.enter(ctx); err != nil {
		return store.Received{}, err
	}
	defer m.mu.Unlock()
	id, key := in.Message.Conversation, in.Message.Key
	c, known := m.state[id]
	if !known {
		c = conversation.New(id, in.Peer)
		m.said[id] = map[conversation.Key]conversation.Message{}
		m.causes[id] = map[string]caused{}
	}
	stored, repeat := m.said[id][key]
	if !repeat {
		stored = kept(in.Message)
		stored.Outcome = conversation.Outcome{}
		m.said[id][key] = stored
		if stored.Received.After(c.LastHeard) {
			c.LastHeard = stored.Received
		}
		if !in.Mark.IsZero() {
			m.put(store.Work{Kind: store.Decide, Conversation: id, Key: key, Due: in.Mark})
		}
	}
	if key > c.LastIn || !repeat {
		c.Allowance = c.Allowance.After(key, in.Grant)
	}
	if key > c.LastIn {
		c.Peer, c.LastIn = in.Peer, key
	}
	c.Name = cmp.Or(in.Name, c.Name)
	m.state[id] = c
	return store.Received{Conversation: m.told(c), Message: stored, Repeat: repeat}, nil
}

// kept is a message as it is stored: times in UTC, to the millisecond.
func kept(m conversation.Message) conversation.Message {
	m.Received = time.UnixMilli(m.Received.UnixMilli()).UTC()
	if !m.Outcome.At.IsZero() {
		m.Outcome.At = time.UnixMilli(m.Outcome.At.UnixMilli()).UTC()
	}
	return m
}

func (m *model) Become(ctx context.Context, id, own conversation.ID, name string) (conversation.Conversation, error) {
	if err := m.enter(ctx); err != nil {
		return conversation.Conversation{}, err
	}
	defer m.mu.Unlock()
	c, known := m.state[id]
	if !known {
		return c, fault.New(fault.NotFound, "model", "never said")
	}
	if c.Became == "" || c.Became == own {
		c.Became, c.Name = own, cmp.Or(name, c.Name)
		m.state[id] = c
	}
	return m.told(c), nil
}

func (m *model) Commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	if err := m.enter(ctx); err != nil {
		return store.Committed{}, err
	}
	defer m.mu.Unlock()
	id := ch.Next.ID
	c, known := m.state[id]
	if !known {
		return store.Committed{}, fault.New(fault.NotFound, "model", "never said")
	}
	causes := m.causes[id]
	if ch.Once {
		causes = m.causes[""]
	}
	before, spent := causes[ch.Cause]
	if spent && before.in == id {
		return store.Committed{Conversation: m.told(c), Messages: m.those(id, before.keys), Repeat: true}, nil
	}
	if spent || c.Epoch != ch.Epoch || !ch.Seen.IsZero() && c.LastHeard.After(ch.Seen) {
		return store.Committed{}, fault.New(fault.Conflict, "model", "moved on")
	}
	ch.Next.Peer, ch.Next.Name, ch.Next.Became = c.Peer, c.Name, c.Became
	ch.Next.LastIn, ch.Next.LastHeard, ch.Next.LastOut = c.LastIn, c.LastHeard, max(c.LastOut, ch.Next.LastOut)
	ch.Next.Allowance, ch.Next.Note, ch.Next.Consent = c.Allowance, c.Note, c.Consent
	m.state[id] = ch.Next
	keys := []conversation.Key{}
	for _, own := range ch.Messages {
		if _, there := m.said[id][own.Key]; !there {
			m.said[id][own.Key] = kept(own)
		}
		keys = append(keys, own.Key)
	}
	causes[ch.Cause] = caused{id, keys}
	m.records = append(m.records, ch.Records...)
	m.drop(func(w store.Work) bool {
		return w.Kind == store.Decide && w.Conversation == id && w.Key == ch.Settles
	})
	for _, w := range ch.Work {
		m.put(w)
	}
	return store.Committed{Conversation: m.told(ch.Next), Messages: m.those(id, keys)}, nil
}

func (m *model) Caused(ctx context.Context, id conversation.ID, cause string) (store.Committed, error) {
	if err := m.enter(ctx); err != nil {
		return store.Committed{}, err
	}
	defer m.mu.Unlock()
	was, there := m.causes[id][cause]
	if !there {
		return store.Committed{}, fault.New(fault.NotFound, "model", "never committed")
	}
	return store.Committed{Conversation: m.told(m.state[was.in]), Messages: m.those(was.in, was.keys), Repeat: true}, nil
}

func (m *model) those(id conversation.ID, keys []conversation.Key) []conversation.Message {
	var all []conversation.Message
	for _, key := range keys {
		if one, there := m.said[id][key]; there {
			all = append(all, one)
		}
	}
	return all
}

func (m *model) Conversation(ctx context.Context, id conversation.ID) (conversation.Conversation, error) {
	if err := m.enter(ctx); err != nil {
		return conversation.Conversation{}, err
	}
	defer m.mu.Unlock()
	c, known := m.state[id]
	if !known {
		return c, fault.New(fault.NotFound, "model", "never said")
	}
	return m.told(c), nil
}

// told is a state as it is read.
func (m *model) told(c conversation.Conversation) conversation.Conversation {
	c.Undelivered = len(m.chosen(c.ID, undelivered)) > 0
	return c
}

// chosen returns a conversation's messages that fit, in key order.
func (m *model) chosen(id conversation.ID, fits func(conversation.Message) bool) []conversation.Message {
	var all []conversation.Message
	for _, one := range m.said[id] {
		if fits(one) {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b conversation.Message) int { return cmp.Compare(a.Key, b.Key) })
	return all
}

func (m *model) Messages(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	all := m.chosen(id, func(one conversation.Message) bool { return before == "" || one.Key < before })
	return all[len(all)-min(len(all), max(limit, 0)):], nil
}

func (m *model) Message(ctx context.Context, id conversation.ID, key conversation.Key) (conversation.Message, error) {
	if err := m.enter(ctx); err != nil {
		return conversation.Message{}, err
	}
	defer m.mu.Unlock()
	one, there := m.said[id][key]
	if !there {
		return one, fault.New(fault.NotFound, "model", "never said")
	}
	return one, nil
}

func undelivered(one conversation.Message) bool {
	return one.Outcome.Delivery != "" && !one.Outcome.Final()
}

func (m *model) Undelivered(ctx context.Context, id conversation.ID, limit int) (conversation.Conversation, []conversation.Message, error) {
	if err := m.enter(ctx); err != nil {
		return conversation.Conversation{}, nil, err
	}
	defer m.mu.Unlock()
	c, known := m.state[id]
	if !known {
		return c, nil, fault.New(fault.NotFound, "model", "never said")
	}
	return m.told(c), first(m.chosen(id, undelivered), limit), nil
}

func first[T any](all []T, limit int) []T { return all[:min(len(all), max(limit, 0))] }

func (m *model) See(ctx context.Context, id conversation.ID, s store.Seen) (kept store.Seen, grew bool, err error) {
	if err := m.enter(ctx); err != nil {
		return store.Seen{}, false, err
	}
	defer m.mu.Unlock()
	before := m.seen[id]
	now := store.Seen{Received: max(before.Received, s.Received), Read: max(before.Read, s.Read)}
	m.seen[id] = now
	return now, now != before, nil
}

func (m *model) Seen(ctx context.Context, id conversation.ID) (store.Seen, error) {
	if err := m.enter(ctx); err != nil {
		return store.Seen{}, err
	}
	defer m.mu.Unlock()
	return m.seen[id], nil
}

// tickets returns the latest tickets that fit.
func (m *model) tickets(fits func(conversation.Ticket) bool) []conversation.Ticket {
	var all []conversation.Ticket
	for _, c := range m.state {
		if fits(c.Ticket) {
			all = append(all, c.Ticket)
		}
	}
	return all
}

func (m *model) Line(ctx context.Context, lane conversation.Lane, limit int) ([]store.Waiting, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	var line []store.Waiting
	for _, t := range m.tickets(func(t conversation.Ticket) bool {
		return t.Status == conversation.TicketWaiting && t.Lane == lane
	}) {
		line = append(line, waitingOf(m.state[t.ID.Conversation()]))
	}
	slices.SortFunc(line, func(a, b store.Waiting) int { return cmp.Compare(a.Rank, b.Rank) })
	return first(line, limit), nil
}

func (m *model) Position(ctx context.Context, lane conversation.Lane, rank string) (store.Place, error) {
	if err := m.enter(ctx); err != nil {
		return store.Place{}, err
	}
	defer m.mu.Unlock()
	before := m.tickets(func(t conversation.Ticket) bool {
		return t.Status == conversation.TicketWaiting && t.Lane == lane && t.Rank() < rank
	})
	place := store.Place{Ahead: len(before), Exact: true}
	var claims []time.Time
	now := m.now()
	for _, r := range conversation.Ledger(slices.Clone(m.records)) {
		if r.Event == conversation.RecordClaimed && r.Lane == lane && !r.At.After(now) && now.Sub(r.At) < time.Hour && m.lasted(r) {
			claims = append(claims, r.At)
		}
	}
	if len(claims) >= 3 && m.staffed(now) {
		slices.SortFunc(claims, func(a, b time.Time) int { return b.Compare(a) })
		claims = first(claims, 20)
		place.Every = now.Sub(claims[len(claims)-1]) / time.Duration(len(claims)-1)
	}
	return place, nil
}

func (m *model) Survey(ctx context.Context, _ conversation.Lane) error {
	if err := m.enter(ctx); err != nil {
		return err
	}
	m.mu.Unlock()
	return nil
}

// lasted reports whether a claim's ticket did not go back in line.
func (m *model) lasted(claim conversation.Record) bool {
	return !slices.ContainsFunc(m.records, func(r conversation.Record) bool {
		return r.Event == conversation.RecordBackInLine && r.Ask == claim.Ask && r.Nth == claim.Nth
	})
}

// staffed reports whether any agent has a lease.
func (m *model) staffed(now time.Time) bool {
	return slices.ContainsFunc(m.work, func(w store.Work) bool { return w.Kind == store.Lapse && w.Due.After(now) })
}

func (m *model) Held(ctx context.Context, agent conversation.AgentID) ([]conversation.Ticket, error) {
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	held := m.tickets(func(t conversation.Ticket) bool {
		return t.Status == conversation.TicketClaimed && t.Assignee == agent
	})
	slices.SortFunc(held, func(a, b conversation.Ticket) int {
		return cmpAll(a.AskedAt.Compare(b.AskedAt), strings.Compare(string(a.ID), string(b.ID)))
	})
	return held, nil
}
