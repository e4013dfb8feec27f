package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/store"
)

// crashLease is how long an agent of the story may be silent.
const crashLease = 2 * time.Minute

func crashConfig() config.Config {
	agent := func(id conversation.AgentID) config.Agent {
		return config.Agent{ID: id, Name: config.Text{conversation.English: string(id), conversation.Chinese: string(id)}}
	}
	return config.Config{
		Media:   config.DefaultMedia(),
		Company: config.Text{conversation.English: "Shop"}, Language: conversation.Chinese,
		DeploymentKey: config.NewSecret("0123456789abcdef0123456789abcdef"),
		Channels: config.Channels{InApp: &config.InApp{
			Account: "main", Audience: "zhida-inapp", Secret: config.NewSecret("customers' secret, of enough bytes"),
		}},
		Desk: config.Desk{
			Lease: crashLease, Secret: config.NewSecret("agents' secret, which is long enough"),
			Agents: []config.Agent{agent("lin"), agent("wang"), agent("chen")},
		},
		FAQ: []config.Entry{{ID: "refund", Match: []string{"退款"}, Answer: config.Text{conversation.Chinese: "三天内退款。"}}},
	}
}

// longAfter is when the last permit of an ask that is over would have come.
const longAfter = 24 * time.Hour

// crashFile is a database that many stories are played on, one after the other,
// each with customers of its own.
type crashFile struct {
	bare     Engines
	clock    queuetest.Clock
	runs     int
	failures int
}

// openCrashFile opens a file in memory where there is such a thing: what is
// tested here is who repeats what, not the disk.
func openCrashFile(t *testing.T) crashFile {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "zhida-crash")
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	clock := queuetest.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	bare, file, err := OpenEngines(context.Background(), filepath.Clean(dir), crashConfig().DeploymentKey, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return crashFile{bare: bare, clock: clock}
}

// world is one story's: a process that may die and be started again, and the
// people outside, who know only what they were told.
type world struct {
	t          *testing.T
	file       crashFile
	name       string
	point      point
	in         *injector // of the process that runs now
	injected   *injector // of the first process
	app        *App
	reached    map[conversation.ID][]conversation.Key // what reached customers, in this order
	customers  []*customer
	replies    map[string]conversation.ID // texts of replies that agents know to be taken
	claims     int
	refused    int // submissions that failed
	unanswered int // calls whose answer died with the process
	failed     bool
}

func newWorld(t *testing.T, file crashFile, p point, name string) *world {
	w := &world{
		t: t, file: file, name: name, point: p,
		reached: map[conversation.ID][]conversation.Key{}, replies: map[string]conversation.ID{},
	}
	w.injected = &injector{mode: p.mode, at: p.at}
	w.start(w.injected)
	return w
}

func (w *world) errorf(format string, args ...any) {
	w.t.Helper()
	w.failed = true
	w.t.Errorf("[%s, call %d (%s), lazy %v] %s", w.point.mode, w.point.at, w.injected.hit, w.point.lazy, fmt.Sprintf(format, args...))
}

// start starts a process on the file.
func (w *world) start(in *injector) {
	w.t.Helper()
	e := w.file.bare
	e.Store = badStore{in, e.Store}
	e.Transfers = badQueue{in, "transfers", e.Transfers}
	e.Outbound = map[string]queue.Queue{inapp.Name: badQueue{in, "outbound", e.Outbound[inapp.Name]}}
	e.Turns = badQueue{in, "turns", e.Turns}
	log := slog.New(slog.DiscardHandler)
	a, err := New(Options{Config: crashConfig(), Clock: w.file.clock, Log: log, Rand: bytes.NewReader(make([]byte, 64))}, e)
	if err != nil {
		w.t.Fatal(err)
	}
	a.drains[inapp.Name], err = outbound.New(outbound.Options{
		Store: e.Store, Outbox: a.outbox, Connector: badProvider{in, w.reached, a.inapp}, Now: w.file.clock.Now, Log: log,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.in, w.app = in, a
}

// revive starts a new process where the old one died.
func (w *world) revive() {
	if w.in.dead {
		w.start(&injector{mode: diesSilent})
	}
}

// send makes one HTTP call; status 0 is no answer.
func (w *world) send(method, path, token string, body any) (status int, answer []byte) {
	w.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	out := httptest.NewRecorder()
	w.app.Handler().ServeHTTP(out, r)
	if w.in.dead && w.in.mode == diesSilent {
		w.unanswered++
		return 0, nil
	}
	return out.Code, out.Body.Bytes()
}

// step is one thing that happens, and what follows from it within a second.
func (w *world) step(do func()) {
	var late []*said
	for _, c := range w.customers {
		late = append(late, c.unacknowledged()...)
	}
	do()
	w.revive()
	for _, m := range late {
		w.submit(m)
		w.revive()
	}
	w.pump()
	w.revive()
	w.file.clock.Advance(time.Second)
}

// pump lets the workers of the outbound queue do what there is.
func (w *world) pump() {
	ctx := context.Background()
	for {
		leases, err := w.app.engines.Outbound[inapp.Name].Receive(ctx, 8, 0)
		if err != nil || len(leases) == 0 {
			return
		}
		for _, l := range leases {
			if w.app.drains[inapp.Name].Handle(ctx, l.Body) == nil {
				_ = w.app.engines.Outbound[inapp.Name].Ack(ctx, l) // else the lease lapses, as in a worker
				continue
			}
			_ = w.app.engines.Outbound[inapp.Name].Release(ctx, l, time.Second)
		}
	}
}

// quiet lets time pass until nothing is left to do. The agents named are there
// all the while.
func (w *world) quiet(there ...conversation.AgentID) {
	w.t.Helper()
	for range 200 {
		w.revive()
		for _, agent := range there {
			w.act(agent, "/desk/v1/heartbeat", struct{}{})
		}
		for _, c := range w.customers {
			for _, m := range c.unacknowledged() {
				w.submit(m)
				w.revive()
			}
		}
		_ = w.app.Tick(context.Background()) // a clock that failed comes again
		w.pump()
		w.revive()
		if w.nothingLeft() {
			return
		}
		w.file.clock.Advance(20 * time.Second)
	}
	w.errorf("there is still something to do: %v", w.left())
}

func (w *world) nothingLeft() bool {
	for _, c := range w.customers {
		if len(c.unacknowledged()) > 0 {
			return false
		}
	}
	return len(w.left()) == 0
}

// pressing reports whether work is there because something was not done: not a
// lease that may lapse one day, nor the permit that a customer who waits for long
// gets again.
func (w *world) pressing(d store.Work) bool {
	now := w.file.clock.Now()
	switch d.Kind {
	case store.Lapse:
		return d.Attempts > 0 || !d.Due.After(now)
	case store.Ring:
		return !d.Due.After(now.Add(outbox.Grace))
	case store.Decide, store.Deliver, store.Fetch, store.Erase:
	}
	return true
}

// left is what is still to be done.
func (w *world) left() (left []string) {
	ctx := context.Background()
	due, err := w.file.bare.Store.Due(ctx, w.file.clock.Now().Add(1000*time.Hour), 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range due {
		if w.pressing(d) {
			left = append(left, fmt.Sprintf("%+v", d))
		}
	}
	bells, err := w.file.bare.Outbound[inapp.Name].(Peeker).Peek(ctx, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range bells {
		left = append(left, "bell "+b.Group)
	}
	return left
}

// clear ends everything that is open, and leaves the file as it was, but for
// what is over.
func (w *world) clear() {
	w.t.Helper()
	ctx := context.Background()
	w.start(&injector{mode: diesSilent})
	for n := 0; ; n++ {
		status, _, _ := w.act("lin", "/desk/v1/claim", map[string]any{"id": fmt.Sprintf("%s-%d", strings.ReplaceAll(w.name, " ", "-"), n)})
		if status != http.StatusOK {
			break
		}
	}
	for _, agent := range []conversation.AgentID{"lin", "wang", "chen"} {
		held, err := w.file.bare.Store.Held(ctx, agent)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, t := range held {
			w.act(agent, fmt.Sprintf("/desk/v1/conversations/%s/resolve", t.ID.Conversation()), w.allRead())
		}
		w.act(agent, "/desk/v1/logout", struct{}{})
	}
	for {
		permits, err := w.file.bare.Transfers.Receive(ctx, 100, 0)
		if err != nil || len(permits) == 0 {
			break
		}
		for _, l := range permits {
			_ = w.file.bare.Transfers.Ack(ctx, l)
		}
	}
	w.file.clock.Advance(longAfter)
	w.quiet()
}

// delivered is what a customer's client shows of ours: it merges by key, so the
// first time counts.
func (w *world) delivered(id conversation.ID) []conversation.Key {
	seen := map[conversation.Key]bool{}
	var keys []conversation.Key
	for _, key := range w.reached[id] {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// texts returns what agents know to be said to a customer.
func (w *world) texts(id conversation.ID) map[string]int {
	told := map[string]int{}
	for text, to := range maps.All(w.replies) {
		if to == id {
			told[text] = 0
		}
	}
	return told
}
