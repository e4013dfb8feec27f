// Package queue is the contract of the queues that ring bells between the parts of
// Zhida: "look at this conversation", "a customer asks for a person". The store is
// the truth; a message that is delivered twice, or late, must do no harm.
// Suite: queuetest. Engines: sqlitequeue, sqsqueue.
package queue

import (
	"context"
	"errors"
	"time"
)

// ErrLapsed is returned by Ack, Release and Extend when the lease is not held any
// more: it ran out, was given back, or the message is gone. Nothing was changed.
var ErrLapsed = errors.New("queue: the lease has lapsed")

// Queue delivers each message at least once. It is safe for concurrent use.
//
// A queue is ordered or not; its engine's options say so. In an ordered queue the
// messages of one Group are delivered in the order in which they were published:
// while one of them is leased, or given back, or not due yet, none that was published
// after it is handed out. Different groups, and messages without a group, do not wait
// for each other, and come roughly oldest first.
//
// Errors other than ErrLapsed are faults: BadRequest, BadText or TooLarge for a
// message that no queue takes, else Unavailable, after which the change may or may not
// have been made. When ctx ends, its error is returned.
type Queue interface {
	// Publish adds a message. It is durable when Publish returns.
	Publish(ctx context.Context, m Message) error

	// Receive leases up to max messages that are due; an engine may return fewer than
	// there are. With none due it waits for one, up to wait (zero: not at all), and
	// then returns none and no error. While a message is leased nobody else gets it.
	// If ctx ends while it waits, ctx's error is returned and nothing is leased.
	Receive(ctx context.Context, max int, wait time.Duration) ([]Lease, error)

	// Ack says that the message is done: it is gone for good.
	Ack(ctx context.Context, l Lease) error

	// Release gives the message back, due again after that time (at once if not
	// positive), at its old place in its group.
	Release(ctx context.Context, l Lease, after time.Duration) error

	// Extend makes the lease end that long from now.
	Extend(ctx context.Context, l Lease, by time.Duration) error
}

// Message is what is published.
type Message struct {
	// ID, if not empty, makes Publish harmless to repeat where the engine can tell
	// repeats: within DedupeWindow, a second message of the same ID and Group is
	// accepted and dropped, even if the first is done already.
	ID    string
	Group string    // whom it waits for in an ordered queue; empty: nobody
	Body  []byte    // UTF-8, may be empty; any characters, control characters included; at most MaxBody bytes as Wrap's text
	Due   time.Time // not handed out before; zero: at once. Engines may round it up to a second, and need not give it back
}

// Lease is a message on loan to one consumer.
type Lease struct {
	Message
	Attempts int       // how often it was handed out, this time included
	Token    string    // the engine's proof of the lease
	Until    time.Time // when it ends unless extended; the message is then due again
}

// DeadLetters is what queues offer that put aside, instead of handing out for ever,
// a message that was handed out as often as their options allow and never acknowledged.
// A message is put aside when it is given back or its lease lapses for the last time
// (or, in some engines, when it would be handed out next). It no longer holds up its group.
type DeadLetters interface {
	// Dead returns up to max messages that were put aside, oldest first. An engine may
	// keep them from other calls for a minute, so that nobody else resends them too.
	Dead(ctx context.Context, max int) ([]Dead, error)
	// Resend publishes a dead message anew, at the end of its group, with no attempts
	// counted. A message that is not dead (any more) is ErrLapsed.
	Resend(ctx context.Context, d Dead) error
}

// Dead is a message that was put aside.
type Dead struct {
	Message
	Attempts int
	Ref      string // the engine's name for it
}
