package sqlitefile_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"github.com/zhida-project/zhida/shared/sqlitefile"
)

func TestOpenCreatesAPrivateFile(t *testing.T) {
	path := newPath(t)
	f := open(t, path)
	if err := f.Write(t.Context(), insert(1)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
	}
}

func TestOpenSetsTheConnectionUp(t *testing.T) {
	f := open(t, newPath(t))
	for pragma, want := range map[string]int{
		"synchronous": 2, "foreign_keys": 1, "wal_autocheckpoint": 32000, "busy_timeout": 5000,
	} {
		err := f.Write(t.Context(), func(conn *sqlite.Conn) error {
			got, err := sqlitex.ResultInt(conn.Prep("PRAGMA " + pragma))
			if got != want {
				t.Errorf("%s is %d, want %d", pragma, got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenTakesOddPaths(t *testing.T) {
	for _, name := range []string{"file:a?mode=memory", "with space %41#.db", ":memory:", "直达.db"} {
		path := filepath.Join(t.TempDir(), name)
		open(t, path)
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefusesWhatIsNotOurs(t *testing.T) {
	database := func(script string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(sqlitex.ExecuteScript(conn, script, nil), conn.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tc := range []struct {
		name string
		make func(t *testing.T, path string)
		want error
	}{
		{"a text", func(t *testing.T, path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("no database\n"), 100), 0o600); err != nil {
				t.Fatal(err)
			}
		}, sqlitefile.ErrForeign},
		{"another program's database", database("PRAGMA application_id=42; CREATE TABLE a (b)"), sqlitefile.ErrForeign},
		{"a database of nobody", database("CREATE TABLE a (b)"), sqlitefile.ErrForeign},
		{"a newer layout", database("PRAGMA application_id=0x5A684461; PRAGMA user_version=2"), sqlitefile.ErrNewer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := newPath(t)
			tc.make(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: path}); !errors.Is(err, tc.want) {
				t.Errorf("opened with %v, want %v", err, tc.want)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestOpenReportsWhatItCannotOpen(t *testing.T) {
	if _, err := sqlitefile.Open(t.Context(), sqlitefile.Options{}); err == nil {
		t.Error("opened no path")
	}
	path := filepath.Join(t.TempDir(), "missing", "zhida.db")
	if _, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: path}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing directory: %v", err)
	}
	if _, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: t.TempDir()}); err == nil {
		t.Error("opened a directory")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := sqlitefile.Open(ended, sqlitefile.Options{Path: newPath(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}

func TestMigrateRunsEachVersionOnce(t *testing.T) {
	path := newPath(t)
	first := []string{"CREATE TABLE a (n)"}
	second := append(first, "CREATE TABLE b (n); INSERT INTO a VALUES (1)")
	broken := append(second, "INSERT INTO a VALUES (2); CREATE TABLE b (again)")
	rows := func(f *sqlitefile.File) (n int) {
		err := f.Read(t.Context(), func(conn *sqlite.Conn) (err error) {
			n, err = sqlitex.ResultInt(conn.Prep("SELECT count(*) FROM a"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, schema := range [][]string{first, first, second, second} {
		f, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Migrate(t.Context(), "engine", schema), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, path)
	if n := rows(f); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
	if err := f.Migrate(t.Context(), "engine", broken); sqlite.ErrCode(err) != sqlite.ResultError {
		t.Errorf("broken version: %v", err)
	}
	if n := rows(f); n != 1 {
		t.Errorf("%d rows after a broken version, want 1", n)
	}
	if err := f.Migrate(t.Context(), "engine", first); !errors.Is(err, sqlitefile.ErrNewer) {
		t.Errorf("older program: %v", err)
	}
	if err := f.Migrate(t.Context(), "another engine", []string{"CREATE TABLE c (n)"}); err != nil {
		t.Errorf("another name: %v", err)
	}
}
