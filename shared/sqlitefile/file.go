package sqlitefile

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
)

// Errors that callers can tell apart with errors.Is.
var (
	// ErrClosed is returned by calls made after Close began.
	ErrClosed = errors.New("sqlitefile: the file is closed")
	// ErrForeign says that the path holds something that is not a Zhida file. It was not changed.
	ErrForeign = errors.New("sqlitefile: not a Zhida database")
	// ErrNewer says that the file was written by a newer Zhida than this one. It was not changed.
	ErrNewer = errors.New("sqlitefile: written by a newer version of Zhida")
	// ErrPanic says that the function given to Write or Append panicked; it was rolled back.
	ErrPanic = errors.New("sqlitefile: panic in a write")
)

// Options of Open. The zero value of each field but Path is a good choice.
type Options struct {
	Path    string        // the database file; SQLite keeps two more beside it, -wal and -shm
	Readers int           // connections for Read, so how many Reads run at once; 4 if 0
	Idle    time.Duration // a checkpoint runs after the writer had nothing to do for so long; 1 s if 0
}

// File is an open database. It is safe for concurrent use.
type File struct {
	queue   queue
	writer  *writer
	readers *readers
	stopped chan struct{} // closed when the writer goroutine has ended
	ops     sync.Pool     // of *op

	closing  sync.Once
	closeErr error
}

// Open opens the file, creating it with mode 0600 where there is none. It returns
// an error that is ErrForeign or ErrNewer rather than touch a file that is not
// ours to write. It blocks for as long as another process holds the file locked,
// at most five seconds; ctx is looked at only before each step.
func Open(ctx context.Context, opts Options) (*File, error) {
	if opts.Path == "" {
		return nil, errors.New("sqlitefile: open: no path")
	}
	path, err := filepath.Abs(opts.Path)
	if err != nil {
		return nil, fmt.Errorf("sqlitefile: open: %w", err)
	}
	if opts.Readers < 1 {
		opts.Readers = 4
	}
	if opts.Idle <= 0 {
		opts.Idle = time.Second
	}
	conn, err := openWriter(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("sqlitefile: open %s: %w", path, err)
	}
	f, err := start(ctx, conn, path, opts)
	if err != nil {
		return nil, fmt.Errorf("sqlitefile: open %s: %w", path, err)
	}
	return f, nil
}

// start builds a File around its writing connection, which it owns from then on, and
// starts its goroutine.
func start(ctx context.Context, conn *sqlite.Conn, path string, opts Options) (*File, error) {
	f := &File{stopped: make(chan struct{})}
	f.ops.New = func() any { return &op{done: make(chan struct{}, 1)} }
	f.queue.wake = make(chan struct{}, 1)
	var err error
	if f.writer, err = newWriter(conn, &f.queue, opts.Idle); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if f.readers, err = openReaders(ctx, path, opts.Readers); err != nil {
		return nil, errors.Join(err, f.writer.close())
	}
	go func() {
		defer close(f.stopped)
		f.writer.run()
	}()
	return f, nil
}

// Write runs fn in the next transaction and returns once that is on disk. An error
// or panic of fn rolls back what fn did and nothing else; the error is returned as
// it is, a panic as ErrPanic. If ctx ends before fn was started, fn never runs and
// ctx's error is returned; from then on Write waits for the COMMIT, so that its
// answer is the truth. If the COMMIT fails, everybody in it gets that error, and
// what they wrote must be taken as not done.
func (f *File) Write(ctx context.Context, fn func(*sqlite.Conn) error) error {
	return f.submit(ctx, fn, guarded)
}

// Append is Write for statements that cannot fail by design, without the cost of a
// savepoint. Should fn fail after all, the whole group is rolled back and each of
// its operations is run again, in a transaction of its own, so that only the guilty
// one gets the error.
func (f *File) Append(ctx context.Context, fn func(*sqlite.Conn) error) error {
	return f.submit(ctx, fn, unguarded)
}

// Close refuses further calls, finishes the writes that were queued and the reads
// that are running, moves the write-ahead log into the file and closes it. Calling
// it again returns the same result.
func (f *File) Close() error {
	f.closing.Do(func() {
		f.queue.close()
		<-f.stopped
		f.closeErr = errors.Join(f.readers.close(), f.writer.close())
	})
	return f.closeErr
}

// Stats counts what the writer did since Open.
type Stats struct {
	Commits     int64 // transactions committed
	Writes      int64 // operations answered without error
	Largest     int64 // operations in the largest transaction
	Repeats     int64 // groups that were rolled back and run again one by one
	Checkpoints int64 // checkpoints that ran to their end while idle
}

// Stats returns the counters. They are for reports and tests; reading them is cheap.
func (f *File) Stats() Stats {
	w := f.writer
	return Stats{
		Commits:     w.commits.Load(),
		Writes:      w.writes.Load(),
		Largest:     w.largest.Load(),
		Repeats:     w.repeats.Load(),
		Checkpoints: w.checkpoints.Load(),
	}
}
