package scenario

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/sqlitequeue"
	"github.com/zhida-project/zhida/shared/sqlitefile"
)

// watched is an ordered queue that knows whether everything published is done.
type watched struct {
	queue.Queue
	monitor
	now  func() time.Time
	open map[string]int       // published and not yet done, by group
	held map[string]time.Time // until when a group is held back: all that is behind waits with it
	done int
}

func newWatched(q queue.Queue, now func() time.Time) *watched {
	return &watched{Queue: q, now: now, open: map[string]int{}, held: map[string]time.Time{}}
}

// Publish counts before it publishes, so that no message is ever uncounted.
func (w *watched) Publish(ctx context.Context, m queue.Message) error {
	w.change(func() {
		w.open[m.Group]++
		if m.Due.After(w.held[m.Group]) {
			w.held[m.Group] = m.Due
		}
	})
	err := w.Queue.Publish(ctx, m)
	if err != nil {
		w.change(func() { w.open[m.Group]-- })
	}
	return err
}

// Ack counts what is done.
func (w *watched) Ack(ctx context.Context, l queue.Lease) error {
	err := w.Queue.Ack(ctx, l)
	if err == nil {
		w.change(func() { w.open[l.Group]--; w.done++ })
	}
	return err
}

// empty reports whether everything was done in time, but for what is held back still.
func (w *watched) empty() bool {
	return w.await(func() bool {
		for group, n := range w.open {
			if n > 0 && !w.held[group].After(w.now()) {
				return false
			}
		}
		return true
	})
}

// leaping is the bot's queue on a clock that leaps. Its leases last, since no
// keep-alive comes to run between two moments that a test makes one.
type leaping struct{ queue.Queue }

func openLeaping(ctx context.Context, file *sqlitefile.File, clock queue.Clock) (queue.Queue, error) {
	q, err := sqlitequeue.Open(ctx, file, sqlitequeue.Options{Name: "bot", Clock: clock, Ordered: true, Lease: 24 * time.Hour})
	return leaping{q}, err
}

// Extend does not make a lease shorter.
func (leaping) Extend(context.Context, queue.Lease, time.Duration) error { return nil }

// journal keeps the log, and what must never be in it.
type journal struct {
	mu        sync.Mutex
	text      bytes.Buffer
	forbidden []string
}

// Write implements io.Writer.
func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

// forbid names what no log may hold: a text, a token, a user's id.
func (j *journal) forbid(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(text) >= 8 { // shorter ones are found in anything
		j.forbidden = append(j.forbidden, text)
	}
}

// told waits until a line holds a text, and takes all such lines out: they are what a story
// is about.
func (j *journal) told(t testing.TB, text string) (lines string) {
	t.Helper()
	for end := time.Now().Add(patience); lines == "" && time.Now().Before(end); time.Sleep(time.Millisecond) {
		j.mu.Lock()
		rest := ""
		for line := range strings.Lines(j.text.String()) {
			if strings.Contains(line, text) {
				lines += line
			} else {
				rest += line
			}
		}
		j.text.Reset()
		j.text.WriteString(rest)
		j.mu.Unlock()
	}
	if lines == "" {
		t.Errorf("the log does not say %q", text)
	}
	return lines
}

// check fails the test where the log holds a secret or something forbidden, or
// tells of a defect of ours.
func (j *journal) check(t testing.TB) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	log := j.text.String()
	for name, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %s", name)
		}
	}
	for _, text := range j.forbidden {
		if strings.Contains(log, text) {
			t.Errorf("the log holds %.40q", text)
		}
	}
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"internal"`) || strings.Contains(line, "panic") || strings.Contains(line, `"level":"ERROR"`) {
			t.Errorf("a defect is logged: %s", line)
		}
	}
}
