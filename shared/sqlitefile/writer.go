package sqlitefile

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"zombiezen.com/go/sqlite"
)

// maxGroup is how many operations share one transaction at most: it bounds how long
// the first of them waits for the last.
const maxGroup = 256

// writer owns the writing connection. Only its goroutine touches it.
type writer struct {
	conn   *sqlite.Conn
	queue  *queue
	guard  *guard
	own    statements
	group  []*op
	idle   *time.Timer
	after  time.Duration // how long nothing must happen before a checkpoint
	behind bool          // something was committed since the last full checkpoint

	// crowded says that the last group had more than one operation. Its callers were
	// just answered and are about to ask again: the writer yields the processor once, so
	// that they join the next group. Without it the callers settle into two halves that
	// take turns, with twice the fsyncs. A solitary caller never pays for it.
	crowded bool

	commits, writes, largest, repeats, checkpoints atomic.Int64
}

// statements are the writer's own, prepared apart from the cache that functions use.
type statements struct {
	begin, commit, rollback       *sqlite.Stmt
	savepoint, release, rollback1 *sqlite.Stmt
}

func newWriter(conn *sqlite.Conn, q *queue, idle time.Duration) (*writer, error) {
	w := &writer{conn: conn, queue: q, guard: &guard{}, group: make([]*op, 0, maxGroup), after: idle}
	if err := conn.SetAuthorizer(w.guard); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		stmt **sqlite.Stmt
		sql  string
	}{
		{&w.own.begin, "BEGIN IMMEDIATE"},
		{&w.own.commit, "COMMIT"},
		{&w.own.rollback, "ROLLBACK"},
		{&w.own.savepoint, "SAVEPOINT op"},
		{&w.own.release, "RELEASE op"},
		{&w.own.rollback1, "ROLLBACK TO op"},
	} {
		stmt, _, err := conn.PrepareTransient(s.sql)
		if err != nil {
			return nil, err
		}
		*s.stmt = stmt
	}
	w.idle = time.NewTimer(idle)
	w.idle.Stop()
	return w, nil
}

// run commits groups until the queue is closed and empty.
func (w *writer) run() {
	for w.wait() {
		w.commitGroup()
	}
	w.idle.Stop()
}

// wait blocks until something is queued; false means that nothing will be any more.
func (w *writer) wait() bool {
	for {
		some, closed := w.queue.look()
		if some || closed {
			return some
		}
		if w.behind {
			w.idle.Reset(w.after)
		}
		select {
		case <-w.queue.wake:
			w.idle.Stop()
		case <-w.idle.C:
			w.checkpoint()
		}
	}
}

// commitGroup runs what is queued, including what is queued while it runs, in one
// transaction, and answers.
func (w *writer) commitGroup() {
	if w.crowded {
		runtime.Gosched()
	}
	if err := step(w.own.begin); err != nil {
		w.fail(fmt.Errorf("sqlitefile: begin: %w", err))
		return
	}
	for len(w.group) < maxGroup {
		o := w.queue.pop()
		if o == nil {
			break
		}
		if !o.state.CompareAndSwap(queued, started) {
			continue // abandoned
		}
		w.group = append(w.group, o)
		if !w.apply(o) {
			w.oneByOne()
			return
		}
	}
	if len(w.group) == 0 {
		w.rollback() // all were abandoned
		return
	}
	err := w.commit(len(w.group))
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultConstraint {
		w.oneByOne() // a deferred constraint: one of them broke it
		return
	}
	w.answer(err)
}

// apply runs one operation in the group's transaction. False means that the
// transaction is spoiled and nothing of it may be committed.
func (w *writer) apply(o *op) bool {
	if o.kind == unguarded {
		return w.call(o.fn) == nil && !w.conn.AutocommitEnabled()
	}
	if step(w.own.savepoint) != nil {
		return false
	}
	o.err = w.call(o.fn)
	if w.conn.AutocommitEnabled() {
		return false // SQLite itself rolled back everything
	}
	if o.err != nil && step(w.own.rollback1) != nil {
		return false
	}
	return step(w.own.release) == nil
}

// oneByOne gives up the group's transaction and runs each of its operations in one of
// its own, so that only the guilty get an error.
func (w *writer) oneByOne() {
	w.repeats.Add(1)
	w.rollback()
	for _, o := range w.group {
		o.err = w.single(o)
	}
	w.answer(nil)
}

func (w *writer) single(o *op) error {
	if err := step(w.own.begin); err != nil {
		return fmt.Errorf("sqlitefile: begin: %w", err)
	}
	err := w.call(o.fn)
	if err == nil && w.conn.AutocommitEnabled() {
		err = errors.New("sqlitefile: the transaction was rolled back by a statement of the operation")
	}
	if err != nil {
		w.rollback()
		return err
	}
	return w.commit(1)
}

// commit ends the transaction: it is on disk, or rolled back.
func (w *writer) commit(size int) error {
	if err := step(w.own.commit); err != nil {
		w.rollback()
		return fmt.Errorf("sqlitefile: commit: %w", err)
	}
	w.commits.Add(1)
	if int64(size) > w.largest.Load() {
		w.largest.Store(int64(size))
	}
	w.behind = true
	return nil
}

// rollback ends the transaction if there still is one. Should that fail, so does the
// next BEGIN, and with it every operation: nothing is reported as done.
func (w *writer) rollback() {
	if !w.conn.AutocommitEnabled() {
		_ = step(w.own.rollback)
	}
}

// answer tells each caller of the group. err goes to those without an error of their own.
func (w *writer) answer(err error) {
	w.crowded = len(w.group) > 1
	for i, o := range w.group {
		if o.err == nil {
			o.err = err
		}
		if o.err == nil {
			w.writes.Add(1)
		}
		o.done <- struct{}{} // from here on o is its caller's
		w.group[i] = nil
	}
	w.group = w.group[:0]
}

// fail answers all who wait now with err, without running them.
func (w *writer) fail(err error) {
	for len(w.group) < maxGroup {
		o := w.queue.pop()
		if o == nil {
			break
		}
		if o.state.CompareAndSwap(queued, started) {
			w.group = append(w.group, o)
		}
	}
	w.answer(err)
}

// call runs a function on the connection, contains its panic and resets the
// statements it left in the middle of their rows.
func (w *writer) call(fn func(*sqlite.Conn) error) (err error) {
	w.guard.inside = true
	defer func() {
		w.guard.inside = false
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", ErrPanic, p, debug.Stack())
		}
		resetAll(w.conn)
	}()
	return fn(w.conn)
}

// close moves the log into the file and closes the connection, after run has ended.
func (w *writer) close() error {
	err := pragmas(w.conn, "PRAGMA wal_checkpoint(TRUNCATE)")
	for _, stmt := range []*sqlite.Stmt{
		w.own.begin, w.own.commit, w.own.rollback, w.own.savepoint, w.own.release, w.own.rollback1,
	} {
		err = errors.Join(err, stmt.Finalize())
	}
	return errors.Join(err, w.conn.Close())
}

// checkpoint moves the log into the file while nobody wants to write. The next write
// interrupts it; what was moved so far is then moved again next time.
func (w *writer) checkpoint() {
	next := w.queue.quiet()
	if next == nil {
		return
	}
	w.conn.SetInterrupt(next)
	err := pragmas(w.conn, "PRAGMA wal_checkpoint(PASSIVE)")
	w.conn.SetInterrupt(nil)
	if sqlite.ErrCode(err) == sqlite.ResultInterrupt {
		return
	}
	// Any other error is not retried before the next write: that one will say it.
	w.behind = false
	w.checkpoints.Add(1)
}

// guard refuses transaction control inside functions: the transaction is the group's.
type guard struct{ inside bool }

// Authorize implements sqlite.Authorizer.
func (g *guard) Authorize(a sqlite.Action) sqlite.AuthResult {
	if g.inside && a.Type() == sqlite.OpTransaction {
		return sqlite.AuthResultDeny
	}
	return sqlite.AuthResultOK
}

func step(stmt *sqlite.Stmt) error {
	_, err := stmt.Step()
	return err
}

// resetAll resets the cached statements that have rows left.
func resetAll(conn *sqlite.Conn) {
	if conn.CheckReset() != "" {
		conn.SetInterrupt(nil) // documented to reset busy statements
	}
}
