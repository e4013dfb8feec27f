package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Handler does what a message asks for. It may be called for the same message again.
// It must return; its ctx carries values but does not end when the worker is stopped,
// so that what was begun is finished: a handler that calls out sets its own deadline.
type Handler func(ctx context.Context, l Lease) Result

// Result is what became of a message. The zero Result is a retry after the usual pause.
type Result struct {
	Done  bool
	After time.Duration // if not Done: when to try again; zero: by the worker's Backoff
	Err   error         // why, for the log
}

// Done says that the message is dealt with.
func Done() Result { return Result{Done: true} }

// Retry says that the message must be handed out again, after that time or, if it is
// zero, after the worker's own pause.
func Retry(after time.Duration, why error) Result { return Result{After: after, Err: why} }

// WorkOptions of Work. The zero value of each field but Clock is a good choice.
type WorkOptions struct {
	Clock       Clock                            // required
	Concurrency int                              // how many handlers run at once; 1 if 0
	Wait        time.Duration                    // how long one Receive waits; 20 s if 0
	KeepAlive   time.Duration                    // if not 0: while a handler runs, its lease is extended to this, each time half of it has passed
	Backoff     func(attempts int) time.Duration // pause before a retry; 1 s doubling up to 5 min if nil
	Log         *slog.Logger                     // failures and retries, never bodies; discarded if nil
}

// Work hands the messages of q to handle until ctx ends, then lets the running handlers
// finish and returns. What handlers may run at once is what q hands out: an ordered queue
// has one message of a group out at a time. A panic of a handler is logged and counts as
// a retry. When q itself fails, Work says so in the log and tries again after a pause.
func Work(ctx context.Context, q Queue, handle Handler, opts WorkOptions) {
	w := worker{queue: q, handle: handle, opts: withDefaults(opts)}
	w.slots = make(chan struct{}, w.opts.Concurrency)
	for failures := 0; ; {
		free := w.reserve(ctx)
		if free == 0 {
			break
		}
		leases, err := q.Receive(ctx, free, w.opts.Wait)
		for range free - len(leases) {
			<-w.slots
		}
		w.start(ctx, leases)
		if err != nil && ctx.Err() == nil {
			failures++
			w.opts.Log.ErrorContext(ctx, "queue", "op", "receive", "err", err)
			w.pause(ctx, w.opts.Backoff(failures))
			continue
		}
		failures = 0
	}
	w.running.Wait()
}

func withDefaults(o WorkOptions) WorkOptions {
	if o.Concurrency < 1 {
		o.Concurrency = 1
	}
	if o.Wait <= 0 {
		o.Wait = 20 * time.Second
	}
	if o.Backoff == nil {
		o.Backoff = func(attempts int) time.Duration {
			return min(time.Second<<min(max(attempts-1, 0), 16), 5*time.Minute)
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

type worker struct {
	queue   Queue
	handle  Handler
	opts    WorkOptions
	slots   chan struct{} // one token per handler that runs or may be started
	running sync.WaitGroup
}

// reserve waits until a handler may be started and takes all free slots; none once ctx ended.
func (w *worker) reserve(ctx context.Context) (n int) {
	if ctx.Err() != nil {
		return 0
	}
	select {
	case w.slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n = 1; n < cap(w.slots); n++ {
		select {
		case w.slots <- struct{}{}:
		default:
			return n
		}
	}
	return n
}

// start runs a handler for each lease, each in a slot that is taken already. Leases that
// came just as ctx ended are given back.
func (w *worker) start(ctx context.Context, leases []Lease) {
	stopped := ctx.Err() != nil
	for _, l := range leases {
		w.running.Go(func() {
			defer func() { <-w.slots }()
			lasting := context.WithoutCancel(ctx)
			if stopped {
				w.report(lasting, l, "release", w.queue.Release(lasting, l, 0))
				return
			}
			w.finish(lasting, l, w.run(lasting, l))
		})
	}
}

// run calls the handler, keeping the lease alive meanwhile, and contains its panic.
func (w *worker) run(ctx context.Context, l Lease) (r Result) {
	if w.opts.KeepAlive > 0 {
		stop := w.keepAlive(ctx, l)
		defer stop()
	}
	defer func() {
		if p := recover(); p != nil {
			r = Retry(0, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	return w.handle(ctx, l)
}

// keepAlive extends the lease until the returned function is called, which waits for an
// extension under way.
func (w *worker) keepAlive(ctx context.Context, l Lease) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			fired, giveUp := w.opts.Clock.Timer(w.opts.KeepAlive / 2)
			select {
			case <-fired:
				giveUp()
				err := w.queue.Extend(ctx, l, w.opts.KeepAlive)
				w.report(ctx, l, "extend", err)
				if errors.Is(err, ErrLapsed) {
					return
				}
			case <-done:
				giveUp()
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

// finish tells the queue what became of the message. If that fails, the lease lapses and
// the message comes again.
func (w *worker) finish(ctx context.Context, l Lease, r Result) {
	if r.Done {
		w.report(ctx, l, "ack", w.queue.Ack(ctx, l))
		return
	}
	after := r.After
	if after <= 0 {
		after = w.opts.Backoff(l.Attempts)
	}
	w.opts.Log.WarnContext(ctx, "queue", "op", "retry", "group", l.Group, "attempt", l.Attempts,
		"ms", after.Milliseconds(), "err", r.Err)
	w.report(ctx, l, "release", w.queue.Release(ctx, l, after))
}

func (w *worker) report(ctx context.Context, l Lease, op string, err error) {
	if err != nil {
		w.opts.Log.ErrorContext(ctx, "queue", "op", op, "group", l.Group, "attempt", l.Attempts, "err", err)
	}
}

func (w *worker) pause(ctx context.Context, d time.Duration) {
	fired, stop := w.opts.Clock.Timer(d)
	defer stop()
	select {
	case <-fired:
	case <-ctx.Done():
	}
}
