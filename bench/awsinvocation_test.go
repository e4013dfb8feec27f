package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore/dynamotest"
)

// storeCall is one call of the store, and what it cost.
type storeCall struct {
	Op string
	dynamotest.Cost
}

// invocation is one run of a function.
type invocation struct {
	Function string
	Trigger  string // "call", or the queue's name
	Store    []storeCall
	Table    dynamotest.Cost // all of it, the connections included
	Standard int             // messages sent to standard queues
	Ordered  int             // messages sent to FIFO queues
	Frames   int             // posted to connections
}

// invoke runs a function once.
func (d *deployment) invoke(function, trigger string, run func()) invocation {
	d.Helper()
	i := invocation{Function: function, Trigger: trigger}
	sent, frames := d.sent(), d.frames
	d.calls = nil
	i.Table = d.meter.Of(run)
	i.Store, i.Frames = d.calls, d.frames-frames
	for name, n := range d.sent() {
		if isOrdered(name) {
			i.Ordered += n - sent[name]
		} else {
			i.Standard += n - sent[name]
		}
	}
	return i
}

func (d *deployment) sent() map[string]int {
	n := map[string]int{}
	for name, q := range d.queues {
		n[name] = q.all
	}
	return n
}

// follow lets a function run, and all that its queues bring about. Permits stay: a
// company may have no consumer of them.
func (d *deployment) follow(function string, run func()) []invocation {
	d.Helper()
	all := []invocation{d.invoke(function, "call", run)}
	of := map[string]string{bells: "inapp", inappNews: "inapp", inappLines: "inapp", deskEvents: "desk", deskLines: "desk"}
	for more := true; more; {
		more = false
		for _, name := range []string{bells, deskEvents, inappNews, deskLines, inappLines} {
			q := d.queues[name]
			for len(q.sent) > 0 {
				body := q.sent[0]
				q.sent, more = q.sent[1:], true
				all = append(all, d.invoke(of[name], name, func() { must(d, d.listen[name](d.Context(), body)) }))
			}
		}
	}
	d.now = d.now.Add(20 * time.Second)
	return all
}

// write lets the customer say something, at the time it is now.
func (d *deployment) write(text string) []invocation {
	d.Helper()
	body := fmt.Sprintf(`{"type":"message","id":"%s","at":%d,"text":%q}`, newID(d.now), d.now.UnixMilli(), text)
	return d.follow("inapp", func() { d.post(d.inapp, "/channels/inapp", tokenAt(d, customer().User, "王芳", d.now), body) })
}

// poll asks whether anything is new for the customer.
func (d *deployment) poll() {
	d.Helper()
	d.post(d.polled, "/channels/inapp/live", tokenAt(d, customer().User, "王芳", d.now), `{"type":"poll"}`)
}

// see says that the customer has read everything.
func (d *deployment) see() {
	d.Helper()
	last := conversation.OwnKey(d.now.Add(time.Hour), "last", 0)
	d.post(d.polled, "/channels/inapp/live", tokenAt(d, customer().User, "王芳", d.now), fmt.Sprintf(`{"type":"seen","read":%q}`, last))
}

// act lets the agent do something with the conversation.
func (d *deployment) act(what, body string) []invocation {
	d.Helper()
	path := fmt.Sprintf("/desk/v1/conversations/%s/%s", ids(d).Of(customer()), what)
	return d.follow("desk", func() { d.post(d.desk, path, "token", body) })
}

func (d *deployment) reply(text string) []invocation {
	d.Helper()
	return d.act("replies", fmt.Sprintf(`{"id":"%s","text":%q}`, newID(d.now), text))
}

// newID is an id as clients make them up.
func newID(at time.Time) string {
	return fmt.Sprintf("%08x-cafe-4bad-8bad-%012x", at.Unix(), at.UnixMilli())
}

// watched is the store of a deployment, each call of which is noted.
type watched struct {
	store.Store
	d *deployment
}

func note[T any](w watched, op string, call func() (T, error)) (v T, err error) {
	cost := w.d.meter.Of(func() { v, err = call() })
	w.d.calls = append(w.d.calls, storeCall{op, cost})
	return v, err
}

func (w watched) Receive(ctx context.Context, in store.Incoming) (store.Received, error) {
	return note(w, "Receive", func() (store.Received, error) { return w.Store.Receive(ctx, in) })
}

func (w watched) Commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	return note(w, "Commit", func() (store.Committed, error) { return w.Store.Commit(ctx, ch) })
}

func (w watched) Caused(ctx context.Context, id conversation.ID, cause string) (store.Committed, error) {
	return note(w, "Caused", func() (store.Committed, error) { return w.Store.Caused(ctx, id, cause) })
}

func (w watched) Conversation(ctx context.Context, id conversation.ID) (conversation.Conversation, error) {
	return note(w, "Conversation", func() (conversation.Conversation, error) { return w.Store.Conversation(ctx, id) })
}

func (w watched) Messages(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error) {
	return note(w, "Messages", func() ([]conversation.Message, error) { return w.Store.Messages(ctx, id, before, limit) })
}

func (w watched) Message(ctx context.Context, id conversation.ID, key conversation.Key) (conversation.Message, error) {
	return note(w, "Message", func() (conversation.Message, error) { return w.Store.Message(ctx, id, key) })
}

func (w watched) Undelivered(ctx context.Context, id conversation.ID, limit int) (c conversation.Conversation, open []conversation.Message, err error) {
	_, err = note(w, "Undelivered", func() (bool, error) {
		c, open, err = w.Store.Undelivered(ctx, id, limit)
		return true, err
	})
	return c, open, err
}

func (w watched) Outcome(ctx context.Context, o store.Outcome) (bool, error) {
	return note(w, "Outcome", func() (bool, error) { return w.Store.Outcome(ctx, o) })
}

func (w watched) Line(ctx context.Context, lane conversation.Lane, limit int) ([]store.Waiting, error) {
	return note(w, "Line", func() ([]store.Waiting, error) { return w.Store.Line(ctx, lane, limit) })
}

func (w watched) Position(ctx context.Context, lane conversation.Lane, rank string) (store.Place, error) {
	return note(w, "Position", func() (store.Place, error) { return w.Store.Position(ctx, lane, rank) })
}

func (w watched) Lease(ctx context.Context, agent conversation.AgentID, until time.Time) error {
	_, err := note(w, "Lease", func() (bool, error) { return true, w.Store.Lease(ctx, agent, until) })
	return err
}

func (w watched) Defer(ctx context.Context, work store.Work, due time.Time) error {
	_, err := note(w, "Defer", func() (bool, error) { return true, w.Store.Defer(ctx, work, due) })
	return err
}

func (w watched) Settle(ctx context.Context, work store.Work) error {
	_, err := note(w, "Settle", func() (bool, error) { return true, w.Store.Settle(ctx, work) })
	return err
}
