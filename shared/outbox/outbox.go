// Package outbox commits decisions and rings what follows from them: the permit
// in the transfer queue, the doorbell of a delivery, the news for whoever is
// looking. What must follow is written with the decision itself, as due work; so
// a bell that could not be rung is rung by the clock.
package outbox

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/transfer"
)

// Grace is how long the clock waits before it does what should have been done
// in the call that committed it.
const Grace = 30 * time.Second

// Options are what an Outbox needs; all are required, though there may be no channel:
// where all are switched off, what waits is still served.
type Options struct {
	Store     store.Store
	Transfers map[conversation.Lane]queue.Queue // permits, by lane
	Outbound  map[string]queue.Queue            // doorbells, by channel
	MaxText   map[string]int                    // characters of one message, by channel
	Audience  Audience

	// Later are queues that hold each message back for a second or so before Later's handler
	// gets it, by channel, where Outbound's do not keep a message's Due themselves: an
	// ordered queue of SQS hands everything out at once to a function.
	Later map[string]queue.Queue

	Now func() time.Time
	Log *slog.Logger
}

// Outbox is the one way to commit a decision.
type Outbox struct{ o Options }

// New makes an Outbox; fault.Config if something is missing.
func New(o Options) (*Outbox, error) {
	if o.Store == nil || o.Audience == nil || o.Now == nil || o.Log == nil ||
		o.Transfers[conversation.Front] == nil || len(o.MaxText) != len(o.Outbound) {
		return nil, fault.New(fault.Config, "outbox.New", "a part of the outbox is missing")
	}
	return &Outbox{o}, nil
}

// Commit commits a change taken at the state before and rings what follows. An
// error means that nothing is known to be committed; bells that fail are no error.
func (b *Outbox) Commit(ctx context.Context, before conversation.Conversation, ch store.Change) (store.Committed, error) {
	now := b.o.Now()
	ch.Epoch = before.Epoch
	joins := ch.Next.Status == conversation.Waiting && before.Status != conversation.Waiting
	if joins {
		ch.Work = append(ch.Work, ringWork(ch.Next, now))
		ch.Records = append(ch.Records, queuedRecord(ch.Next.Ticket, now))
	}
	for _, m := range ch.Messages {
		ch.Next.LastOut = max(ch.Next.LastOut, m.Key)
	}
	if undelivered(ch.Messages) {
		ch.Work = append(ch.Work, store.Work{Kind: store.Deliver, Conversation: before.ID, Due: now.Add(Grace)})
	}
	done, err := b.o.Store.Commit(ctx, ch)
	if err != nil {
		return done, err
	}
	if joins && !done.Repeat {
		b.logged(ctx, "permit", before.ID, b.permit(ctx, ch.Next, ringWork(ch.Next, now)))
	}
	if slices.ContainsFunc(done.Messages, rings) {
		b.logged(ctx, "doorbell", before.ID, b.Doorbell(ctx, before.Peer.Channel, before.ID))
	}
	b.news(ctx, before, ch.Next, done)
	return done, nil
}

func undelivered(messages []conversation.Message) bool {
	return slices.ContainsFunc(messages, func(m conversation.Message) bool { return m.Outcome.Open() })
}

// rings reports whether a message is to go out now. What is being said in the answer to
// the customer's own call is not, unless that comes to nothing: the clock rings then.
func rings(m conversation.Message) bool {
	return m.Outcome.Open() && !(m.Outcome.Inline && m.Outcome.Delivery == conversation.Attempting)
}

func ringWork(c conversation.Conversation, now time.Time) store.Work {
	return store.Work{Kind: store.Ring, Conversation: c.ID, Key: c.Ticket.ID.AskKey(), Due: now.Add(Grace).Truncate(time.Millisecond)}
}

func queuedRecord(t conversation.Ticket, now time.Time) conversation.Record {
	return conversation.Record{Ask: t.ID, Event: conversation.RecordQueued, Nth: t.Returns, Lane: t.Lane, At: now}
}

// news tells the audience what a commit changed.
func (b *Outbox) news(ctx context.Context, before, next conversation.Conversation, done store.Committed) {
	n := Of(done.Conversation)
	n.Moved = next.Epoch != before.Epoch
	if n.Moved && (before.Status == conversation.Waiting) != (next.Status == conversation.Waiting) {
		n.Lane = next.Ticket.Lane
	}
	if before.Status == conversation.WithPerson && next.Status != conversation.WithPerson {
		n.Left = before.Ticket.Assignee
	}
	n.State, n.Messages = done.Conversation, done.Messages
	for _, m := range done.Messages {
		n.Keys = append(n.Keys, m.Key)
	}
	b.Tell(ctx, n)
}

// Tell passes news on, also of what was committed before by a call that may have
// died over it. News is a courtesy: failing to tell is logged, and whoever
// missed it finds the truth in the store.
func (b *Outbox) Tell(ctx context.Context, n News) {
	b.logged(ctx, "news", n.Conversation, b.o.Audience.Tell(ctx, n))
}

// Show has those shown a line anew who look at it, or wait in it.
func (b *Outbox) Show(ctx context.Context, lane conversation.Lane) { b.Tell(ctx, News{Lane: lane}) }

// Doorbell asks the channel's drain to look at a conversation.
func (b *Outbox) Doorbell(ctx context.Context, channel string, id conversation.ID) error {
	return b.ring(ctx, channel, Doorbell{Conversation: id})
}

// Fetch asks the channel's drain to fetch the media of a customer's message.
func (b *Outbox) Fetch(ctx context.Context, channel string, id conversation.ID, key conversation.Key) error {
	return b.ring(ctx, channel, Doorbell{Conversation: id, Fetch: key})
}

// DoorbellAt rings at a time, or somewhat earlier: who comes too early rings again.
func (b *Outbox) DoorbellAt(ctx context.Context, channel string, id conversation.ID, at time.Time) error {
	if q := b.o.Later[channel]; q != nil {
		return publish(ctx, q, "", string(id), Doorbell{Conversation: id})
	}
	return b.publish(ctx, channel, Doorbell{Conversation: id}, at)
}

// RingOn is the handler of a queue of Later: it rings what was held back.
func (b *Outbox) RingOn(channel string) func(context.Context, []byte) error {
	return func(ctx context.Context, body []byte) error {
		var bell Doorbell
		if err := json.Unmarshal(body, &bell); err != nil || !bell.Conversation.Valid() {
			return fault.New(fault.BadRequest, "outbox.RingOn", "the body is not a doorbell")
		}
		return b.ring(ctx, channel, bell)
	}
}

func (b *Outbox) ring(ctx context.Context, channel string, bell Doorbell) error {
	return b.publish(ctx, channel, bell, time.Time{})
}

func (b *Outbox) publish(ctx context.Context, channel string, bell Doorbell, due time.Time) error {
	q := b.o.Outbound[channel]
	if q == nil {
		return fault.New(fault.Config, "outbox.Doorbell", "no outbound queue for this conversation's channel")
	}
	body, err := json.Marshal(bell)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "outbox.Doorbell", "")
	}
	err = q.Publish(ctx, queue.Message{Group: string(bell.Conversation), Body: body, Due: due})
	return fault.Wrap(err, fault.Unavailable, "outbox.Doorbell", "the outbound queue does not answer")
}

// Doorbell is the body of a message in an outbound queue: no text, only where to look.
type Doorbell struct {
	Conversation conversation.ID  `json:"conversation"`
	Fetch        conversation.Key `json:"fetch,omitempty"`  // the message whose media are to be fetched
	Typing       bool             `json:"typing,omitempty"` // the customer is to see that an agent writes; else something is to be delivered
}

// Redeliver asks for the delivery of what a conversation has undelivered, on whichever
// channel it is.
func (b *Outbox) Redeliver(ctx context.Context, id conversation.ID) error {
	c, err := b.o.Store.Conversation(ctx, id)
	if err != nil {
		return err
	}
	return b.Doorbell(ctx, c.Peer.Channel, id)
}

// Permit publishes the transfer request of a waiting ticket again, since nobody
// knows what became of the last one: a consumer may have died over it. A permit
// too many does no harm. A ticket that no longer waits needs none.
func (b *Outbox) Permit(ctx context.Context, w store.Work) error {
	c, err := b.o.Store.Conversation(ctx, w.Conversation)
	if err != nil {
		return err
	}
	if c.Status != conversation.Waiting || c.Ticket.ID.AskKey() != w.Key {
		return renewed(b.o.Store.Settle(ctx, w))
	}
	n := Of(c)
	n.Lane = c.Ticket.Lane
	b.Tell(ctx, n)
	return b.permit(ctx, c, w)
}

// The time until a waiting ticket gets another permit; it doubles.
const (
	firstPermit = 15 * time.Minute
	lastPermit  = 4 * time.Hour
)

func (b *Outbox) permit(ctx context.Context, c conversation.Conversation, w store.Work) error {
	q := b.o.Transfers[c.Ticket.Lane]
	if q == nil {
		return fault.New(fault.Config, "outbox.Permit", "no transfer queue for this lane")
	}
	ask, err := b.o.Store.Message(ctx, c.ID, c.Ticket.ID.AskKey())
	if err != nil {
		return err
	}
	messages, err := b.o.Store.Messages(ctx, c.ID, "", transfer.MaxTranscript)
	if err != nil {
		return err
	}
	body, err := transfer.Encode(transfer.New(c, ask, messages, b.o.MaxText[c.Peer.Channel]))
	if err != nil {
		return err
	}
	if err := q.Publish(ctx, queue.Message{Body: body}); err != nil {
		return fault.Wrap(err, fault.Unavailable, "outbox.Permit", "the transfer queue does not answer")
	}
	pause := min(firstPermit<<min(w.Attempts, 8), lastPermit)
	return renewed(b.o.Store.Defer(ctx, w, b.o.Now().Add(pause)))
}

// renewed takes work that somebody renewed meanwhile for theirs.
func renewed(err error) error {
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

func (b *Outbox) logged(ctx context.Context, op string, id conversation.ID, err error) {
	if err != nil {
		b.o.Log.LogAttrs(ctx, slog.LevelWarn, "a bell was not rung; the clock rings it",
			slog.String("op", op), slog.String("conversation", string(id)),
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
}
