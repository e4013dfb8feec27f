// Package sqlitefile is one SQLite file with one writer, shared by the engines
// that keep their tables in it: the conversation store and the queues.
//
// Two writers on one file halve it, and one fsync per operation caps it at the
// disk's fsync rate. So all writes pass through one goroutine: whatever is queued
// while a transaction runs becomes the next transaction, up to 256 operations,
// with no timer and no added delay; nobody is answered before the COMMIT that
// holds his operation is on disk (WAL, synchronous=FULL).
//
// Three ways in:
//
//	Write   an operation that may fail. It runs under a savepoint: its error or
//	        panic rolls back this operation and nobody else's.
//	Append  an operation that cannot fail by design (plain inserts, updates that
//	        may match nothing). No savepoint, so it is cheaper.
//	Read    a read-only snapshot from a separate pool. It sees every write that
//	        was answered before Read was called.
//
// Rules for the functions given to them:
//
//   - Statements: use conn.Prep(sql), which caches by the text of sql for the life
//     of the connection, bind by number, Step. Call Prep again, or Reset, before
//     binding again: SQLite refuses to bind a statement that was stepped. Statements of
//     this kind which are left in the middle of their rows are reset when the function
//     returns, a NULL is 0 or "", and Prep panics on bad SQL, which becomes ErrPanic.
//     Whatever came from PrepareTransient must be finalized by the function, and an
//     EXPLAIN too: SQLite counts it as running until then, and no COMMIT succeeds
//     beside a running statement that writes.
//   - A function given to Write or Append may run more than once (see Append): the
//     last run counts. Set results, do not append to them, and touch nothing but the
//     connection and those results.
//   - No BEGIN, COMMIT or ROLLBACK (refused); savepoints are allowed.
//   - No Write, Append or Migrate from inside a Write or Append: it would wait for
//     itself. No runtime.Goexit either, and so no t.Fatal.
//   - The connection must not be kept after the function returned.
package sqlitefile
