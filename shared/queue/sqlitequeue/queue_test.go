package sqlitequeue_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqlitequeue"
	"github.com/zhida-project/zhida/shared/sqlitefile"
)

func TestContract(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{
		Features: queuetest.Features{Groups: true, Dedupe: true, DeadLetter: true, Delay: true, Lapse: true, Reopen: true},
		Open: func(t *testing.T, s queuetest.Setup) queuetest.Opened {
			path := filepath.Join(t.TempDir(), "zhida.db")
			return opened(t, path, sqlitequeue.Options{
				Name: "test", Clock: newClock(), Ordered: s.Ordered, Lease: s.Lease, MaxAttempts: s.MaxAttempts,
			})
		},
	})
}

// newClock starts at a time that is no round number.
func newClock() queuetest.Clock {
	return queuetest.NewClock(time.Date(2026, 3, 1, 9, 0, 0, 123_456_000, time.UTC))
}

func opened(t *testing.T, path string, opts sqlitequeue.Options) queuetest.Opened {
	t.Helper()
	file := openFile(t, path)
	q := openQueue(t, file, opts)
	return queuetest.Opened{
		Queue: q, Dead: q, Clock: opts.Clock.(queuetest.Clock),
		Reopen: func(t *testing.T) queuetest.Opened {
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
			return opened(t, path, opts)
		},
	}
}

func openFile(tb testing.TB, path string) *sqlitefile.File {
	tb.Helper()
	file, err := sqlitefile.Open(tb.Context(), sqlitefile.Options{Path: path})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := file.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return file
}

func openQueue(tb testing.TB, file *sqlitefile.File, opts sqlitequeue.Options) *sqlitequeue.Queue {
	tb.Helper()
	q, err := sqlitequeue.Open(tb.Context(), file, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return q
}
