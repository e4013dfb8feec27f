package app

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/store"
)

// mode is what goes wrong at one call of the store, a queue or the provider.
type mode string

const (
	unharmed     mode = "unharmed"
	failsBefore  mode = "A: fails before it takes effect"
	replyLost    mode = "B: takes effect, its reply is lost"
	diesSilent   mode = "C: the process dies after it, before it can answer anybody"
	diesAnswered mode = "C': the process dies after it, just having answered"
)

// call is one call that was made: what it was and whether it changes anything.
type call struct {
	op     string
	writes bool
}

// injector counts the calls of one process, and lets one go wrong. A process
// that died has no calls any more: all fail.
type injector struct {
	mode  mode
	at    int // which call goes wrong, from 1
	count int
	made  []call // while unharmed
	hit   string // the call that went wrong
	dead  bool
}

var errInjected = fault.New(fault.Unavailable, "crash", "injected")

func (in *injector) around(op string, writes bool, do func() error) error {
	if in.dead {
		return errInjected
	}
	in.count++
	if in.mode == unharmed {
		in.made = append(in.made, call{op, writes})
	}
	if in.count != in.at {
		return do()
	}
	in.hit = op
	switch in.mode {
	case failsBefore:
		return errInjected
	case replyLost:
		_ = do() // nobody hears of it
		return errInjected
	default:
		err := do()
		in.dead = true
		return err
	}
}

// asked is around for a call with a result.
func asked[T any](in *injector, op string, writes bool, do func() (T, error)) (T, error) {
	var got T
	err := in.around(op, writes, func() (err error) { got, err = do(); return err })
	if err != nil {
		var none T
		return none, err
	}
	return got, nil
}

const (
	reads  = false
	writes = true
)

// badStore is a store whose calls can go wrong.
type badStore struct {
	in *injector
	store.Store
}

func (s badStore) Receive(ctx context.Context, m store.Incoming) (store.Received, error) {
	return asked(s.in, "Receive", writes, func() (store.Received, error) { return s.Store.Receive(ctx, m) })
}

func (s badStore) Commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	return asked(s.in, "Commit", writes, func() (store.Committed, error) { return s.Store.Commit(ctx, ch) })
}

func (s badStore) Caused(ctx context.Context, id conversation.ID, cause string) (store.Committed, error) {
	return asked(s.in, "Caused", reads, func() (store.Committed, error) { return s.Store.Caused(ctx, id, cause) })
}

func (s badStore) Become(ctx context.Context, id, own conversation.ID, name string) (conversation.Conversation, error) {
	return asked(s.in, "Become", writes, func() (conversation.Conversation, error) { return s.Store.Become(ctx, id, own, name) })
}

func (s badStore) Conversation(ctx context.Context, id conversation.ID) (conversation.Conversation, error) {
	return asked(s.in, "Conversation", reads, func() (conversation.Conversation, error) { return s.Store.Conversation(ctx, id) })
}

func (s badStore) Messages(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error) {
	return asked(s.in, "Messages", reads, func() ([]conversation.Message, error) { return s.Store.Messages(ctx, id, before, limit) })
}

func (s badStore) Message(ctx context.Context, id conversation.ID, key conversation.Key) (conversation.Message, error) {
	return asked(s.in, "Message", reads, func() (conversation.Message, error) { return s.Store.Message(ctx, id, key) })
}

func (s badStore) Undelivered(ctx context.Context, id conversation.ID, limit int) (c conversation.Conversation, all []conversation.Message, err error) {
	err = s.in.around("Undelivered", reads, func() (err error) { c, all, err = s.Store.Undelivered(ctx, id, limit); return err })
	return c, all, err
}

func (s badStore) Outcome(ctx context.Context, o store.Outcome) (bool, error) {
	return asked(s.in, "Outcome", writes, func() (bool, error) { return s.Store.Outcome(ctx, o) })
}

func (s badStore) See(ctx context.Context, id conversation.ID, seen store.Seen) (kept store.Seen, grew bool, err error) {
	err = s.in.around("See", writes, func() (err error) { kept, grew, err = s.Store.See(ctx, id, seen); return err })
	return kept, grew, err
}

func (s badStore) Seen(ctx context.Context, id conversation.ID) (store.Seen, error) {
	return asked(s.in, "Seen", reads, func() (store.Seen, error) { return s.Store.Seen(ctx, id) })
}

func (s badStore) Line(ctx context.Context, lane conversation.Lane, limit int) ([]store.Waiting, error) {
	return asked(s.in, "Line", reads, func() ([]store.Waiting, error) { return s.Store.Line(ctx, lane, limit) })
}

func (s badStore) Position(ctx context.Context, lane conversation.Lane, rank string) (store.Place, error) {
	return asked(s.in, "Position", reads, func() (store.Place, error) { return s.Store.Position(ctx, lane, rank) })
}

func (s badStore) Held(ctx context.Context, agent conversation.AgentID) ([]conversation.Ticket, error) {
	return asked(s.in, "Held", reads, func() ([]conversation.Ticket, error) { return s.Store.Held(ctx, agent) })
}

func (s badStore) Lease(ctx context.Context, agent conversation.AgentID, until time.Time) error {
	return s.in.around("Lease", writes, func() error { return s.Store.Lease(ctx, agent, until) })
}

func (s badStore) Due(ctx context.Context, now time.Time, limit int) ([]store.Work, error) {
	return asked(s.in, "Due", reads, func() ([]store.Work, error) { return s.Store.Due(ctx, now, limit) })
}

func (s badStore) Defer(ctx context.Context, w store.Work, due time.Time) error {
	return s.in.around("Defer", writes, func() error { return s.Store.Defer(ctx, w, due) })
}

func (s badStore) Settle(ctx context.Context, w store.Work) error {
	return s.in.around("Settle", writes, func() error { return s.Store.Settle(ctx, w) })
}

// badQueue is a queue whose calls can go wrong.
type badQueue struct {
	in   *injector
	name string
	queue.Queue
}

func (q badQueue) Publish(ctx context.Context, m queue.Message) error {
	return q.in.around(q.name+".Publish", writes, func() error { return q.Queue.Publish(ctx, m) })
}

func (q badQueue) Receive(ctx context.Context, limit int, wait time.Duration) ([]queue.Lease, error) {
	return asked(q.in, q.name+".Receive", writes, func() ([]queue.Lease, error) { return q.Queue.Receive(ctx, limit, wait) })
}

func (q badQueue) Ack(ctx context.Context, l queue.Lease) error {
	return q.in.around(q.name+".Ack", writes, func() error { return q.Queue.Ack(ctx, l) })
}

func (q badQueue) Release(ctx context.Context, l queue.Lease, after time.Duration) error {
	return q.in.around(q.name+".Release", writes, func() error { return q.Queue.Release(ctx, l, after) })
}

// badProvider is a connector whose provider can go wrong, and that notes what
// reached customers.
type badProvider struct {
	in      *injector
	reached map[conversation.ID][]conversation.Key
	channel.Connector
}

func (p badProvider) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	return asked(p.in, "Send", writes, func() (channel.Sent, error) {
		sent, err := p.Connector.Send(ctx, out)
		if err == nil {
			id := out.Message.Conversation
			p.reached[id] = append(p.reached[id], out.Message.Key)
		}
		return sent, err
	})
}
