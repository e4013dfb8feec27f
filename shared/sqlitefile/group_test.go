package sqlitefile_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/zhida-project/zhida/shared/sqlitefile"
)

var errOwn = errors.New("the operation's own error")

func TestWhatWaitsSharesOneTransaction(t *testing.T) {
	for _, tc := range []struct {
		waiting          int
		commits, largest int64
	}{
		{waiting: 0, commits: 1, largest: 1},
		{waiting: 100, commits: 1, largest: 101},
		{waiting: 255, commits: 1, largest: 256},
		{waiting: 600, commits: 3, largest: 256},
	} {
		t.Run(fmt.Sprint(tc.waiting), func(t *testing.T) {
			f := open(t, newPath(t))
			before := f.Stats()
			release := hold(f)
			ops := make([]func() error, tc.waiting)
			for i := range ops {
				put := f.Write
				if i%2 == 1 {
					put = f.Append
				}
				ops[i] = func() error { return put(t.Context(), insert(int64(i))) }
			}
			answers := queueAll(f, ops...)
			if n := len(stored(t, f)); n != 0 {
				t.Errorf("%d notes are visible before the commit", n)
			}
			if err := errors.Join(append(answersAfter(release, answers), release2(f))...); err != nil {
				t.Fatal(err)
			}
			if n := len(stored(t, f)); n != tc.waiting {
				t.Errorf("%d notes stored, want %d", n, tc.waiting)
			}
			after := f.Stats()
			if got := after.Commits - before.Commits; got != tc.commits+1 {
				t.Errorf("%d commits, want %d and one more", got, tc.commits)
			}
			if after.Largest != max(tc.largest, before.Largest) {
				t.Errorf("largest group %d, want %d", after.Largest, tc.largest)
			}
			t.Logf("%d operations in %d transactions", tc.waiting+1, tc.commits)
		})
	}
}

// answersAfter lets the held writer go and collects all answers.
func answersAfter(release func() error, answers func() []error) []error {
	return append([]error{release()}, answers()...)
}

// release2 is one more write, alone: the writer is still alive.
func release2(f *sqlitefile.File) error {
	return f.Write(context.Background(), func(*sqlite.Conn) error { return nil })
}

// An operation of a group that fails in one of many ways, and the error it must get.
type failure struct {
	name string
	op   func(f *sqlitefile.File, fn func(*sqlite.Conn) error) error
	fn   func(*sqlite.Conn) error
	want func(error) bool
}

func failures() []failure {
	write := func(f *sqlitefile.File, fn func(*sqlite.Conn) error) error { return f.Write(context.Background(), fn) }
	add := func(f *sqlitefile.File, fn func(*sqlite.Conn) error) error { return f.Append(context.Background(), fn) }
	isOwn := func(err error) bool { return errors.Is(err, errOwn) }
	isPanic := func(err error) bool { return errors.Is(err, sqlitefile.ErrPanic) }
	hasCode := func(code sqlite.ResultCode) func(error) bool {
		return func(err error) bool { return sqlite.ErrCode(err).ToPrimary() == code }
	}
	insertThen := func(then func(conn *sqlite.Conn) error) func(*sqlite.Conn) error {
		return func(conn *sqlite.Conn) error {
			if err := insert(666)(conn); err != nil {
				return err
			}
			return then(conn)
		}
	}
	own := insertThen(func(*sqlite.Conn) error { return errOwn })
	panics := insertThen(func(*sqlite.Conn) error { panic("a defect") })
	badSQL := insertThen(func(conn *sqlite.Conn) error { conn.Prep("SELECT no FROM where"); return nil })
	twice := insertThen(insert(666))
	script := func(sql string) func(*sqlite.Conn) error {
		return insertThen(func(conn *sqlite.Conn) error { return sqlitex.ExecuteScript(conn, sql, nil) })
	}
	conflictRollback := script("INSERT OR ROLLBACK INTO note VALUES (666, 'again')")
	commits := insertThen(func(conn *sqlite.Conn) error { return sqlitex.Execute(conn, "COMMIT", nil) })
	return []failure{
		{"Write, own error", write, own, isOwn},
		{"Append, own error", add, own, isOwn},
		{"Write, panic", write, panics, isPanic},
		{"Append, panic", add, panics, isPanic},
		{"Write, bad SQL", write, badSQL, isPanic},
		{"Write, constraint", write, twice, hasCode(sqlite.ResultConstraint)},
		{"Append, constraint", add, twice, hasCode(sqlite.ResultConstraint)},
		{"Write, statement that rolls back all", write, conflictRollback, hasCode(sqlite.ResultConstraint)},
		{"Append, statement that rolls back all", add, conflictRollback, hasCode(sqlite.ResultConstraint)},
		{"Write, deferred constraint", write, script("INSERT INTO child VALUES (1, 4711)"), hasCode(sqlite.ResultConstraint)},
		{"Write, own COMMIT", write, commits, hasCode(sqlite.ResultAuth)},
		{"Append, own COMMIT", add, commits, hasCode(sqlite.ResultAuth)},
	}
}

func TestAFailureIsItsOwnOnly(t *testing.T) {
	for _, tc := range failures() {
		t.Run(tc.name, func(t *testing.T) {
			f := open(t, newPath(t))
			if err := f.Migrate(t.Context(), "child", []string{
				"CREATE TABLE child (n INTEGER PRIMARY KEY, of INTEGER REFERENCES note DEFERRABLE INITIALLY DEFERRED)",
			}); err != nil {
				t.Fatal(err)
			}
			release := hold(f)
			answers := queueAll(f,
				func() error { return f.Append(t.Context(), insert(1)) },
				func() error { return f.Write(t.Context(), insert(2)) },
				func() error { return tc.op(f, tc.fn) },
				func() error { return f.Write(t.Context(), insert(3)) },
				func() error { return f.Append(t.Context(), insert(4)) },
			)
			got := answersAfter(release, answers)
			for i, err := range got {
				if i == 3 {
					if !tc.want(err) {
						t.Errorf("the failing operation got %v", err)
					}
				} else if err != nil {
					t.Errorf("operation %d: %v", i, err)
				}
			}
			if n := slices.Sorted(maps.Keys(stored(t, f))); !slices.Equal(n, []int64{1, 2, 3, 4}) {
				t.Errorf("stored: %v", n)
			}
			if err := release2(f); err != nil {
				t.Errorf("the writer is broken: %v", err)
			}
		})
	}
}

func TestAGuardedFailureRepeatsNobody(t *testing.T) {
	f := open(t, newPath(t))
	release := hold(f)
	runs := 0
	answers := queueAll(f,
		func() error { return f.Append(t.Context(), func(*sqlite.Conn) error { runs++; return nil }) },
		func() error { return f.Write(t.Context(), func(*sqlite.Conn) error { return errOwn }) },
	)
	got := answersAfter(release, answers)
	if got[1] != nil || !errors.Is(got[2], errOwn) {
		t.Errorf("answers: %v", got)
	}
	if runs != 1 || f.Stats().Repeats != 0 {
		t.Errorf("the neighbour ran %d times, groups repeated: %d", runs, f.Stats().Repeats)
	}
}

func TestStatementsLeftOpenAreReset(t *testing.T) {
	f := open(t, newPath(t))
	for n := range int64(3) {
		if err := f.Write(t.Context(), insert(n)); err != nil {
			t.Fatal(err)
		}
	}
	leave := func(sql string) func(*sqlite.Conn) error {
		return func(conn *sqlite.Conn) error {
			_, err := conn.Prep(sql).Step()
			return err
		}
	}
	err := errors.Join(
		f.Write(t.Context(), leave("SELECT n FROM note")),
		f.Append(t.Context(), leave("SELECT n FROM note")),
		f.Write(t.Context(), leave("UPDATE note SET text = 'x' RETURNING n")),
		f.Append(t.Context(), leave("UPDATE note SET text = text || 'y' RETURNING n")),
		f.Read(t.Context(), leave("SELECT text FROM note")),
	)
	if err != nil {
		t.Fatal(err)
	}
	err = f.Read(t.Context(), func(conn *sqlite.Conn) error {
		n, err := sqlitex.ResultInt(conn.Prep("SELECT count(*) FROM note WHERE text = 'xy'"))
		if n != 3 {
			t.Errorf("%d of 3 rows changed", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
