package sqlitefile

import (
	"context"
	"errors"
	"fmt"

	"zombiezen.com/go/sqlite"
)

// reader is one read-only connection with the two statements that frame a snapshot.
type reader struct {
	conn       *sqlite.Conn
	begin, end *sqlite.Stmt
}

// readers is a pool of reader.
type readers struct {
	free   chan *reader
	size   int
	closed chan struct{}
}

func openReaders(ctx context.Context, path string, n int) (*readers, error) {
	p := &readers{free: make(chan *reader, n), closed: make(chan struct{})}
	for range n {
		r, err := openReader(ctx, path)
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.free <- r
		p.size++
	}
	return p, nil
}

func openReader(ctx context.Context, path string) (*reader, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadOnly)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(busyTimeout)
	r := &reader{conn: conn}
	if err := pragmas(conn, "PRAGMA query_only=ON"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if r.begin, _, err = conn.PrepareTransient("BEGIN"); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if r.end, _, err = conn.PrepareTransient("ROLLBACK"); err != nil {
		return nil, errors.Join(err, r.begin.Finalize(), conn.Close())
	}
	return r, nil
}

// Read runs fn on a read-only connection, in one snapshot of the file: it sees every
// write that was answered before, and nothing that is committed while it runs. It
// waits for a free connection as long as ctx lets it; when ctx ends while fn runs, the
// running statement is interrupted and ctx's error returned. fn's own error is
// returned as it is. fn may be slow without holding up writers, but while it runs the
// write-ahead log cannot be reused.
func (f *File) Read(ctx context.Context, fn func(*sqlite.Conn) error) error {
	r, err := f.readers.take(ctx)
	if err != nil {
		return err
	}
	defer f.readers.give(r)
	r.conn.SetInterrupt(ctx.Done())
	if err = step(r.begin); err == nil {
		err = fn(r.conn)
	}
	if ctx.Err() != nil && sqlite.ErrCode(err) == sqlite.ResultInterrupt {
		return fmt.Errorf("sqlitefile: read: %w", ctx.Err())
	}
	return err
}

func (p *readers) take(ctx context.Context) (*reader, error) {
	select {
	case <-p.closed:
		return nil, ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case r := <-p.free:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.closed:
		return nil, ErrClosed
	}
}

// give ends the snapshot, also after a panic of the function, and frees the connection.
func (p *readers) give(r *reader) {
	r.conn.SetInterrupt(nil) // resets what has rows left, too
	if !r.conn.AutocommitEnabled() {
		_ = step(r.end) // a ROLLBACK of a read transaction has nothing to fail at
	}
	p.free <- r
}

// close waits for the running reads, then closes all connections.
func (p *readers) close() error {
	close(p.closed)
	var err error
	for range p.size {
		r := <-p.free
		err = errors.Join(err, r.begin.Finalize(), r.end.Finalize(), r.conn.Close())
	}
	return err
}
