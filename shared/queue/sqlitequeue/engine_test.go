package sqlitequeue_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqlitequeue"
	"github.com/zhida-project/zhida/shared/sqlitefile"
)

func newFile(tb testing.TB) *sqlitefile.File {
	return openFile(tb, filepath.Join(tb.TempDir(), "zhida.db"))
}

func publish(tb testing.TB, q *sqlitequeue.Queue, group string, bodies ...string) {
	tb.Helper()
	for _, b := range bodies {
		if err := q.Publish(tb.Context(), queue.Message{Group: group, Body: []byte(b)}); err != nil {
			tb.Fatal(err)
		}
	}
}

func receive(tb testing.TB, q *sqlitequeue.Queue) (leases []queue.Lease, bodies string) {
	tb.Helper()
	leases, err := q.Receive(tb.Context(), 100, 0)
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	for _, l := range leases {
		all = append(all, string(l.Body))
	}
	return leases, strings.Join(all, " ")
}

func TestOpenNeedsANameAndAClock(t *testing.T) {
	file := newFile(t)
	for _, opts := range []sqlitequeue.Options{{}, {Name: "q"}, {Clock: newClock()}} {
		if _, err := sqlitequeue.Open(t.Context(), file, opts); !fault.Is(err, fault.Config) {
			t.Errorf("%+v: %v", opts, err)
		}
	}
}

func TestQueuesOfAFileAreApart(t *testing.T) {
	file, clock := newFile(t), newClock()
	a := openQueue(t, file, sqlitequeue.Options{Name: "a", Clock: clock, Ordered: true})
	b := openQueue(t, file, sqlitequeue.Options{Name: "b", Clock: clock, Ordered: true})
	for _, q := range []*sqlitequeue.Queue{a, b} { // the same ID and group in both
		if err := q.Publish(t.Context(), queue.Message{ID: "id", Group: "g", Body: []byte("1")}); err != nil {
			t.Fatal(err)
		}
	}
	leases, _ := receive(t, a)
	if len(leases) != 1 {
		t.Fatalf("received %d messages", len(leases))
	}
	if err := b.Ack(t.Context(), leases[0]); !errors.Is(err, queue.ErrLapsed) {
		t.Errorf("a's lease in b: %v", err)
	}
	if _, got := receive(t, b); got != "1" {
		t.Errorf("b has %q", got)
	}
}

func TestAQueueMayBecomeOrderedAndBack(t *testing.T) {
	file, clock := newFile(t), newClock()
	opts := sqlitequeue.Options{Name: "q", Clock: clock}
	publish(t, openQueue(t, file, opts), "g", "1", "2", "3")
	opts.Ordered = true
	ordered := openQueue(t, file, opts)
	leases, got := receive(t, ordered)
	if got != "1" {
		t.Fatalf("ordered: %q", got)
	}
	if err := ordered.Ack(t.Context(), leases[0]); err != nil {
		t.Fatal(err)
	}
	opts.Ordered = false
	if _, got := receive(t, openQueue(t, file, opts)); got != "2 3" {
		t.Errorf("not ordered: %q", got)
	}
}

// leaping is a clock that leaps between a look at it and the timer that is made by that look.
type leaping struct {
	queuetest.Clock
	once sync.Once
}

func (l *leaping) Timer(d time.Duration) (<-chan time.Time, func()) {
	l.once.Do(func() { l.Advance(2 * time.Second) })
	return l.Clock.Timer(d)
}

// TestAClockThatLeapsIsLookedAtAgain: what is due by then is handed out.
func TestAClockThatLeapsIsLookedAtAgain(t *testing.T) {
	clock := &leaping{Clock: queuetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	q := openQueue(t, newFile(t), sqlitequeue.Options{Name: "q", Clock: clock})
	if err := q.Publish(t.Context(), queue.Message{Body: []byte("due in a second"), Due: clock.Now().Add(time.Second)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if leases, err := q.Receive(ctx, 1, time.Minute); err != nil || len(leases) != 1 {
		t.Errorf("%d messages, %v", len(leases), err)
	}
}

func TestPeekShowsWhatLiesInTheQueue(t *testing.T) {
	file, clock := newFile(t), newClock()
	q := openQueue(t, file, sqlitequeue.Options{Name: "q", Clock: clock, Ordered: true, Lease: time.Minute})
	start := clock.Now()
	publish(t, q, "g", `{"转":"人工"}`, "second")
	clock.Advance(time.Second)
	publish(t, q, "", "third")
	if _, err := q.Receive(t.Context(), 1, 0); err != nil {
		t.Fatal(err)
	}
	entries, err := q.Peek(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range entries {
		lines = append(lines, fmt.Sprint(string(e.Body), " ", e.Group, " ", e.Attempts, " ", e.Leased, " ", e.Published.Sub(start), " ", e.Due.Sub(start)))
	}
	want := "{\"转\":\"人工\"} g 1 true 0s 1m1s\nsecond g 0 false 0s 0s\nthird  0 false 1s 1s"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("peek:\n%s\nwant:\n%s", got, want)
	}
	if entries, err := q.Peek(t.Context(), 2); err != nil || len(entries) != 2 {
		t.Errorf("peek of 2: %d, %v", len(entries), err)
	}
	clock.Advance(time.Hour)
	if entries, err := q.Peek(t.Context(), 1); err != nil || entries[0].Leased {
		t.Errorf("a lapsed lease is shown as held: %v", err)
	}
}

func TestTrimRemovesOnlyTheOld(t *testing.T) {
	file, clock := newFile(t), newClock()
	const day = 24 * time.Hour
	q := openQueue(t, file, sqlitequeue.Options{Name: "q", Clock: clock, Ordered: true, MaxAttempts: 1, Lease: 30 * day})
	trim := func(want int) {
		t.Helper()
		if n, err := q.Trim(t.Context()); err != nil || n != want {
			t.Errorf("trimmed %d, %v; want %d", n, err, want)
		}
	}
	publish(t, q, "", "leased", "dead")
	leases, _ := receive(t, q)
	if err := q.Release(t.Context(), leases[1], 0); err != nil {
		t.Fatal(err)
	}
	fill(t, q, "g", 450) // more than Trim removes at once
	clock.Advance(10 * day)
	publish(t, q, "g", "young")
	trim(0)
	clock.Advance(4*day + time.Second)
	trim(451)
	trim(0)
	if _, got := receive(t, q); got != "young" {
		t.Errorf("left: %q", got)
	}
	if dead, err := q.Dead(t.Context(), 10); err != nil || len(dead) != 0 {
		t.Errorf("dead: %v, %v", dead, err)
	}
	if err := q.Ack(t.Context(), leases[0]); err != nil {
		t.Errorf("the leased message: %v", err)
	}
}

func TestForgottenIDsLeaveTheTable(t *testing.T) {
	file, clock := newFile(t), newClock()
	q := openQueue(t, file, sqlitequeue.Options{Name: "q", Clock: clock})
	for i := range 100 {
		if err := q.Publish(t.Context(), queue.Message{ID: fmt.Sprint(i), Body: []byte("x")}); err != nil {
			t.Fatal(err)
		}
		clock.Advance(queue.DedupeWindow / 10)
	}
	if n := number(t, file, "SELECT count(*) FROM queue_id"); n > 12 {
		t.Errorf("%d IDs are remembered, of 10 in the window", n)
	}
}

func number(tb testing.TB, file *sqlitefile.File, query string) (n int) {
	tb.Helper()
	err := file.Read(tb.Context(), func(conn *sqlite.Conn) error {
		stmt := conn.Prep(query)
		_, err := stmt.Step()
		n = stmt.ColumnInt(0)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestAClosedFileIsUnavailable(t *testing.T) {
	file := newFile(t)
	q := openQueue(t, file, sqlitequeue.Options{Name: "q", Clock: newClock()})
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	_, receiveErr := q.Receive(t.Context(), 1, time.Hour)
	_, peekErr := q.Peek(t.Context(), 1)
	_, deadErr := q.Dead(t.Context(), 1)
	_, trimErr := q.Trim(t.Context())
	for op, err := range map[string]error{
		"publish": q.Publish(t.Context(), queue.Message{}),
		"ack":     q.Ack(t.Context(), queue.Lease{Token: "1.1"}),
		"resend":  q.Resend(t.Context(), queue.Dead{Ref: "1"}),
		"receive": receiveErr, "peek": peekErr, "dead": deadErr, "trim": trimErr,
	} {
		if !fault.Is(err, fault.Unavailable) || !errors.Is(err, sqlitefile.ErrClosed) {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// fill puts n messages into the queue's group behind each other, in few transactions.
func fill(tb testing.TB, q *sqlitequeue.Queue, group string, n int) {
	tb.Helper()
	var all sync.WaitGroup
	for w := range 64 {
		all.Go(func() {
			for i := w; i < n; i += 64 {
				if err := q.Publish(context.Background(), queue.Message{Group: group, Body: []byte("some text")}); err != nil {
					tb.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkReceive measures Receive, of one message and of none, and its Ack, with many
// messages waiting: alone, or in one group that is locked.
func BenchmarkReceive(b *testing.B) {
	for _, waiting := range []int{0, 1_000, 100_000} {
		for _, group := range []string{"", "one-group"} {
			b.Run(fmt.Sprintf("waiting=%d/group=%s", waiting, group), func(b *testing.B) {
				q := openQueue(b, newFile(b), sqlitequeue.Options{
					Name: "q", Clock: queue.SystemClock(time.Now), Ordered: true, Lease: time.Hour,
				})
				fill(b, q, group, waiting)
				for b.Loop() {
					leases, err := q.Receive(b.Context(), 1, 0)
					if err != nil {
						b.Fatal(err)
					}
					for _, l := range leases {
						if err := q.Release(b.Context(), l, 0); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}

// BenchmarkThroughput publishes, receives and acknowledges messages of 64 groups with 64
// publishers and 8 consumers, all durable.
func BenchmarkThroughput(b *testing.B) {
	file := newFile(b)
	q := openQueue(b, file, sqlitequeue.Options{Name: "q", Clock: queue.SystemClock(time.Now), Ordered: true})
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	b.ResetTimer()
	left := make(chan struct{}, b.N)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				leases, err := q.Receive(ctx, 10, time.Minute)
				if err != nil {
					return
				}
				for _, l := range leases {
					if err := q.Ack(b.Context(), l); err != nil {
						b.Error(err)
					}
					left <- struct{}{}
				}
			}
		})
	}
	for w := range 64 {
		all.Go(func() {
			group := fmt.Sprint(w)
			for i := w; i < b.N; i += 64 {
				if err := q.Publish(ctx, queue.Message{Group: group, Body: []byte("some text")}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range b.N {
		<-left
	}
	b.StopTimer()
	stop()
	all.Wait()
}
