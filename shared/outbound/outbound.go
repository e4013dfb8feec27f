// Package outbound is the use case of delivering our messages: a doorbell names
// a conversation, and its undelivered messages go out in the order of their keys,
// each with an outcome that somebody can see (promise P14).
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

// Options are what a Drain needs; all but Media are required.
type Options struct {
	Store     store.Store
	Outbox    *outbox.Outbox // tells agents of outcomes
	Connector channel.Connector
	Media     *media.Service // makes links to what messages show
	Now       func() time.Time
	Log       *slog.Logger
}

// Drain delivers for one channel.
type Drain struct {
	o    Options
	info channel.Info
}

// New makes a Drain; fault.Config if something is missing.
func New(o Options) (*Drain, error) {
	if o.Store == nil || o.Outbox == nil || o.Connector == nil || o.Now == nil || o.Log == nil {
		return nil, fault.New(fault.Config, "outbound.New", "a part of outbound is missing")
	}
	return &Drain{o, o.Connector.Info()}, nil
}

// Handle answers a doorbell. The queue must hand out one doorbell of a
// conversation at a time.
func (d *Drain) Handle(ctx context.Context, body []byte) error {
	var bell outbox.Doorbell
	if err := json.Unmarshal(body, &bell); err != nil || !bell.Conversation.Valid() {
		return fault.New(fault.BadRequest, "outbound.Handle", "the body is not a doorbell")
	}
	return d.Conversation(ctx, bell.Conversation)
}

// batch is how many messages are read at a time.
const batch = 20

// Conversation delivers everything undelivered in a conversation, in order. It
// stops, without an error, at a message that has to wait: the conversation is
// then parked as due work, so that one provider's outage holds up nobody else.
func (d *Drain) Conversation(ctx context.Context, id conversation.ID) error {
	for {
		c, messages, err := d.o.Store.Undelivered(ctx, id, batch)
		if err != nil || len(messages) == 0 {
			return err
		}
		if c.Peer.Channel != d.info.Name {
			return fault.New(fault.BadRequest, "outbound.Conversation", "this doorbell belongs into another channel's queue")
		}
		for _, m := range messages {
			if more, err := d.deliver(ctx, c, m); err != nil || !more {
				return err
			}
		}
	}
}

// deliver makes one attempt and records what came of it. It reports whether there
// is more that can be delivered now.
func (d *Drain) deliver(ctx context.Context, c conversation.Conversation, m conversation.Message) (more bool, err error) {
	attempt := m.Outcome.Attempts + 1
	if !d.info.Repeatable {
		if m.Outcome.Delivery == conversation.Attempting {
			return d.interrupted(ctx, c, m)
		}
		// Written before the send: whoever finds it later knows that it may have gone out.
		if _, err := d.record(ctx, m, conversation.Outcome{Delivery: conversation.Attempting, Attempts: attempt}, nil); err != nil {
			return false, err
		}
	}
	_, err = d.o.Connector.Send(ctx, channel.Outbound{
		Peer: c.Peer, Message: m, Language: c.Language, Links: d.o.Media.Links(ctx, m), Attempt: attempt,
	})
	switch o := d.judge(err, attempt); {
	case o.Delivery == conversation.Pending:
		return false, d.park(ctx, c, m, o, err)
	default:
		return d.finish(ctx, c, m, o)
	}
}

// sendTimeout is longer than any send takes: an attempt older than this has no
// sender any more.
const sendTimeout = time.Minute

// interrupted takes up an attempt without a recorded end. It may be under way in
// another process; once it cannot be, nobody knows what became of it.
func (d *Drain) interrupted(ctx context.Context, c conversation.Conversation, m conversation.Message) (more bool, err error) {
	if over := m.Outcome.At.Add(sendTimeout); d.o.Now().Before(over) {
		return false, d.o.Store.Defer(ctx, store.Work{Kind: store.Deliver, Conversation: m.Conversation}, over)
	}
	return d.finish(ctx, c, m, unknown(m.Outcome.Attempts))
}

// judge turns a send's error into an outcome: Pending is to be tried again. What
// a connector may not have told apart is never repeated where that could show.
func (d *Drain) judge(err error, attempt int) conversation.Outcome {
	if err == nil {
		return conversation.Outcome{Delivery: conversation.Sent, Attempts: attempt}
	}
	o := conversation.Outcome{Attempts: attempt, Code: string(fault.CodeOf(err)), Hint: fault.PublicOf(err).Hint}
	switch fault.CodeOf(err) {
	case fault.ProviderBusy, fault.ProviderAuth:
		o.Delivery = conversation.Pending
	case fault.ProviderRefused, fault.RecipientGone, fault.WindowClosed, fault.AllowanceSpent, fault.TextTooLong, fault.BadText:
		o.Delivery = conversation.NotSent
	default:
		if !d.info.Repeatable {
			return unknown(attempt)
		}
		o.Delivery = conversation.Pending
	}
	return o
}

func unknown(attempts int) conversation.Outcome {
	return conversation.Outcome{
		Delivery: conversation.UnknownSent, Attempts: attempts, Code: string(fault.Uncertain),
		Hint: "it may have arrived; ask the customer before you send it again",
	}
}

// finish records a final outcome and lets the agent see it.
func (d *Drain) finish(ctx context.Context, c conversation.Conversation, m conversation.Message, o conversation.Outcome) (more bool, err error) {
	var record *conversation.Record
	if o.Delivery == conversation.Sent {
		record = outbox.Acknowledged(c, m, d.o.Now())
	}
	if more, err = d.record(ctx, m, o, record); err != nil {
		return false, err
	}
	d.tell(ctx, c, m.Key)
	return more, nil
}

// tell lets the agent see how far a message came.
func (d *Drain) tell(ctx context.Context, c conversation.Conversation, key conversation.Key) {
	n := outbox.Of(c)
	n.Keys = []conversation.Key{key}
	d.o.Outbox.Tell(ctx, n)
}

func (d *Drain) record(ctx context.Context, m conversation.Message, o conversation.Outcome, r *conversation.Record) (more bool, err error) {
	o.At = d.o.Now()
	return d.o.Store.Outcome(ctx, store.Outcome{Conversation: m.Conversation, Key: m.Key, Outcome: o, Record: r})
}

// The parked time doubles from the first to the last.
const (
	firstPark = 5 * time.Second
	lastPark  = 10 * time.Minute
)

// park gives the conversation a due time instead of blocking the queue.
func (d *Drain) park(ctx context.Context, c conversation.Conversation, m conversation.Message, o conversation.Outcome, cause error) error {
	if _, err := d.record(ctx, m, o, nil); err != nil {
		return err
	}
	d.tell(ctx, c, m.Key)
	wait := fault.PublicOf(cause).Retry
	pause := max(time.Duration(wait)*time.Millisecond, backoff(o.Attempts))
	d.o.Log.LogAttrs(ctx, slog.LevelWarn, "a conversation is parked", slog.String("conversation", string(m.Conversation)),
		slog.String("channel", d.info.Name), slog.String("code", o.Code), slog.Int("attempt", o.Attempts), slog.Int64("ms", pause.Milliseconds()))
	return d.o.Store.Defer(ctx, store.Work{Kind: store.Deliver, Conversation: m.Conversation}, d.o.Now().Add(pause))
}

func backoff(attempts int) time.Duration {
	pause := firstPark
	for range attempts - 1 {
		if pause *= 2; pause >= lastPark {
			return lastPark
		}
	}
	return pause
}
