package sqlitestore_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
	"github.com/zhida-project/zhida/shared/store/storetest"
)

func TestConformance(t *testing.T) {
	var files files
	storetest.Run(t, storetest.Harness{
		New: func(t *testing.T, now func() time.Time) store.Store {
			return files.open(t, filepath.Join(t.TempDir(), "zhida.db"), now)
		},
		Features: storetest.Features{ExactTo: 1_000, Reopen: files.reopen},
	})
}

// files remembers which file a store is in.
type files struct{ opened sync.Map }

type opened struct {
	file *sqlitefile.File
	path string
	now  func() time.Time
}

func (f *files) open(t *testing.T, path string, now func() time.Time) store.Store {
	t.Helper()
	s, file := open(t, path, now)
	f.opened.Store(s, opened{file, path, now})
	return s
}

func (f *files) reopen(t *testing.T, s store.Store) store.Store {
	t.Helper()
	was, _ := f.opened.Load(s)
	if err := was.(opened).file.Close(); err != nil {
		t.Fatal(err)
	}
	return f.open(t, was.(opened).path, was.(opened).now)
}

// open opens a store, and closes its file after the test.
func open(tb testing.TB, path string, now func() time.Time) (*sqlitestore.Store, *sqlitefile.File) {
	tb.Helper()
	file, err := sqlitefile.Open(context.Background(), sqlitefile.Options{Path: path})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := file.Close(); err != nil {
			tb.Error(err)
		}
	})
	s, err := sqlitestore.New(context.Background(), file, now)
	if err != nil {
		tb.Fatal(err)
	}
	return s, file
}
