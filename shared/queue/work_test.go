package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

// script is a queue that hands out what a test puts in, and says what it is told.
type script struct {
	in   chan received
	told chan string // one line per call of Ack, Release, Extend
	max  chan int    // what each Receive asked for
}

type received struct {
	leases []queue.Lease
	err    error
}

func newScript() *script {
	return &script{in: make(chan received), told: make(chan string, 100), max: make(chan int, 100)}
}

func (s *script) Publish(context.Context, queue.Message) error { return nil }

func (s *script) Receive(ctx context.Context, max int, _ time.Duration) ([]queue.Lease, error) {
	s.max <- max
	select {
	case r := <-s.in:
		return r.leases, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *script) Ack(_ context.Context, l queue.Lease) error {
	s.told <- "ack " + l.Token
	return nil
}

func (s *script) Release(_ context.Context, l queue.Lease, after time.Duration) error {
	s.told <- fmt.Sprint("release ", l.Token, " ", after)
	return nil
}

func (s *script) Extend(_ context.Context, l queue.Lease, by time.Duration) error {
	s.told <- fmt.Sprint("extend ", l.Token, " ", by)
	return nil
}

func (s *script) hand(tokens ...string) {
	var r received
	for i, token := range tokens {
		r.leases = append(r.leases, queue.Lease{Token: token, Attempts: i + 1, Message: queue.Message{Body: []byte("secret text")}})
	}
	s.in <- r
}

// work starts Work and returns a function that stops it and waits for its end.
func work(t *testing.T, s *script, handle queue.Handler, opts queue.WorkOptions) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		queue.Work(ctx, s, handle, opts)
	}()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

func newClock() queuetest.Clock {
	return queuetest.NewClock(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
}

func expect(t *testing.T, told <-chan string, want string) {
	t.Helper()
	if got := <-told; got != want {
		t.Errorf("the queue was told %q, want %q", got, want)
	}
}

func TestWorkTellsTheQueueWhatBecameOfAMessage(t *testing.T) {
	for _, tc := range []struct {
		name   string
		handle queue.Handler
		want   string
	}{
		{"done", func(context.Context, queue.Lease) queue.Result { return queue.Done() }, "ack t"},
		{"retry", func(context.Context, queue.Lease) queue.Result {
			return queue.Retry(7*time.Second, errors.New("busy"))
		}, "release t 7s"},
		{"retry in the usual pause", func(context.Context, queue.Lease) queue.Result { return queue.Retry(0, nil) }, "release t 1s"},
		{"nothing said", func(context.Context, queue.Lease) queue.Result { return queue.Result{} }, "release t 1s"},
		{"panic", func(context.Context, queue.Lease) queue.Result { panic("a defect") }, "release t 1s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newScript()
			var log bytes.Buffer
			stop := work(t, s, tc.handle, queue.WorkOptions{Clock: newClock(), Log: slog.New(slog.NewJSONHandler(&log, nil))})
			s.hand("t")
			expect(t, s.told, tc.want)
			stop()
			if strings.Contains(log.String(), "secret") {
				t.Errorf("the log holds the body: %s", &log)
			}
			if logged := log.Len() > 0; logged == strings.HasPrefix(tc.want, "ack") {
				t.Errorf("log: %s", &log)
			}
		})
	}
}

func TestWorkBacksOffByAttempts(t *testing.T) {
	s := newScript()
	work(t, s, func(context.Context, queue.Lease) queue.Result { return queue.Retry(0, nil) }, queue.WorkOptions{Clock: newClock()})
	for attempts, want := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 9: 256 * time.Second, 10: 5 * time.Minute, 1000: 5 * time.Minute,
	} {
		s.in <- received{leases: []queue.Lease{{Token: "t", Attempts: attempts}}}
		expect(t, s.told, fmt.Sprint("release t ", want))
	}
}

func TestWorkRunsAsManyAsAllowed(t *testing.T) {
	s := newScript()
	begun, finish := make(chan string), make(chan struct{})
	handle := func(_ context.Context, l queue.Lease) queue.Result {
		begun <- l.Token
		<-finish
		return queue.Done()
	}
	work(t, s, handle, queue.WorkOptions{Clock: newClock(), Concurrency: 3})
	if n := <-s.max; n != 3 {
		t.Errorf("asked for %d, want 3", n)
	}
	s.hand("a", "b")
	<-begun
	<-begun
	if n := <-s.max; n != 1 {
		t.Errorf("asked for %d with two at work, want 1", n)
	}
	s.hand("c")
	<-begun
	select {
	case n := <-s.max:
		t.Errorf("asked for %d with three at work", n)
	default:
	}
	finish <- struct{}{}
	<-s.told
	if n := <-s.max; n != 1 {
		t.Errorf("asked for %d after one was done, want 1", n)
	}
	finish <- struct{}{}
	finish <- struct{}{}
}

func TestWorkFinishesWhatItBegan(t *testing.T) {
	s := newScript()
	begun, finish := make(chan struct{}), make(chan struct{})
	handle := func(ctx context.Context, _ queue.Lease) queue.Result {
		close(begun)
		<-finish
		if ctx.Err() != nil {
			t.Error("the handler's context ended with the worker's")
		}
		return queue.Done()
	}
	stop := work(t, s, handle, queue.WorkOptions{Clock: newClock()})
	s.hand("t")
	<-begun
	go close(finish)
	stop()
	select {
	case told := <-s.told:
		if told != "ack t" {
			t.Errorf("the queue was told %q", told)
		}
	default:
		t.Error("Work returned before its handler was done")
	}
}

func TestWorkGivesBackWhatCameTooLate(t *testing.T) {
	s := newScript()
	ctx, cancel := context.WithCancel(t.Context())
	late := lateQueue{s, cancel}
	queue.Work(ctx, late, func(context.Context, queue.Lease) queue.Result {
		t.Error("a handler was started after the end")
		return queue.Done()
	}, queue.WorkOptions{Clock: newClock()})
	expect(t, s.told, "release t 0s")
}

// lateQueue leases a message at the moment at which its caller's context ends.
type lateQueue struct {
	*script
	cancel func()
}

func (q lateQueue) Receive(context.Context, int, time.Duration) ([]queue.Lease, error) {
	q.cancel()
	return []queue.Lease{{Token: "t", Attempts: 1}}, nil
}

func TestWorkOutlivesAFailingQueue(t *testing.T) {
	s, clock := newScript(), newClock()
	work(t, s, func(context.Context, queue.Lease) queue.Result { return queue.Done() }, queue.WorkOptions{Clock: clock})
	for _, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		<-s.max
		s.in <- received{err: errors.New("no queue")}
		clock.AwaitTimers(t.Context(), 1)
		select {
		case <-s.max:
			t.Fatal("asked again without a pause")
		default:
		}
		clock.Advance(pause)
	}
	s.hand("t")
	expect(t, s.told, "ack t")
}

func TestWorkKeepsALeaseAlive(t *testing.T) {
	s, clock := newScript(), newClock()
	finish := make(chan struct{})
	handle := func(context.Context, queue.Lease) queue.Result { <-finish; return queue.Done() }
	work(t, s, handle, queue.WorkOptions{Clock: clock, KeepAlive: time.Minute})
	s.hand("t")
	for range 3 {
		clock.AwaitTimers(t.Context(), 1)
		clock.Advance(30 * time.Second)
		expect(t, s.told, "extend t 1m0s")
	}
	clock.AwaitTimers(t.Context(), 1)
	close(finish)
	expect(t, s.told, "ack t")
	clock.Advance(time.Hour)
	select {
	case told := <-s.told:
		t.Errorf("the queue was told %q after the end", told)
	default:
	}
}

func TestSystemClock(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	clock := queue.SystemClock(func() time.Time { return at })
	if !clock.Now().Equal(at) {
		t.Errorf("now is %v", clock.Now())
	}
	fired, stop := clock.Timer(time.Nanosecond)
	<-fired
	stop()
	fired, stop = clock.Timer(time.Hour)
	stop()
	select {
	case <-fired:
		t.Error("a stopped timer fired")
	default:
	}
}
