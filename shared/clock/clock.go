// Package clock is the use case of time: what is due is done, whoever forgot it.
// A ticker calls it in the single binary, a schedule on AWS.
package clock

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// Duties is who does each kind of due work. Each is safe to repeat.
type Duties struct {
	Decide  func(ctx context.Context, w store.Work) error               // decide upon a marked message, or settle its mark
	Deliver func(ctx context.Context, id conversation.ID) error         // ring the doorbell of a conversation
	Ring    func(ctx context.Context, w store.Work) error               // publish a permit that may be missing, and put off or settle
	Lapse   func(ctx context.Context, agent conversation.AgentID) error // put a vanished agent's tickets back in line
	Fetch   func(ctx context.Context, w store.Work) error               // ring for media that have not come, or settle; it is put off by then
	Erase   func(ctx context.Context, w store.Work) error               // forget a customer who left, and settle
	Spare   func(ctx context.Context, agent conversation.AgentID) error // give an agent one more lease
	Show    func(ctx context.Context, lane conversation.Lane)           // have those who wait shown where they stand: estimates change by themselves, and news may be lost
}

// Clock does due work. It is safe for concurrent use.
type Clock struct {
	store  store.Store
	duties Duties
	now    func() time.Time
	log    *slog.Logger

	mu       sync.Mutex
	surveyed time.Time // when the lines were last counted
}

// New makes a Clock; fault.Config if something is missing.
func New(s store.Store, d Duties, now func() time.Time, log *slog.Logger) (*Clock, error) {
	if s == nil || now == nil || log == nil || !d.complete() {
		return nil, fault.New(fault.Config, "clock.New", "a duty has nobody to do it")
	}
	return &Clock{store: s, duties: d, now: now, log: log}, nil
}

func (d Duties) complete() bool {
	return d.Decide != nil && d.Deliver != nil && d.Ring != nil && d.Lapse != nil && d.Fetch != nil && d.Erase != nil && d.Spare != nil && d.Show != nil
}

// batch is how much due work is read at a time.
const batch = 100

// maxBatches bounds one Tick; what is left is due at the next.
const maxBatches = 100

// Tick does what is due now. Work that fails is put off, with a growing pause,
// and the rest goes on; only a store that does not answer ends it early.
func (c *Clock) Tick(ctx context.Context) error {
	now := c.now()
	if err := c.work(ctx, now); err != nil {
		return err
	}
	c.survey(ctx, now)
	return nil
}

// everySurvey is the least time between two counts of a line: a minute, as far as
// schedules keep to it.
const everySurvey = 50 * time.Second

// survey counts the lines, and has those shown that somebody waits in. What it finds is
// told to customers as a round figure: a count that failed is the next minute's.
func (c *Clock) survey(ctx context.Context, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.surveyed.IsZero() && now.Sub(c.surveyed) < everySurvey {
		return
	}
	line, err := c.store.Line(ctx, conversation.Front, 1)
	if err == nil {
		err = c.store.Survey(ctx, conversation.Front)
	}
	if err != nil {
		c.log.LogAttrs(ctx, slog.LevelWarn, "a line was not counted", slog.String("lane", string(conversation.Front)),
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
		return
	}
	c.surveyed = now
	if len(line) > 0 {
		c.duties.Show(ctx, conversation.Front)
	}
}

func (c *Clock) work(ctx context.Context, now time.Time) error {
	for range maxBatches {
		due, err := c.store.Due(ctx, now, batch)
		if err != nil {
			return err
		}
		for _, w := range due {
			if err := c.do(ctx, w); err != nil {
				return err
			}
		}
		if len(due) < batch {
			return nil
		}
	}
	return nil
}

func (c *Clock) do(ctx context.Context, w store.Work) error {
	if err := c.duty(ctx, w); err != nil {
		return c.putOff(ctx, w, err)
	}
	return nil
}

func (c *Clock) putOff(ctx context.Context, w store.Work, err error) error {
	c.log.LogAttrs(ctx, slog.LevelWarn, "due work is put off", slog.String("kind", string(w.Kind)),
		slog.String("conversation", string(w.Conversation)), slog.Int("attempt", w.Attempts+1),
		slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	return renewed(c.store.Defer(ctx, w, c.now().Add(pause(w.Attempts))))
}

func (c *Clock) duty(ctx context.Context, w store.Work) error {
	switch w.Kind {
	case store.Decide:
		return c.duties.Decide(ctx, w)
	case store.Ring:
		return c.duties.Ring(ctx, w)
	case store.Lapse:
		return c.lapse(ctx, w)
	case store.Erase:
		return c.duties.Erase(ctx, w)
	case store.Fetch:
		return c.bell(ctx, w, c.duties.Fetch)
	case store.Deliver: // the drain takes the work away with the last outcome
		return c.bell(ctx, w, func(ctx context.Context, w store.Work) error { return c.duties.Deliver(ctx, w.Conversation) })
	}
	return fault.New(fault.Internal, "clock.duty", "unknown kind of work")
}

// bell puts work off first, whatever becomes of the bell: others do it.
func (c *Clock) bell(ctx context.Context, w store.Work, ring func(context.Context, store.Work) error) error {
	due := c.now().Add(pause(w.Attempts)).Truncate(time.Millisecond)
	if err := c.store.Defer(ctx, w, due); err != nil {
		return renewed(err)
	}
	w.Due, w.Attempts = due, w.Attempts+1
	return ring(ctx, w)
}

// lapse looks once more: an agent who is back by now has renewed the lease, and
// then the store does not put the work off.
func (c *Clock) lapse(ctx context.Context, w store.Work) error {
	if w.Attempts == 0 && !leftByThemselves(w) && c.now().Sub(w.Due) >= away {
		return c.duties.Spare(ctx, w.Agent)
	}
	due := w.Due.Add(time.Millisecond)
	if err := c.store.Defer(ctx, w, due); err != nil {
		return renewed(err)
	}
	w.Due, w.Attempts = due, w.Attempts+1
	if err := c.duties.Lapse(ctx, w.Agent); err != nil {
		return c.putOff(ctx, w, err)
	}
	return renewed(c.store.Settle(ctx, w))
}

// away is how late a lease's end is seen only where nobody looked for long: not the
// agent was away then, but we.
const away = 5 * time.Minute

// leftByThemselves reports whether an agent ended the lease, which is due since the
// Unix epoch.
func leftByThemselves(w store.Work) bool { return w.Due.UnixMilli() == 0 }

// Resume is called when a program starts that was the only one: agents whose lease
// ran out meanwhile get one more, since it was not they who were away.
func (c *Clock) Resume(ctx context.Context) error {
	due, err := c.store.Due(ctx, c.now(), maxAgents)
	if err != nil {
		return err
	}
	for _, w := range due {
		if w.Kind != store.Lapse || leftByThemselves(w) {
			continue
		}
		if err := c.duties.Spare(ctx, w.Agent); err != nil {
			return err
		}
	}
	return nil
}

// maxAgents bounds how much due work Resume looks through for agents' leases.
const maxAgents = 1_000

// renewed takes work that somebody renewed meanwhile for theirs.
func renewed(err error) error {
	if fault.Is(err, fault.Conflict) {
		return nil
	}
	return err
}

// pause doubles from a quarter of a minute to a quarter of an hour.
func pause(attempts int) time.Duration {
	return min(15*time.Second<<min(attempts, 6), 15*time.Minute)
}
