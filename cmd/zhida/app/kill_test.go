package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/store"
)

// The size of the run.
const (
	killCustomers = 50
	killEach      = 20 // messages of each customer
	kills         = 10
)

// killRun is one run with its books: what people outside know to be true.
type killRun struct {
	t         *testing.T
	server    *child
	client    *http.Client
	customers []*liveCustomer

	mu      sync.Mutex
	acked   int
	more    chan struct{} // has a token when acked has grown
	done    bool
	handed  map[claimed]string
	replies map[string]conversation.ID
}

// TestKill kills the real binary in the middle of everything, again and again:
// what was acknowledged is there, once and in order; every ask is a ticket, and
// every ticket is handed out once; and what agents said reaches the customers.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the real binary for a while")
	}
	r := &killRun{
		t: t, server: newChild(t), client: &http.Client{Transport: &http.Transport{}}, more: make(chan struct{}, 1),
		handed: map[claimed]string{}, replies: map[string]conversation.ID{},
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	began := time.Now()
	r.play(ctx)
	took := time.Since(began)
	if t.Failed() {
		return
	}
	r.checkHeard(ctx)
	r.client.CloseIdleConnections()
	r.server.stop()
	tickets := r.checkStored()
	t.Logf("%d messages of %d customers, %d kills, %d tickets handed out %d times, %d replies, in %v",
		r.acked, killCustomers, kills, tickets, len(r.handed), len(r.replies), took.Round(time.Millisecond))
	t.Logf("start-ups: %v", r.server.startup)
}

// play runs customers, agents and the killer until all is said and served.
func (r *killRun) play(ctx context.Context) {
	var serving, talking sync.WaitGroup
	ctx, hangUp := context.WithCancel(ctx)
	defer talking.Wait()
	defer hangUp()
	agents := []*liveAgent{}
	for i, id := range []conversation.AgentID{"lin", "wang", "chen"} {
		var got struct {
			Token string `json:"token"`
		}
		r.dev(ctx, "/dev/agent", map[string]any{"agent": id}, &got)
		agents = append(agents, &liveAgent{run: r, id: id, token: got.Token, chance: rand.New(rand.NewPCG(7, uint64(i)))})
	}
	for i := range killCustomers {
		c := &liveCustomer{run: r, name: fmt.Sprintf("customer-%d", i), total: killEach, seen: map[conversation.Key]shown{}, finished: make(chan struct{})}
		var got struct {
			Token        string          `json:"token"`
			Conversation conversation.ID `json:"conversation"`
		}
		r.dev(ctx, "/dev/customer", map[string]any{"user": c.name, "name": c.name}, &got)
		c.token, c.id = got.Token, got.Conversation
		r.customers = append(r.customers, c)
	}
	for _, a := range agents {
		serving.Go(func() { r.report(a.live(ctx)) })
	}
	for _, c := range r.customers {
		talking.Go(func() { c.live(ctx) })
	}
	r.kill(ctx)
	for _, c := range r.customers {
		select {
		case <-c.finished:
		case <-ctx.Done():
			r.t.Errorf("%s is not through", c.name)
		}
	}
	r.mu.Lock()
	r.done = true
	r.mu.Unlock()
	serving.Wait()
	r.awaitReplies(ctx)
}

// awaitReplies waits until every reply that an agent knows to be taken has
// reached its customer on a connection that was open all the while.
func (r *killRun) awaitReplies(ctx context.Context) {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		missing := r.missing()
		if len(missing) == 0 {
			return
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			r.t.Errorf("these never reached their customers: %q", missing)
			return
		}
	}
}

func (r *killRun) missing() (texts []string) {
	heard := map[string]bool{}
	for _, c := range r.customers {
		c.mu.Lock()
		for _, m := range c.seen {
			heard[string(c.id)+m.Text] = true
		}
		c.mu.Unlock()
	}
	known := map[conversation.ID]bool{}
	for _, c := range r.customers {
		known[c.id] = true
	}
	for text, to := range r.replies {
		if known[to] && !heard[string(to)+text] {
			texts = append(texts, text)
		}
	}
	return texts
}

// kill kills the server each time so many more messages are acknowledged.
func (r *killRun) kill(ctx context.Context) {
	chance := rand.New(rand.NewPCG(1, 2))
	const part = killCustomers * killEach / (kills + 1)
	for i := range kills {
		at := part*(i+1) + chance.IntN(part/2) - part/4
		for r.ackedNow() < at {
			select {
			case <-r.more:
			case <-ctx.Done():
				return
			}
		}
		r.server.kill()
		r.server.start()
	}
}

func (r *killRun) report(err error) {
	if err != nil {
		r.t.Error(err)
	}
}

func (r *killRun) acknowledged() {
	r.mu.Lock()
	r.acked++
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
}

func (r *killRun) ackedNow() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.acked
}

func (r *killRun) customersDone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.done
}

func (r *killRun) replied(to conversation.ID, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replies[text] = to
}

// handedOut notes who got a ticket: nobody gets what somebody has.
func (r *killRun) handedOut(a *liveAgent, c claimed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	by := fmt.Sprintf("%s's claim %d", a.id, a.claims)
	if other := r.handed[c]; other != "" {
		r.t.Errorf("%s was handed out to %s and to %s", c.ticket, other, by)
	}
	r.handed[c] = by
}

// dev makes a call of the demo's.
func (r *killRun) dev(ctx context.Context, path string, body, into any) {
	r.t.Helper()
	base, err := r.server.address(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	status, answer, err := post(ctx, r.client, base+path, "", body)
	if err == nil && status == http.StatusOK {
		err = json.Unmarshal(answer, into)
	}
	if err != nil || status != http.StatusOK {
		r.t.Fatalf("%s: %d %s %v", path, status, answer, err)
	}
}

// checkHeard compares what customers find in the end with what they wrote and
// what agents know to be said.
func (r *killRun) checkHeard(ctx context.Context) {
	r.t.Helper()
	for _, c := range r.customers {
		all, err := c.history(ctx)
		if err != nil {
			r.t.Fatal(err)
		}
		var found, wrote []string
		told, causes := map[string]int{}, map[string]bool{}
		for i, m := range all {
			if i > 0 && all[i-1].Key >= m.Key {
				r.t.Errorf("%s: %s comes after %s", c.name, m.Key, all[i-1].Key)
			}
			_, cause, _ := strings.Cut(string(m.Key), "-")
			if causes[cause] {
				r.t.Errorf("%s: %q was said twice for one reason", c.name, m.Text)
			}
			causes[cause] = true
			switch m.Author {
			case conversation.Customer:
				found = append(found, m.ID+" "+m.Text)
			case conversation.Person:
				told[m.Text]++
			case conversation.Bot:
			}
		}
		for _, m := range c.said {
			wrote = append(wrote, m.id+" "+m.text)
		}
		if !slices.Equal(found, wrote) {
			r.t.Errorf("%s wrote %q\nand finds %q", c.name, wrote, found)
		}
		for text, to := range r.replies {
			if to == c.id && told[text] != 1 {
				r.t.Errorf("%s was told %q %d times", c.name, text, told[text])
			}
		}
	}
}

// checkStored looks into the file that the server left behind.
func (r *killRun) checkStored() (tickets int) {
	r.t.Helper()
	ctx := context.Background()
	e, file, err := OpenEngines(ctx, r.server.folder, crashConfig().DeploymentKey, queue.SystemClock(time.Now))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { r.report(file.Close()) }()
	due, err := e.Store.Due(ctx, time.Now().Add(1000*time.Hour), 10_000)
	if err != nil {
		r.t.Fatal(err)
	}
	parked := map[conversation.ID]bool{}
	for _, w := range due {
		parked[w.Conversation] = parked[w.Conversation] || w.Kind == store.Deliver
	}
	for _, c := range r.customers {
		for _, m := range c.said {
			if m.asks {
				tickets++
				r.checkTicket(e.Store, conversation.NewTicketID(c.id, conversation.InboundKey(time.UnixMilli(m.at), m.id)))
			}
		}
		_, left, err := e.Store.Undelivered(ctx, c.id, 1)
		if err != nil {
			r.t.Fatal(err)
		}
		if len(left) > 0 && !parked[c.id] {
			r.t.Errorf("%s: %q will never be delivered", c.name, left[0].Words())
		}
	}
	return tickets
}

// checkTicket: the ask is a ticket that was claimed and ended.
func (r *killRun) checkTicket(s store.Store, id conversation.TicketID) {
	r.t.Helper()
	records, err := s.Ledger(context.Background(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	n := map[conversation.RecordEvent]int{}
	for _, record := range records {
		n[record.Event]++
	}
	ends := n[conversation.RecordResolved] + n[conversation.RecordReturned]
	if n[conversation.RecordAsked] != 1 || ends != 1 || n[conversation.RecordClaimed] != 1+n[conversation.RecordBackInLine] {
		r.t.Errorf("the ledger of %s is %v", id, n)
	}
	for i := range n[conversation.RecordClaimed] {
		if r.handed[claimed{id, i}] == "" {
			r.t.Errorf("%s was claimed, and nobody was told", id)
		}
	}
}
