// Package queuetest is what every queue engine must do: its tests are the contract of
// package queue, executed.
//
// An engine's own test is a Harness and a call of Run. Features select tests; what they
// leave out is printed, never skipped in silence.
package queuetest

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/queue"
)

// Features say which optional parts of the contract an engine has.
type Features struct {
	Groups     bool // ordered queues
	Dedupe     bool // Publish drops a repeated ID
	DeadLetter bool // queue.DeadLetters
	Delay      bool // Message.Due
	Lapse      bool // a lapsed lease is refused even before somebody else got the message
	Reopen     bool // Opened.Reopen
}

// Harness is how an engine is tested.
type Harness struct {
	Features Features
	// Open makes an empty queue that lives as long as the test.
	Open func(t *testing.T, s Setup) Opened
	// Unit is a short time that the engine can tell apart: a second for one whose leases
	// and delays are whole seconds. One second if 0. The suite's times are multiples of it.
	Unit time.Duration
	// Wall says that the clock is Wall(): what a test of a few units waits for is really
	// waited for. The tests run at the same time, and those that would wait for minutes
	// are left out.
	Wall bool
}

// Setup is what a test wants of its queue.
type Setup struct {
	Ordered     bool
	Lease       time.Duration
	MaxAttempts int // 0: no limit
}

// Opened is a queue made for one test.
type Opened struct {
	Queue queue.Queue
	Clock Clock             // the one the engine goes by
	Dead  queue.DeadLetters // if the feature is there
	// Reopen ends the process that holds the queue as far as a test can, and opens the
	// same queue again, with the same clock.
	Reopen func(t *testing.T) Opened
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	if h.Unit <= 0 {
		h.Unit = time.Second
	}
	var left []string
	var alone []testCase
	var all sync.WaitGroup
	for _, c := range cases() {
		if c.needs != nil && !c.needs(h.Features) || c.minutes && h.Wall {
			left = append(left, c.name)
			continue
		}
		if !h.Wall || c.heavy {
			alone = append(alone, c)
			continue
		}
		all.Go(func() { c.test(t, h) }) // and not t.Parallel: they sleep, so the number of processors is no limit
	}
	all.Wait()
	for _, c := range alone {
		c.test(t, h)
	}
	t.Logf("%d tests ran; left out for want of a feature: %s", len(cases())-len(left), listed(left))
}

// tries is how often a test is tried on a machine that is too slow for it.
const tries = 4

func (c testCase) test(t *testing.T, h Harness) {
	t.Run(c.name, func(t *testing.T) {
		for try := 1; ; try++ {
			b := newBench(t, h, c.setup)
			over := make(chan struct{})
			go func() {
				defer close(over)
				c.run(b)
			}()
			<-over
			if !b.tooLate || try == tries {
				for _, failure := range b.failures {
					t.Error(failure)
				}
				return
			}
			t.Logf("try %d took longer than the test's times allow, and says nothing: %q", try, b.failures)
		}
	})
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// testCase is one test of the suite.
type testCase struct {
	name    string
	needs   func(Features) bool // nil: nothing
	minutes bool                // it moves the clock by minutes
	heavy   bool                // it is much work, which others' times would suffer from
	setup   Setup               // its Lease is set by the suite
	run     func(*bench)
}

func cases() []testCase {
	return slices.Concat(basicCases(), contentCases(), groupCases(), timeCases(), deadCases(), loadCases())
}

// bench is a queue on which one test works. Its methods fail the test.
type bench struct {
	*testing.T
	Opened
	unit  time.Duration
	lease time.Duration
	ctx   context.Context // ends when the test hangs

	mu       sync.Mutex
	failures []string
	tooLate  bool // a failure may come from a wall clock that ran away from the test
}

// fail notes a failure, and where it was found.
func (b *bench) fail(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures = append(b.failures, found()+": "+text)
	if clock, ok := b.Clock.(*wallClock); ok && clock.late() > b.unit/2 {
		b.tooLate = true
	}
}

// found is the place in a test from which a bench was called.
func found() string {
	var callers [20]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	for {
		frame, more := frames.Next()
		name := filepath.Base(frame.File)
		if name != "suite.go" || !more {
			return fmt.Sprint(name, ":", frame.Line)
		}
	}
}

func (b *bench) Error(args ...any) { b.fail(fmt.Sprint(args...)) }

func (b *bench) Errorf(format string, args ...any) { b.fail(fmt.Sprintf(format, args...)) }

func (b *bench) Fatal(args ...any) {
	b.fail(fmt.Sprint(args...))
	runtime.Goexit()
}

func (b *bench) Fatalf(format string, args ...any) {
	b.fail(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// hung is how long a test may take by the wall clock. It only ends tests that fail.
const hung = 2 * time.Minute

func newBench(t *testing.T, h Harness, s Setup) *bench {
	t.Helper()
	s.Lease = 6 * h.Unit
	ctx, cancel := context.WithTimeout(t.Context(), hung)
	t.Cleanup(cancel)
	return &bench{T: t, Opened: h.Open(t, s), unit: h.Unit, lease: s.Lease, ctx: ctx}
}

func (b *bench) publish(group string, bodies ...string) {
	b.Helper()
	for _, body := range bodies {
		b.send(queue.Message{Group: group, Body: []byte(body)})
	}
}

func (b *bench) send(m queue.Message) {
	b.Helper()
	if err := b.Queue.Publish(b.ctx, m); err != nil {
		b.Fatalf("publish: %v", err)
	}
}

// receive returns what can be had now.
func (b *bench) receive(max int) []queue.Lease {
	b.Helper()
	leases, err := b.Queue.Receive(b.ctx, max, 0)
	if err != nil {
		b.Fatalf("receive: %v", err)
	}
	if len(leases) > max {
		b.Fatalf("received %d messages, asked for %d", len(leases), max)
	}
	return leases
}

// all receives until there is nothing more.
func (b *bench) all() (leases []queue.Lease) {
	b.Helper()
	for {
		more := b.receive(10)
		if len(more) == 0 {
			return leases
		}
		leases = append(leases, more...)
	}
}

// one receives exactly one message with this body.
func (b *bench) one(body string) queue.Lease {
	b.Helper()
	leases := b.receive(1)
	if len(leases) != 1 || string(leases[0].Body) != body {
		b.Fatalf("received %s, want %q", bodies(leases), body)
	}
	return leases[0]
}

// await receives exactly one message with this body, which may be a while in coming.
func (b *bench) await(body string) queue.Lease {
	b.Helper()
	leases, err := b.Queue.Receive(b.ctx, 1, b.lease/2)
	if err != nil || len(leases) != 1 || string(leases[0].Body) != body {
		b.Fatalf("received %s, %v, want %q", bodies(leases), err, body)
	}
	return leases[0]
}

func (b *bench) none() {
	b.Helper()
	if leases := b.receive(10); len(leases) != 0 {
		b.Fatalf("received %s, want nothing", bodies(leases))
	}
}

// expect receives all there is and compares it, in order.
func (b *bench) expect(want ...string) []queue.Lease {
	b.Helper()
	leases := b.all()
	got := bodies(leases)
	if !slices.Equal(got, want) {
		b.Fatalf("received %q, want %q", got, want)
	}
	return leases
}

func (b *bench) ack(leases ...queue.Lease) {
	b.Helper()
	for _, l := range leases {
		if err := b.Queue.Ack(b.ctx, l); err != nil {
			b.Fatalf("ack %q: %v", l.Body, err)
		}
	}
}

func (b *bench) release(l queue.Lease, after time.Duration) {
	b.Helper()
	if err := b.Queue.Release(b.ctx, l, after); err != nil {
		b.Fatalf("release %q: %v", l.Body, err)
	}
}

// later starts a Receive that waits, and returns once it sleeps.
func (b *bench) later(wait time.Duration) (result func() ([]queue.Lease, error)) {
	type answer struct {
		leases []queue.Lease
		err    error
	}
	answers := make(chan answer, 1)
	go func() {
		leases, err := b.Queue.Receive(b.ctx, 10, wait)
		answers <- answer{leases, err}
	}()
	b.Clock.AwaitTimers(b.ctx, 1)
	return func() ([]queue.Lease, error) {
		a := <-answers
		return a.leases, a.err
	}
}

func bodies(leases []queue.Lease) []string {
	all := make([]string, len(leases))
	for i, l := range leases {
		all[i] = string(l.Body)
	}
	return all
}
