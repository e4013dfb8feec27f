package app

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/store"
)

// company is the program that crowds of customers write to, and its one agent.
type company struct {
	*testing.T
	clock  queuetest.Clock
	chance *mathrand.Rand
	app    *App
	agent  desk.Agent
	said   int               // by the agent
	held   []conversation.ID // whom the agent holds
	texts  sms.Client        // AWS's, where the company has numbers
}

var crowdStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func newCompany(t *testing.T) *company {
	return &company{
		T: t, clock: queuetest.NewClock(crowdStart), chance: mathrand.New(mathrand.NewPCG(1, 2)),
		agent: desk.Agent{ID: "lin", Role: desk.RoleAgent, Names: map[conversation.Language]string{conversation.Chinese: "小林"}},
	}
}

// open starts the program. wanted is told of all that is said, and ended of what became of it.
func (w *company) open(c config.Config, wanted func(conversation.Conversation, conversation.Message, string), ended func(store.Outcome), noted func(conversation.ID, conversation.Note)) {
	w.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "zhida-crowd")
	if err != nil {
		dir = w.TempDir()
	}
	w.Cleanup(func() { _ = os.RemoveAll(dir) })
	e, file, err := OpenEngines(context.Background(), dir, c.DeploymentKey, w.clock)
	w.must(err)
	w.Cleanup(func() { w.must(file.Close()) })
	e.Store = &marking{Store: e.Store, wanted: wanted, ended: ended, noted: noted}
	w.app, err = New(Options{Config: c, Clock: w.clock, Log: slog.New(slog.DiscardHandler), Rand: bytes.NewReader(make([]byte, 64)), SMS: w.texts}, e)
	w.must(err)
	w.must(w.app.desk.Alive(context.Background(), w.agent.ID))
}

func (w *company) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// deliver answers the doorbells of a channel, and reports whether there were any.
func (w *company) deliver(channel string) (any bool) {
	w.Helper()
	drain := w.app.drains[channel]
	return w.drain(w.app.engines.Outbound[channel], func(body []byte) error { return drain.Handle(context.Background(), body) })
}

// drain has all that is in a queue done, many at a time, and reports whether there was anything.
func (w *company) drain(q queue.Queue, do func(body []byte) error) (any bool) {
	w.Helper()
	for {
		leases, err := q.Receive(w.Context(), 8, 0)
		w.must(err)
		if len(leases) == 0 {
			return any
		}
		any = true
		var all sync.WaitGroup
		for _, l := range leases {
			all.Go(func() {
				if err := do(l.Body); err != nil {
					_ = q.Release(context.Background(), l, time.Second)
					return
				}
				if err := q.Ack(context.Background(), l); err != nil {
					w.Error(err)
				}
			})
		}
		all.Wait()
	}
}

// claim takes whom the agent can take.
func (w *company) claim() {
	w.Helper()
	for range 4 {
		c, err := w.app.desk.ClaimNext(w.Context(), w.agent, conversation.Front, "")
		if fault.Is(err, fault.NobodyWaiting) {
			return
		}
		w.must(err)
		w.held = append(w.held, c.ID)
	}
}

// talk has the agent answer some of those they hold, and part with some.
func (w *company) talk(share float64) {
	w.Helper()
	w.held = slices.DeleteFunc(w.held, func(id conversation.ID) bool {
		if w.chance.Float64() > share {
			return false
		}
		for range 1 + w.chance.IntN(3) {
			w.said++
			_, err := w.app.desk.Reply(w.Context(), w.agent, id, fmt.Sprint("r", w.said), "我看到您的订单了，请稍等")
			if fault.Is(err, fault.Closed) || fault.Is(err, fault.NotYours) || fault.Is(err, fault.NotPossible) || fault.Is(err, fault.NotFound) {
				return true // the customer left
			}
			if fault.Is(err, fault.OptedOut) {
				break // the agent calls them
			}
			w.must(err)
		}
		if w.chance.IntN(5) > 0 {
			return false
		}
		_, err := w.app.desk.Resolve(w.Context(), w.agent, id, time.Time{})
		return err == nil
	})
}

// saying is what was said to a customer.
type saying struct {
	key conversation.Key
	at  time.Time

	outcome conversation.Outcome // what became of it
}

// marking is a store that puts a mark into everything we say, by which it can be found on a
// phone, and tells of it.
type marking struct {
	store.Store
	wanted func(c conversation.Conversation, m conversation.Message, mark string)
	ended  func(o store.Outcome)
	noted  func(id conversation.ID, n conversation.Note) // nil: nobody asks
	n      atomic.Int64
}

func (s *marking) Commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	marks := map[conversation.Key]string{}
	ch.Messages = slices.Clone(ch.Messages)
	for i, m := range ch.Messages {
		marks[m.Key] = fmt.Sprintf("m%d", s.n.Add(1))
		ch.Messages[i].Parts = slices.Clone(m.Parts)
		ch.Messages[i].Parts[0].Text += "〔" + marks[m.Key] + "〕"
	}
	done, err := s.Store.Commit(ctx, ch)
	if err == nil && !done.Repeat {
		for _, m := range done.Messages {
			s.wanted(done.Conversation, m, marks[m.Key])
		}
	}
	return done, err
}

// PutNote tells which message shows a place.
func (s *marking) PutNote(ctx context.Context, id conversation.ID, n conversation.Note) error {
	err := s.Store.PutNote(ctx, id, n)
	if err == nil && s.noted != nil {
		s.noted(id, n)
	}
	return err
}

// Outcome tells of what became of a message.
func (s *marking) Outcome(ctx context.Context, o store.Outcome) (bool, error) {
	more, err := s.Store.Outcome(ctx, o)
	if err == nil {
		s.ended(o)
	}
	return more, err
}

// marks are those that the store put into what we say.
var marks = regexp.MustCompile(`〔(m\d+)〕`)
