// Package sqsqueue is a queue on Amazon SQS: a FIFO queue if it is ordered, a standard
// queue if not. It makes no queues: the template does.
//
// What SQS has no room for travels in message attributes that begin with "zhida.". A
// body is the message's text as it is, but for the few that SQS refuses: see queue.Wrap.
//
// SQS remembers who holds what only roughly: it lets a message be deleted under a lease
// that is over. So a lease's token says when it began and ends, and each Queue remembers
// the leases that it ended or extended, until their time is over.
//
// A Lambda event source reads the same queues past this package (see lambdahost). It
// hands out what Due and Release postponed beyond what SQS itself postpones: 15 minutes
// in a standard queue, nothing in an ordered one. Do not publish such messages there.
package sqsqueue

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

// API is what a Queue asks of SQS: the actions a role needs, the first to publish only.
// The client is to repeat calls that got no answer, as the SDK's does unless told
// otherwise, and to wait for an answer for longer than 20 seconds.
type API interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
	ChangeMessageVisibility(context.Context, *sqs.ChangeMessageVisibilityInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error)
}

// Options of New.
type Options struct {
	Client API           // required
	URL    string        // required: the queue's URL; that of a FIFO queue ends in ".fifo"
	Clock  queue.Clock   // required
	Unique func() string // required: a name that was never given, of at most 128 visible ASCII characters; safe for concurrent use
	// Ordered says that the queue is FIFO. It may deduplicate by queue or by group.
	Ordered bool
	// Fair shares out a standard queue between groups (SQS's fair queues).
	Fair bool
	// Lease is how long a consumer has until a message is due again, in whole seconds,
	// whatever the queue's own visibility timeout; 1 min if 0.
	Lease time.Duration
	// DeadURL and MaxAttempts are the queue's redrive policy, if it has one: the URL of
	// its dead-letter queue, and maxReceiveCount.
	DeadURL     string
	MaxAttempts int
}

// Queue is one queue of SQS. It is safe for concurrent use and needs no closing.
type Queue struct {
	opts   Options
	leases ledger
}

var (
	_ queue.Queue       = (*Queue)(nil)
	_ queue.DeadLetters = (*Queue)(nil)
)

// longest is how long a message is hidden, in all, from when it was received: SQS refuses
// more than 12 hours by its own clock.
const longest = 12*time.Hour - time.Minute

// New makes a Queue of one that exists. It makes no call. Errors: Config.
func New(o Options) (*Queue, error) {
	const op = "sqsqueue.New"
	fifo := strings.HasSuffix(o.URL, ".fifo")
	if o.Lease == 0 {
		o.Lease = time.Minute
	}
	switch {
	case o.Client == nil || o.URL == "" || o.Clock == nil || o.Unique == nil:
		return nil, fault.New(fault.Config, op, "a client, a queue's URL, a clock and unique names are needed")
	case o.Ordered != fifo:
		return nil, fault.New(fault.Config, op, "an ordered queue is a FIFO queue, whose URL ends in .fifo, and no other is")
	case o.Fair && o.Ordered:
		return nil, fault.New(fault.Config, op, "a FIFO queue is fair already")
	case o.Lease < time.Second || o.Lease > longest || o.Lease%time.Second != 0:
		return nil, fault.New(fault.Config, op, "a lease takes whole seconds, from 1 s to just under 12 h")
	case (o.DeadURL == "") != (o.MaxAttempts == 0) || o.MaxAttempts < 0:
		return nil, fault.New(fault.Config, op, "a dead-letter queue and the number of attempts go together")
	}
	return &Queue{opts: o, leases: ledger{ends: map[string]end{}}}, nil
}

// ledger remembers the leases that ended or were extended, by their tokens, while those
// tokens still look good, or bad, by themselves.
type ledger struct {
	mu    sync.Mutex
	ends  map[string]end
	sweep int // how many there may be until the outdated ones are looked for
}

// end is what became of a lease.
type end struct {
	over  bool
	until time.Time // when it ends, if it is not over; when to forget it
}

// find returns what became of a lease, and whether anything did.
func (l *ledger) find(token string) (end, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.ends[token]
	return e, ok
}

func (l *ledger) note(token string, e end, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends[token] = e
	if len(l.ends) <= l.sweep {
		return
	}
	for token, e := range l.ends {
		if e.until.Before(now) {
			delete(l.ends, token)
		}
	}
	l.sweep = 2*len(l.ends) + 100
}
