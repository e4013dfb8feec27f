package sqlitefile

import (
	"context"
	"sync"
	"sync/atomic"

	"zombiezen.com/go/sqlite"
)

// kind says how an operation is run inside a group.
type kind int

const (
	guarded   kind = iota // under a savepoint
	unguarded             // straight in the transaction
)

// The states of an operation. Whoever moves it away from queued owns what follows:
// the writer starts it, or its caller abandons it.
const (
	queued int32 = iota
	started
	abandoned
)

// op is one caller's operation. It is reused: by its caller once answered, by the
// writer if it was abandoned.
type op struct {
	fn    func(*sqlite.Conn) error
	kind  kind
	state atomic.Int32
	err   error
	done  chan struct{} // one token when err is final
}

// queue holds the operations that wait for the writer. Each belongs to a caller who
// waits, so callers bound its length.
type queue struct {
	wake chan struct{} // holds a token when the writer should look

	mu      sync.Mutex
	waiting []*op
	head    int // waiting[head:] is the queue
	closed  bool
	preempt chan struct{} // closed by the next push, if not nil
}

func (q *queue) push(o *op) error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return ErrClosed
	}
	q.waiting = append(q.waiting, o)
	if q.preempt != nil {
		close(q.preempt)
		q.preempt = nil
	}
	q.mu.Unlock()
	q.signal()
	return nil
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// pop takes the oldest operation, or nil.
func (q *queue) pop() *op {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head == len(q.waiting) {
		return nil
	}
	o := q.waiting[q.head]
	q.waiting[q.head] = nil
	q.head++
	if q.head == len(q.waiting) {
		q.waiting, q.head = q.waiting[:0], 0
	}
	return o
}

// look reports whether something waits, and whether no more can come.
func (q *queue) look() (some, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.head < len(q.waiting), q.closed
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

// quiet returns a channel that is closed by the next push, or nil if something waits already.
func (q *queue) quiet() chan struct{} {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.head < len(q.waiting) || q.closed {
		return nil
	}
	q.preempt = make(chan struct{})
	return q.preempt
}

// submit queues fn and waits for its answer.
func (f *File) submit(ctx context.Context, fn func(*sqlite.Conn) error, k kind) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	o := f.ops.Get().(*op)
	o.fn, o.kind, o.err = fn, k, nil
	o.state.Store(queued)
	if err := f.queue.push(o); err != nil {
		f.recycle(o)
		return err
	}
	select {
	case <-o.done:
	case <-ctx.Done():
		if o.state.CompareAndSwap(queued, abandoned) {
			return ctx.Err() // the writer drops o when it comes to it
		}
		<-o.done
	}
	err := o.err
	f.recycle(o)
	return err
}

func (f *File) recycle(o *op) {
	o.fn, o.err = nil, nil
	f.ops.Put(o)
}
