// Package sqlitequeue keeps queues in a SQLite file. Any number of named queues share
// the file, and its one writer, with each other and with the conversation store.
//
// Nothing polls: a Receive that found nothing sleeps until a message is published,
// given back or freed in its own process, or until the earliest due time or lease end.
// So a queue is for the consumers of one process, through one Queue per name.
//
// Of each group only the message whose turn it is stands in the index that Receive
// reads; a long group behind a leased message costs Receive nothing.
package sqlitequeue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/sqlitefile"
)

var (
	_ queue.Queue       = (*Queue)(nil)
	_ queue.DeadLetters = (*Queue)(nil)
)

// Options of Open.
type Options struct {
	Name        string        // required: which of the file's queues
	Clock       queue.Clock   // required
	Ordered     bool          // messages of one group are delivered one after the other, in order
	Lease       time.Duration // how long a consumer has until a message is due again; 1 min if 0
	MaxAttempts int           // put aside when handed out so often without an Ack; never if 0
	Retention   time.Duration // how old a message may become before Trim removes it; 14 days if 0
}

// Queue is one named queue of a file. It is safe for concurrent use, needs no closing,
// and works until its file is closed.
type Queue struct {
	file *sqlitefile.File
	opts Options
	bell bell
}

// Open makes the queue ready, creating its tables if need be. A queue that was ordered
// before, or was not, may be opened either way. Only one Queue of each name may be in use.
func Open(ctx context.Context, file *sqlitefile.File, opts Options) (*Queue, error) {
	if opts.Name == "" || opts.Clock == nil {
		return nil, fault.New(fault.Config, "sqlitequeue.Open", "give the queue a name and a clock")
	}
	if opts.Lease <= 0 {
		opts.Lease = time.Minute
	}
	if opts.Retention <= 0 {
		opts.Retention = 14 * 24 * time.Hour
	}
	if err := file.Migrate(ctx, "queue", schema); err != nil {
		return nil, fmt.Errorf("sqlitequeue: open: %w", err)
	}
	q := &Queue{file: file, opts: opts}
	if err := file.Write(ctx, q.settleOrder); err != nil {
		return nil, fmt.Errorf("sqlitequeue: open: %w", err)
	}
	return q, nil
}

// Publish implements queue.Queue. IDs are remembered for queue.DedupeWindow.
func (q *Queue) Publish(ctx context.Context, m queue.Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	err := q.file.Append(ctx, func(conn *sqlite.Conn) error {
		now := q.opts.Clock.Now()
		if m.ID != "" {
			if known, err := q.remember(conn, m, now); err != nil || known {
				return err
			}
		}
		return q.insert(conn, m, now)
	})
	if err != nil {
		return failed(ctx, "sqlitequeue.Publish", err)
	}
	q.bell.ring()
	return nil
}

// Receive implements queue.Queue.
func (q *Queue) Receive(ctx context.Context, max int, wait time.Duration) ([]queue.Lease, error) {
	const op = "sqlitequeue.Receive"
	if max < 1 {
		return nil, fault.New(fault.BadRequest, op, "ask for at least one message")
	}
	deadline := q.opts.Clock.Now().Add(wait)
	for {
		rung := q.bell.listen() // before looking, so that no ring is missed
		leases, next, err := q.lease(ctx, max)
		if err != nil {
			return nil, failed(ctx, op, err)
		}
		if len(leases) > 0 || !q.opts.Clock.Now().Before(deadline) {
			return leases, nil
		}
		until := deadline
		if next != 0 && time.UnixMicro(next).Before(until) {
			until = time.UnixMicro(next)
		}
		if err := q.await(ctx, rung, until); err != nil {
			return nil, err
		}
	}
}

// await waits for the bell, or until a time. It looks at the clock once the timer runs: a clock that
// leaps may have done so just before.
func (q *Queue) await(ctx context.Context, rung <-chan struct{}, until time.Time) error {
	fired, stop := q.opts.Clock.Timer(until.Sub(q.opts.Clock.Now()))
	defer stop()
	if !q.opts.Clock.Now().Before(until) {
		return ctx.Err()
	}
	select {
	case <-rung:
		return nil
	case <-fired:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ack implements queue.Queue.
func (q *Queue) Ack(ctx context.Context, l queue.Lease) error {
	return q.settle(ctx, "sqlitequeue.Ack", l, q.remove)
}

// Release implements queue.Queue. A message that was handed out MaxAttempts times is put
// aside instead.
func (q *Queue) Release(ctx context.Context, l queue.Lease, after time.Duration) error {
	return q.settle(ctx, "sqlitequeue.Release", l, func(conn *sqlite.Conn, h held) error {
		if q.exhausted(h.attempts) {
			return q.bury(conn, h)
		}
		return h.giveBack(conn, q.opts.Clock.Now().Add(max(after, 0)))
	})
}

// Extend implements queue.Queue.
func (q *Queue) Extend(ctx context.Context, l queue.Lease, by time.Duration) error {
	return q.settle(ctx, "sqlitequeue.Extend", l, func(conn *sqlite.Conn, h held) error {
		return h.extend(conn, q.opts.Clock.Now().Add(by))
	})
}

// settle does something with the message of a lease, if the lease still holds.
func (q *Queue) settle(ctx context.Context, op string, l queue.Lease, do func(*sqlite.Conn, held) error) error {
	h, ok := parseToken(l.Token)
	if !ok {
		return queue.ErrLapsed
	}
	var holds bool
	err := q.file.Append(ctx, func(conn *sqlite.Conn) (err error) {
		if holds, err = q.find(conn, &h); err != nil || !holds {
			return err
		}
		return do(conn, h)
	})
	if err != nil {
		return failed(ctx, op, err)
	}
	if !holds {
		return queue.ErrLapsed
	}
	q.bell.ring()
	return nil
}

func (q *Queue) exhausted(attempts int) bool {
	return q.opts.MaxAttempts > 0 && attempts >= q.opts.MaxAttempts
}

// held is a leased message: its row, and which lease of it is meant. Rows are never used
// again and every lease counts as an attempt, so both together name one lease for ever.
type held struct {
	seq      int64
	attempts int
	group    string
}

func (h held) token() string {
	return strconv.FormatInt(h.seq, 10) + "." + strconv.Itoa(h.attempts)
}

func parseToken(token string) (h held, ok bool) {
	seq, attempts, _ := strings.Cut(token, ".")
	var err1, err2 error
	h.seq, err1 = strconv.ParseInt(seq, 10, 64)
	h.attempts, err2 = strconv.Atoi(attempts)
	return h, err1 == nil && err2 == nil
}

// failed makes err a fault, unless it is just the end of ctx.
func failed(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err
	}
	return fault.Wrap(err, fault.Unavailable, op, "look at the disk that holds the database file")
}
