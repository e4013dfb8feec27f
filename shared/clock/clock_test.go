package clock_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/clock"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
)

// office does the duties as told, and notes them.
type office struct {
	now   time.Time
	store store.Store
	did   []string
	fails bool
}

func (o *office) do(what string) error {
	o.did = append(o.did, what)
	if o.fails {
		return errors.New("cannot")
	}
	return nil
}

func setUp(t *testing.T) (*office, *clock.Clock) {
	t.Helper()
	o := &office{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	file, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: filepath.Join(t.TempDir(), "zhida.db")})
	must(t, err)
	t.Cleanup(func() { must(t, file.Close()) })
	o.store, err = sqlitestore.New(t.Context(), file, func() time.Time { return o.now })
	must(t, err)
	c, err := clock.New(o.store, clock.Duties{
		Decide:  func(_ context.Context, w store.Work) error { return o.settled(t, w, o.do("decide "+string(w.Key))) },
		Ring:    func(_ context.Context, w store.Work) error { return o.settled(t, w, o.do("ring "+string(w.Key))) },
		Deliver: func(_ context.Context, id conversation.ID) error { return o.do("deliver " + string(id)) },
		Lapse:   func(_ context.Context, agent conversation.AgentID) error { return o.do("lapse " + string(agent)) },
		Fetch:   func(_ context.Context, w store.Work) error { return o.do("fetch " + string(w.Key)) },
		Erase:   func(_ context.Context, w store.Work) error { return o.settled(t, w, o.do("erase "+string(w.Key))) },
		Show:    func(_ context.Context, lane conversation.Lane) { o.did = append(o.did, "show "+string(lane)) },
		Spare: func(ctx context.Context, agent conversation.AgentID) error {
			return errors.Join(o.do("spare "+string(agent)), o.store.Lease(ctx, agent, o.now.Add(time.Minute)))
		},
	}, func() time.Time { return o.now }, slog.New(slog.DiscardHandler))
	must(t, err)
	return o, c
}

// settled settles, as the real duties do.
func (o *office) settled(t *testing.T, w store.Work, err error) error {
	if err != nil {
		return err
	}
	return o.store.Settle(t.Context(), w)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) tick(t *testing.T, c *clock.Clock, want ...string) {
	t.Helper()
	o.did = nil
	must(t, c.Tick(t.Context()))
	slices.Sort(o.did)
	if fmt.Sprint(o.did) != fmt.Sprint(want) {
		t.Errorf("did %q, want %q", o.did, want)
	}
}

func TestEveryDutyIsDoneOnceItIsDue(t *testing.T) {
	o, c := setUp(t)
	due := o.now.Add(time.Minute)
	must(t, o.store.Defer(t.Context(), store.Work{Kind: store.Decide, Conversation: "c", Key: "k"}, due))
	must(t, o.store.Defer(t.Context(), store.Work{Kind: store.Ring, Conversation: "c", Key: "k"}, due))
	must(t, o.store.Defer(t.Context(), store.Work{Kind: store.Erase, Conversation: "c", Key: "k"}, due))
	must(t, o.store.Lease(t.Context(), "lin", due))
	o.tick(t, c)
	o.now = due
	o.tick(t, c, "decide k", "erase k", "lapse lin", "ring k")
	o.now = due.Add(24 * time.Hour)
	o.tick(t, c)
}

func TestWorkThatFailsComesBackLessAndLessOften(t *testing.T) {
	o, c := setUp(t)
	o.fails = true
	must(t, o.store.Defer(t.Context(), store.Work{Kind: store.Decide, Conversation: "c", Key: "k"}, o.now))
	for _, pause := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		o.tick(t, c, "decide k")
		o.now = o.now.Add(pause - time.Second)
		o.tick(t, c)
		o.now = o.now.Add(time.Second)
	}
	o.fails = false
	o.tick(t, c, "decide k")
	o.now = o.now.Add(24 * time.Hour)
	o.tick(t, c)
}

// TestMediaAreAskedForLessAndLessOften: whoever fetches them takes no work away, and what
// has come by then is settled.
func TestMediaAreAskedForLessAndLessOften(t *testing.T) {
	o, c := setUp(t)
	must(t, o.store.Defer(t.Context(), store.Work{Kind: store.Fetch, Conversation: "c", Key: "k"}, o.now))
	for _, pause := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute} {
		o.tick(t, c, "fetch k")
		o.now = o.now.Add(pause - time.Second)
		o.tick(t, c)
		o.now = o.now.Add(time.Second)
	}
	due, err := o.store.Due(t.Context(), o.now, 10)
	must(t, err)
	if len(due) != 1 || due[0].Attempts != 4 {
		t.Errorf("due: %+v", due)
	}
}

func TestAnAgentWhoIsBackIsNotForgotten(t *testing.T) {
	o, c := setUp(t)
	must(t, o.store.Lease(t.Context(), "lin", o.now.Add(time.Minute)))
	must(t, o.store.Lease(t.Context(), "lin", o.now.Add(2*time.Minute)))
	o.now = o.now.Add(time.Minute)
	o.tick(t, c)
	o.now = o.now.Add(time.Minute)
	o.tick(t, c, "lapse lin")
}

// TestAClockThatStoodStillIsNoFaultOfAgents: whoever ended the lease themselves is gone all the same.
func TestAClockThatStoodStillIsNoFaultOfAgents(t *testing.T) {
	o, c := setUp(t)
	must(t, o.store.Lease(t.Context(), "lin", o.now))
	must(t, o.store.Lease(t.Context(), "wang", time.Time{}))
	o.now = o.now.Add(5 * time.Minute)
	o.tick(t, c, "lapse wang", "spare lin")
	o.now = o.now.Add(time.Minute)
	o.tick(t, c, "lapse lin")

	must(t, o.store.Lease(t.Context(), "lin", o.now))
	o.now = o.now.Add(5*time.Minute - time.Millisecond)
	o.tick(t, c, "lapse lin")
}

func TestAProgramThatWasAwaySparesAgents(t *testing.T) {
	o, c := setUp(t)
	must(t, o.store.Lease(t.Context(), "lin", o.now.Add(-time.Second)))
	must(t, o.store.Lease(t.Context(), "wang", time.Time{}))
	must(t, o.store.Defer(t.Context(), store.Work{Kind: store.Ring, Conversation: "c", Key: "k"}, o.now))
	must(t, c.Resume(t.Context()))
	o.tick(t, c, "lapse wang", "ring k")
}

// counted is a store that notes when its line was counted, or cannot.
type counted struct {
	store.Store
	at    []time.Time
	now   func() time.Time
	fails bool
}

func (c *counted) Survey(ctx context.Context, lane conversation.Lane) error {
	c.at = append(c.at, c.now())
	if c.fails {
		return errors.New("cannot")
	}
	return c.Store.Survey(ctx, lane)
}

func TestTheLineIsCountedOnceAMinute(t *testing.T) {
	o, _ := setUp(t)
	began := o.now
	s := &counted{Store: o.store, now: func() time.Time { return o.now }, fails: true}
	nothing := func(context.Context, store.Work) error { return nil }
	nobody := func(context.Context, conversation.AgentID) error { return nil }
	c, err := clock.New(s, clock.Duties{
		Decide: nothing, Ring: nothing, Fetch: nothing, Erase: nothing, Lapse: nobody, Spare: nobody, Show: func(context.Context, conversation.Lane) {}, Deliver: func(context.Context, conversation.ID) error { return nil },
	}, s.now, slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, c.Tick(t.Context())) // who cannot count can do all else
	s.fails = false
	for range 180 {
		o.now = o.now.Add(time.Second)
		must(t, c.Tick(t.Context()))
	}
	want := []time.Time{began}
	for _, s := range []int{1, 51, 101, 151} {
		want = append(want, began.Add(time.Duration(s)*time.Second))
	}
	if !slices.Equal(s.at, want) {
		t.Errorf("counted at %v, want %v", s.at, want)
	}
}

func TestNobodyForADuty(t *testing.T) {
	if _, err := clock.New(nil, clock.Duties{}, time.Now, slog.Default()); !fault.Is(err, fault.Config) {
		t.Errorf("got %v", err)
	}
}
