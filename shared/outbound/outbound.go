// Package outbound is the use case of delivering our messages: a doorbell names
// a conversation, and its undelivered messages go out in the order of their keys,
// each with an outcome that somebody can see (promise P14). Where the channel counts
// messages, they are spent on purpose: what fits goes out together, some are kept for
// people's words, and what may not go now is held for the customer's next word.
package outbound

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// Options are what a Drain needs; all but Media, Fetch and Cut are required.
type Options struct {
	Store     store.Store
	Outbox    *outbox.Outbox // tells agents of outcomes
	Connector channel.Connector
	Media     *media.Service // makes links to what messages show, and opens it
	Now       func() time.Time
	Log       *slog.Logger

	// Fetch gets the media of a customer's message that still lie with the provider;
	// nil where the connector is no channel.Fetcher. It is safe to repeat.
	Fetch func(ctx context.Context, id conversation.ID, key conversation.Key) error

	// Cut is cut.Message; required where the connector is a channel.Packer.
	Cut func(packer channel.Packer, peer conversation.Peer, m conversation.Message) [][]conversation.Part
}

// Drain delivers for one channel.
type Drain struct {
	o      Options
	info   channel.Info
	packer channel.Packer // nil where one message is one call
	editor channel.Editor // nil where what was sent stays as it is
}

// New makes a Drain; fault.Config if something is missing.
func New(o Options) (*Drain, error) {
	if o.Store == nil || o.Outbox == nil || o.Connector == nil || o.Now == nil || o.Log == nil {
		return nil, fault.New(fault.Config, "outbound.New", "a part of outbound is missing")
	}
	packer, bounded := o.Connector.(channel.Packer)
	if bounded && o.Cut == nil {
		return nil, fault.New(fault.Config, "outbound.New", "this channel bounds what one call carries, and nothing cuts: Cut is missing")
	}
	editor, _ := o.Connector.(channel.Editor)
	return &Drain{o, o.Connector.Info(), packer, editor}, nil
}

// Handle answers a doorbell. The queue must hand out one doorbell of a
// conversation at a time.
func (d *Drain) Handle(ctx context.Context, body []byte) error {
	var bell outbox.Doorbell
	if err := json.Unmarshal(body, &bell); err != nil || !bell.Conversation.Valid() {
		return fault.New(fault.BadRequest, "outbound.Handle", "the body is not a doorbell")
	}
	switch {
	case bell.Typing:
		return d.typing(ctx, bell.Conversation)
	case bell.Fetch == "":
		return d.Conversation(ctx, bell.Conversation)
	case d.o.Fetch == nil:
		return fault.New(fault.BadRequest, "outbound.Handle", "this channel's media need no fetching: the doorbell belongs into another queue")
	}
	return d.o.Fetch(ctx, bell.Conversation, bell.Fetch)
}

// courtesy is how long a sign that somebody writes may take: their words wait behind it.
const courtesy = 3 * time.Second

// typing shows a customer that their agent writes, where the channel can. A provider that
// will not is no error: it is a courtesy, and comes too late when it comes again.
func (d *Drain) typing(ctx context.Context, id conversation.ID) error {
	typer, can := d.o.Connector.(channel.Typer)
	if !can {
		return nil
	}
	c, err := d.o.Store.Conversation(ctx, id)
	if err != nil || c.Status != conversation.WithPerson {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, courtesy)
	defer cancel()
	if err := typer.Type(ctx, c.Peer); err != nil {
		d.o.Log.LogAttrs(ctx, slog.LevelDebug, "nobody sees that an agent writes",
			slog.String("conversation", string(id)), slog.String("code", string(fault.CodeOf(err))))
	}
	return nil
}

// batch is how many messages are read at a time: more than one call ever carries.
const batch = 50

// untilWord is how long a conversation is left alone whose customer has to write first:
// when they do, the doorbell rings. It is there only in case that nobody rings it.
const untilWord = 24 * time.Hour

// Conversation delivers everything undelivered in a conversation, in order. It
// stops, without an error, at a message that has to wait: the conversation is
// then parked as due work, so that one provider's outage holds up nobody else.
func (d *Drain) Conversation(ctx context.Context, id conversation.ID) error {
	made := 0
	for limit := batch; ; {
		c, messages, err := d.o.Store.Undelivered(ctx, id, limit)
		if err != nil || len(messages) == 0 {
			return err
		}
		if c.Peer.Channel != d.info.Name {
			return fault.New(fault.BadRequest, "outbound.Conversation", "this doorbell belongs into another channel's queue")
		}
		ready, over, err := d.takeUp(ctx, c, messages)
		if err != nil {
			return err
		}
		if len(ready) == 0 && !over.IsZero() {
			return d.putOff(ctx, id, over)
		}
		l := d.look(c, ready)
		l.more, l.made = len(messages) == limit, made
		how, err := l.deliver(ctx)
		made = l.made
		switch {
		case err != nil || how == settled:
			return err
		case how == held && len(messages) == limit:
			limit *= 2 // behind what is held may be a person's words, with which it goes
		case how == held:
			return d.putOff(ctx, id, earlier(over, d.o.Now().Add(untilWord)))
		}
	}
}

// enough is how much time has to be left for one call more. What is cut off in its middle may
// have gone, and nobody knows.
const enough = 10 * time.Second

// late reports whether the time that a host gives is nearly over.
func (d *Drain) late(ctx context.Context) bool {
	end, ends := ctx.Deadline()
	return ends && end.Sub(d.o.Now()) < enough
}

func (d *Drain) putOff(ctx context.Context, id conversation.ID, due time.Time) error {
	return d.o.Store.Defer(ctx, store.Work{Kind: store.Deliver, Conversation: id}, due)
}

// earlier returns a, unless it is zero or after b.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// A send ends after sendWithin, uploads and all, so that an attempt older than sendTimeout
// has no sender any more.
const (
	sendWithin  = 50 * time.Second
	sendTimeout = time.Minute
)

// takeUp returns the messages that can be sent now, if the channel lets us. An attempt
// without a recorded end may be under way in another process: till then, over, what
// stands behind it waits. Once it cannot be, nobody knows what became of it, and so it
// says; only of an answer to the customer's own call it is known: it was not given.
func (d *Drain) takeUp(ctx context.Context, c conversation.Conversation, messages []conversation.Message) (ready []conversation.Message, over time.Time, err error) {
	for _, m := range messages {
		o := m.Outcome
		if o.Delivery != conversation.Attempting || d.info.Repeatable && !o.Inline {
			ready = append(ready, m)
			continue
		}
		if over = o.At.Add(lasts(o)); d.o.Now().Before(over) {
			return ready, over, nil
		}
		if o.Inline {
			m.Outcome.Delivery = conversation.Pending
			ready = append(ready, m)
			continue
		}
		if _, err := d.record(ctx, c, m, unknown.of(o)); err != nil {
			return nil, over, err
		}
		d.tell(ctx, c, m.Key)
	}
	return ready, time.Time{}, nil
}

// lasts is how long an attempt may be under way.
func lasts(o conversation.Outcome) time.Duration {
	if o.Inline {
		return outbox.Grace
	}
	return sendTimeout
}

// tell lets the agent see how far messages came.
func (d *Drain) tell(ctx context.Context, c conversation.Conversation, keys ...conversation.Key) {
	n := outbox.Of(c)
	n.Keys = keys
	d.o.Outbox.Tell(ctx, n)
}

// record writes how far a message came, and what the ledger says of it.
func (d *Drain) record(ctx context.Context, c conversation.Conversation, m conversation.Message, o conversation.Outcome) (more bool, err error) {
	var r *conversation.Record
	if o.Delivery == conversation.Sent {
		r = outbox.Acknowledged(c, m, d.o.Now())
	}
	o.At = d.o.Now()
	return d.o.Store.Outcome(ctx, store.Outcome{Conversation: m.Conversation, Key: m.Key, Outcome: o, Record: r})
}
