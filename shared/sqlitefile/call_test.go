package sqlitefile_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/zhida-project/zhida/shared/sqlitefile"
)

func TestCancelledBeforeTheStartIsNotRun(t *testing.T) {
	f := open(t, newPath(t))
	ended, end := context.WithCancel(t.Context())
	end()
	for name, call := range map[string]func(context.Context, func(*sqlite.Conn) error) error{
		"Write": f.Write, "Append": f.Append, "Read": f.Read,
	} {
		err := call(ended, func(*sqlite.Conn) error { t.Error("it ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCancelledWhileQueuedIsNotRun(t *testing.T) {
	f := open(t, newPath(t))
	ctx, cancel := context.WithCancel(t.Context())
	release := hold(f)
	cancelled := queueAll(f,
		func() error { return f.Write(ctx, insert(1)) },
		func() error { return f.Append(ctx, insert(2)) },
	)
	answers := queueAll(f, func() error { return f.Write(t.Context(), insert(3)) })
	cancel()
	for i, err := range cancelled() { // while the writer is still held
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled operation %d: %v", i, err)
		}
	}
	if err := errors.Join(answersAfter(release, answers)...); err != nil {
		t.Errorf("the others: %v", err)
	}
	if found := stored(t, f); len(found) != 1 || !found[3] {
		t.Errorf("stored: %v", found)
	}
}

func TestCancelledAfterTheStartTellsTheTruth(t *testing.T) {
	f := open(t, newPath(t))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := f.Write(ctx, func(conn *sqlite.Conn) error {
		cancel()
		return insert(1)(conn)
	})
	if err != nil {
		t.Errorf("the write was done and answered with %v", err)
	}
	if !stored(t, f)[1] {
		t.Error("the write is missing")
	}
}

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	path := newPath(t)
	f, err := openNotes(path)
	if err != nil {
		t.Fatal(err)
	}
	release := hold(f)
	answers := queueAll(f,
		func() error { return f.Write(t.Context(), insert(1)) },
		func() error { return f.Append(t.Context(), insert(2)) },
	)
	closed := make(chan error)
	go func() { closed <- f.Close() }()
	for !errors.Is(f.Append(endedSoon(t), insert(9)), sqlitefile.ErrClosed) {
	}
	if err := errors.Join(answersAfter(release, answers)...); err != nil {
		t.Errorf("queued before Close: %v", err)
	}
	if err := errors.Join(<-closed, f.Close()); err != nil {
		t.Errorf("close: %v", err)
	}
	nothing := func(*sqlite.Conn) error { t.Error("it ran"); return nil }
	for name, err := range map[string]error{
		"Write":   f.Write(t.Context(), nothing),
		"Append":  f.Append(t.Context(), nothing),
		"Read":    f.Read(t.Context(), nothing),
		"Migrate": f.Migrate(t.Context(), "x", []string{"CREATE TABLE x (n)"}),
	} {
		if !errors.Is(err, sqlitefile.ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("Close left %d bytes in the log", info.Size())
	}
	found := stored(t, open(t, path))
	if !found[1] || !found[2] {
		t.Errorf("stored: %v", found)
	}
}

// endedSoon is a context that ends as soon as it is waited for: a call with it is
// refused, or queued and abandoned.
func endedSoon(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	return ctx
}

func TestCloseWaitsForReads(t *testing.T) {
	f, err := openNotes(newPath(t))
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	err = f.Read(t.Context(), func(conn *sqlite.Conn) error {
		go func() { closed <- f.Close() }()
		for !errors.Is(f.Write(endedSoon(t), insert(1)), sqlitefile.ErrClosed) {
		}
		_, err := sqlitex.ResultInt(conn.Prep("SELECT count(*) FROM note"))
		return err
	})
	if err := errors.Join(err, <-closed); err != nil {
		t.Error(err)
	}
}

func TestReadSeesWhatWasAnsweredAndOneSnapshot(t *testing.T) {
	f := open(t, newPath(t))
	count := func(conn *sqlite.Conn) int {
		n, err := sqlitex.ResultInt(conn.Prep("SELECT count(*) FROM note"))
		if err != nil {
			t.Error(err)
		}
		return n
	}
	for i := range 20 {
		if err := f.Write(t.Context(), insert(int64(i))); err != nil {
			t.Fatal(err)
		}
		if n := len(stored(t, f)); n != i+1 {
			t.Fatalf("read %d notes after %d writes", n, i+1)
		}
	}
	err := f.Read(t.Context(), func(conn *sqlite.Conn) error {
		before := count(conn)
		if err := f.Write(t.Context(), insert(100)); err != nil {
			return err
		}
		if after := count(conn); after != before {
			t.Errorf("the snapshot changed from %d to %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Read(t.Context(), insert(101)); sqlite.ErrCode(err).ToPrimary() != sqlite.ResultReadOnly {
		t.Errorf("writing in a Read: %v", err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	f := open(t, newPath(t))
	ctx, cancel := context.WithCancel(t.Context())
	err := f.Read(ctx, func(conn *sqlite.Conn) error {
		cancel()
		_, err := sqlitex.ResultInt(conn.Prep("WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"))
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("endless read: %v", err)
	}
	for range 8 { // every connection of the pool still works
		stored(t, f)
	}
}

func TestReadContainsNothingOfAPanic(t *testing.T) {
	f := open(t, newPath(t))
	for range 8 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = f.Read(t.Context(), func(*sqlite.Conn) error { panic("a defect") })
		}()
	}
	stored(t, f) // the connections went back to the pool
}

func TestIdleWriterMovesItsLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := newPath(t)
		f := open(t, path)
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range int64(500) {
			if err := f.Append(t.Context(), insert(n)); err != nil {
				t.Fatal(err)
			}
		}
		if n := f.Stats().Checkpoints; n != 0 {
			t.Fatalf("%d checkpoints while there was work", n)
		}
		time.Sleep(2 * time.Second) // the bubble's clock
		synctest.Wait()
		after, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if f.Stats().Checkpoints != 1 || after.Size() <= before.Size() {
			t.Errorf("%d checkpoints, file of %d bytes grew to %d", f.Stats().Checkpoints, before.Size(), after.Size())
		}
		time.Sleep(time.Hour)
		if n := f.Stats().Checkpoints; n != 1 {
			t.Errorf("%d checkpoints without a write between them", n)
		}
	})
}
