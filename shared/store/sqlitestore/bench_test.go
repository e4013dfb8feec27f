package sqlitestore_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
)

const benchUsers = 1000

// writers shares b.N calls among goroutines, and reports calls per second.
func writers(b *testing.B, n int, call func(i int) error) {
	b.Helper()
	b.ReportAllocs()
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range n {
		all.Go(func() {
			for i := int(next.Add(1)); i <= b.N; i = int(next.Add(1)) {
				if err := call(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

func benchStore(b *testing.B) (*sqlitestore.Store, *sqlitefile.File) {
	b.Helper()
	return open(b, filepath.Join(b.TempDir(), "zhida.db"), time.Now)
}

func BenchmarkReceive(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(n, " writers"), func(b *testing.B) {
			s, _ := benchStore(b)
			users := benchPeers()
			writers(b, n, func(i int) error {
				_, err := s.Receive(b.Context(), benchMessage(users[i%benchUsers], i))
				return err
			})
		})
	}
}

// benchPeers makes the users' first messages, so that hashing ids is not measured.
func benchPeers() []store.Incoming {
	users := make([]store.Incoming, benchUsers)
	for i := range users {
		users[i] = message(fmt.Sprint("user ", i), 0)
		users[i].Mark = time.Time{}
	}
	return users
}

func benchMessage(in store.Incoming, i int) store.Incoming {
	in.Message.Key = conversation.InboundKey(in.Message.Received.Add(time.Duration(i)*time.Millisecond), "m")
	return in
}

// BenchmarkReceiveRaw is the yardstick of BenchmarkReceive: its statements, done 256 to
// a transaction by whoever owns the connection, with nothing around them.
func BenchmarkReceiveRaw(b *testing.B) {
	b.ReportAllocs()
	path := filepath.Join(b.TempDir(), "zhida.db")
	_, file := open(b, path, time.Now)
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }() // nothing in it is kept
	for _, pragma := range []string{"PRAGMA synchronous = FULL", "PRAGMA wal_autocheckpoint = 32000"} {
		if err := rawStep(conn, pragma); err != nil {
			b.Fatal(err)
		}
	}
	users := benchPeers()
	b.ResetTimer()
	for i := 0; i < b.N; i += 256 {
		if err := rawGroup(conn, users, i, min(i+256, b.N)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

func rawStep(conn *sqlite.Conn, sql string) error {
	stmt := conn.Prep(sql)
	defer func() { _ = stmt.Reset() }() // repeats the step's error
	_, err := stmt.Step()
	return err
}

func rawGroup(conn *sqlite.Conn, users []store.Incoming, from, to int) error {
	if err := rawStep(conn, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for i := from; i < to; i++ {
		if err := sqlitestore.RawReceive(conn, benchMessage(users[i%benchUsers], i)); err != nil {
			return err
		}
	}
	return rawStep(conn, "COMMIT")
}

func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(n, " writers"), func(b *testing.B) {
			s, _ := benchStore(b)
			received := make([]store.Received, benchUsers)
			writers64(b, benchUsers, func(i int) (err error) {
				received[i], err = s.Receive(b.Context(), message(fmt.Sprint("user ", i), 0))
				return err
			})
			writers(b, n, func(i int) error {
				got := received[i%benchUsers]
				got.Message.Key = conversation.InboundKey(got.Message.Received.Add(time.Duration(i)*time.Millisecond), "m")
				_, err := s.Commit(b.Context(), answer(got))
				return err
			})
		})
	}
}

// writers64 prepares n things, 64 at a time.
func writers64(tb testing.TB, n int, call func(i int) error) {
	tb.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := call(i); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

func BenchmarkPosition(b *testing.B) {
	for _, n := range []int{10, 10_000, 100_000} {
		b.Run(fmt.Sprint(n, " waiting"), func(b *testing.B) {
			s, _ := benchStore(b)
			last := benchLine(b, s, n)
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				place, err := s.Position(b.Context(), last.Lane, last.Rank())
				if err != nil || place.Exact != (n <= 1_000) {
					b.Fatal(place, err)
				}
			}
		})
	}
}

// benchLine puts n people in line and returns the last one's ticket.
func benchLine(b *testing.B, s store.Store, n int) conversation.Ticket {
	b.Helper()
	var last conversation.Ticket
	writers64(b, n, func(i int) error {
		in := message(fmt.Sprint("user ", i), i)
		in.Mark = time.Time{}
		got, err := s.Receive(b.Context(), in)
		if err != nil {
			return err
		}
		next, err := got.Conversation.Apply(conversation.Event{
			Kind: conversation.Asked, At: in.Message.Received, Ask: in.Message.Key, Class: conversation.Normal,
		})
		if err != nil {
			return err
		}
		if i == n-1 {
			last = next.Ticket
		}
		_, err = s.Commit(b.Context(), store.Change{Cause: "ask", Epoch: got.Conversation.Epoch, Next: next})
		return err
	})
	return last
}
