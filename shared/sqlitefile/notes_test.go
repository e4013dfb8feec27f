package sqlitefile_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/sqlitefile"
)

var notes = []string{"CREATE TABLE note (n INTEGER PRIMARY KEY, text TEXT NOT NULL)"}

// open opens a file with a table of notes, closed at the end of the test.
func open(tb testing.TB, path string) *sqlitefile.File {
	tb.Helper()
	f, err := openNotes(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return f
}

func openNotes(path string) (*sqlitefile.File, error) {
	f, err := sqlitefile.Open(context.Background(), sqlitefile.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := f.Migrate(context.Background(), "notes", notes); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func newPath(tb testing.TB) string { return filepath.Join(tb.TempDir(), "zhida.db") }

// insert returns an operation that inserts the note n.
func insert(n int64) func(*sqlite.Conn) error {
	return func(conn *sqlite.Conn) error {
		stmt := conn.Prep("INSERT INTO note (n, text) VALUES (?1, 'some text')")
		stmt.BindInt64(1, n)
		_, err := stmt.Step()
		return err
	}
}

// stored returns the numbers of all notes.
func stored(tb testing.TB, f *sqlitefile.File) map[int64]bool {
	tb.Helper()
	found := make(map[int64]bool)
	err := f.Read(context.Background(), func(conn *sqlite.Conn) error {
		stmt := conn.Prep("SELECT n FROM note")
		for {
			row, err := stmt.Step()
			if err != nil || !row {
				return err
			}
			found[stmt.ColumnInt64(0)] = true
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// hold keeps the writer inside an operation. It returns once that runs, with a
// function that lets it finish and returns its answer.
func hold(f *sqlitefile.File) (release func() error) {
	inside, leave := make(chan struct{}), make(chan struct{})
	answer := make(chan error, 1)
	go func() {
		entered := false
		answer <- f.Write(context.Background(), func(*sqlite.Conn) error {
			if !entered { // a group that is run again runs this again
				entered = true
				close(inside)
				<-leave
			}
			return nil
		})
	}()
	<-inside
	return func() error { close(leave); return <-answer }
}

// awaitQueued returns once n operations wait for the writer.
func awaitQueued(f *sqlitefile.File, n int) {
	for f.Waiting() < n {
		runtime.Gosched()
	}
}

// queueAll starts each operation in a goroutine of its own, in this order, and returns
// their answers, in the same order, when called.
func queueAll(f *sqlitefile.File, ops ...func() error) (answers func() []error) {
	errs := make([]chan error, len(ops))
	before := f.Waiting()
	for i, op := range ops {
		errs[i] = make(chan error, 1)
		go func() { errs[i] <- op() }()
		awaitQueued(f, before+i+1)
	}
	return func() []error {
		all := make([]error, len(errs))
		for i, c := range errs {
			all[i] = <-c
		}
		return all
	}
}
