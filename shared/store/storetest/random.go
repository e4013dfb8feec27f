package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var randomTests = []test{{name: "any history is as the model has it", run: randomHistories}}

// randomHistories does the same to the engine and to the model, and compares
// every answer. Some histories share a store, each with names of its own: what one
// does must not show in another.
func randomHistories(f *fixture) {
	const shared = 20
	history, engine := 0, f.store
	rapid.Check(f.T, func(t *rapid.T) {
		if history++; history%shared == 0 {
			engine = f.harness.New(f.T, f.clock.now)
		}
		h := &compared{T: t, ctx: f.ctx, name: fmt.Sprint("h", history), engine: engine, model: newModel(f.clock.now)}
		t.Repeat(map[string]func(*rapid.T){
			"receive": h.receive, "become": h.become, "see": h.see, "commit": h.commit, "outcome": h.outcome, "spend": h.spend, "arrive": h.arrive, "note": h.note, "consent": h.consent, "turn": h.turn, "erase": h.erase, "lease": h.lease,
			"defer": h.deferWork, "settle": h.settle, "": h.glance,
		})
		h.look()
	})
}

// compared is an engine, the model, and one history.
type compared struct {
	*rapid.T
	ctx    context.Context
	name   string // of the history, part of all its names
	steps  int    // so far
	engine store.Store
	model  *model
}

// both makes one call of each and compares what they say.
func both[T any](h *compared, what string, call func(store.Store) (T, error), order func(a, b T) (T, T)) {
	want, wantErr := call(h.model)
	got, gotErr := call(h.engine)
	if fault.CodeOf(gotErr) != fault.CodeOf(wantErr) {
		h.Fatalf("%s: got %v, want %v", what, gotErr, wantErr)
	}
	if order != nil {
		got, want = order(got, want)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		h.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

type nothing struct{}

// undeliveredAt is what Undelivered answers.
type undeliveredAt struct {
	State conversation.Conversation
	Open  []conversation.Message
}

func (h *compared) users() []string {
	return []string{h.name + ".ann", h.name + ".bob", h.name + ".cid"}
}

func (h *compared) user(t *rapid.T) string { return rapid.SampledFrom(h.users()).Draw(t, "user") }

func (h *compared) agent(t *rapid.T) conversation.AgentID {
	return conversation.AgentID(h.name + "." + rapid.SampledFrom([]string{"kim", "lee"}).Draw(t, "agent"))
}

func (h *compared) lanes() []conversation.Lane {
	return []conversation.Lane{conversation.Lane(h.name + ".front"), conversation.Lane(h.name + ".expert")}
}

func moment(t *rapid.T) time.Time { return after(rapid.IntRange(1, 8).Draw(t, "ms")) }

func ownKey(t *rapid.T) conversation.Key { return conversation.OwnKey(moment(t), "r", 0) }

func inboundKey(t *rapid.T) conversation.Key { return conversation.InboundKey(moment(t), "m") }

func (h *compared) receive(t *rapid.T) {
	in := incoming(h.user(t), moment(t), "m", rapid.StringMatching(`[a-z人工😀']{0,4}`).Draw(t, "text"))
	if rapid.Bool().Draw(t, "marked") {
		in.Mark = moment(t)
	}
	in.Message.Keyword = rapid.SampledFrom([]conversation.Keyword{"", "", "", conversation.OptOut}).Draw(t, "keyword")
	in.Message.Answered = in.Message.Keyword != "" && rapid.Bool().Draw(t, "answered")
	in.Name = rapid.SampledFrom([]string{"", "", "安", "Ann"}).Draw(t, "name")
	in.Grant = rapid.SampledFrom([]conversation.Grant{{}, {Messages: 3, Lasts: time.Minute}, {Messages: 5, Lasts: 48 * time.Hour}}).Draw(t, "grant")
	if rapid.IntRange(0, 3).Draw(t, "link") == 0 {
		in.Message.Parts = append(in.Message.Parts, conversation.Part{Kind: conversation.Link, Card: conversation.Card{Title: "t", URL: "https://a.example/"}})
	}
	if rapid.IntRange(0, 2).Draw(t, "remote") == 0 {
		in.Message.Parts = append(in.Message.Parts, conversation.Part{Kind: conversation.Image, Media: conversation.Media{Remote: "id"}})
	}
	both(h, "Receive", func(s store.Store) (store.Received, error) { return s.Receive(h.ctx, in) }, nil)
}

func (h *compared) become(t *rapid.T) {
	id, own := idOf(h.user(t)), idOf(h.user(t))
	name := rapid.SampledFrom([]string{"", "安", "Ann"}).Draw(t, "name")
	both(h, "Become", func(s store.Store) (conversation.Conversation, error) { return s.Become(h.ctx, id, own, name) }, nil)
}

func (h *compared) commit(t *rapid.T) {
	user := h.user(t)
	c, err := h.model.Conversation(h.ctx, idOf(user))
	if err != nil {
		c = conversation.New(idOf(user), peerOf(user))
	}
	ch := store.Change{
		Cause: fmt.Sprint("cause ", rapid.IntRange(1, 12).Draw(t, "cause")),
		Epoch: c.Epoch - int64(rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "behind")),
		Next:  h.next(t, c),
	}
	ch.Next.LastOut = ownKey(t)
	ch.Seen = rapid.SampledFrom([]time.Time{{}, {}, {}, inboundKey(t).Time()}).Draw(t, "seen")
	if once := rapid.IntRange(0, 8).Draw(t, "once"); once > 4 && err == nil {
		ch.Once, ch.Cause = true, fmt.Sprint(h.name, ".", once)
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "messages") {
		m := outgoing(user, after(0), "r", fmt.Sprint("said ", i))
		m.Key = ownKey(t)
		if rapid.Bool().Draw(t, "named") {
			m.Key = conversation.OwnKey(moment(t), ch.Cause, i)
		}
		if rapid.IntRange(0, 4).Draw(t, "private") == 0 {
			m.Private, m.Outcome = true, conversation.Outcome{}
		}
		ch.Messages = append(ch.Messages, m)
	}
	for range rapid.IntRange(0, 2).Draw(t, "records") {
		ch.Records = append(ch.Records, h.record(t, ch.Next))
	}
	for range rapid.IntRange(0, 2).Draw(t, "work") {
		w := h.work(t)
		w.Due = moment(t)
		ch.Work = append(ch.Work, w)
	}
	if rapid.Bool().Draw(t, "settles") {
		ch.Settles = inboundKey(t)
	}
	both(h, "Commit", func(s store.Store) (store.Committed, error) { return s.Commit(h.ctx, ch) }, nil)
}

// next is what a random event makes of c, or c with another offer.
func (h *compared) next(t *rapid.T, c conversation.Conversation) conversation.Conversation {
	next, err := c.Apply(conversation.Event{
		Kind: rapid.SampledFrom(conversation.EventKinds()).Draw(t, "event"), At: moment(t), Agent: h.agent(t),
		Ask: inboundKey(t), Class: conversation.Class(rapid.IntRange(0, 2).Draw(t, "class")),
	})
	if err != nil {
		next.Offered = !next.Offered
	}
	if next.Status == conversation.Waiting {
		next.Ticket.Lane = rapid.SampledFrom(h.lanes()).Draw(t, "lane")
	}
	return next
}

func (h *compared) record(t *rapid.T, c conversation.Conversation) conversation.Record {
	return conversation.Record{
		Ask:   conversation.NewTicketID(c.ID, inboundKey(t)),
		Event: rapid.SampledFrom([]conversation.RecordEvent{conversation.RecordAsked, conversation.RecordClaimed}).Draw(t, "record"),
		Nth:   rapid.IntRange(0, 1).Draw(t, "nth"), At: moment(t), Lane: h.lanes()[0], Agent: h.agent(t),
	}
}

func (h *compared) outcome(t *rapid.T) {
	user := h.user(t)
	o := store.Outcome{Conversation: idOf(user), Key: ownKey(t), Outcome: conversation.Outcome{
		Delivery: rapid.SampledFrom([]conversation.Delivery{
			conversation.Pending, conversation.Attempting, conversation.Held, conversation.Sent, conversation.NotSent, conversation.UnknownSent,
		}).Draw(t, "delivery"),
		Attempts: rapid.IntRange(0, 3).Draw(t, "attempts"), At: moment(t),
		Gone: rapid.IntRange(0, 2).Draw(t, "gone"), Inline: rapid.Bool().Draw(t, "inline"),
	}}
	if _, open, err := h.model.Undelivered(h.ctx, idOf(user), 100); err == nil && len(open) > 0 && rapid.Bool().Draw(t, "open") {
		o.Key = rapid.SampledFrom(open).Draw(t, "which").Key
	}
	if rapid.IntRange(0, 9).Draw(t, "theirs") == 0 {
		o.Key = inboundKey(t)
	}
	if rapid.Bool().Draw(t, "recorded") {
		r := h.record(t, conversation.Conversation{ID: idOf(user)})
		o.Record = &r
	}
	if rapid.IntRange(0, 2).Draw(t, "reported") == 0 {
		o.Outcome.Delivery = rapid.SampledFrom([]conversation.Delivery{conversation.Sent, conversation.Delivered, conversation.NotSent}).Draw(t, "told")
		both(h, "Report", func(s store.Store) (bool, error) { return s.Report(h.ctx, o) }, nil)
		return
	}
	both(h, "Outcome", func(s store.Store) (bool, error) { return s.Outcome(h.ctx, o) }, nil)
}

func (h *compared) see(t *rapid.T) {
	id := idOf(h.user(t))
	say := store.Seen{Received: ownKey(t), Read: ownKey(t)}
	if rapid.Bool().Draw(t, "received") {
		say.Read = ""
	}
	type sight struct {
		Kept store.Seen
		Grew bool
	}
	both(h, "See", func(s store.Store) (now sight, err error) {
		now.Kept, now.Grew, err = s.See(h.ctx, id, say)
		return now, err
	}, nil)
}

func (h *compared) lease(t *rapid.T) {
	agent, until := h.agent(t), moment(t)
	if rapid.IntRange(0, 4).Draw(t, "ends") == 0 {
		until = time.Time{}
	}
	both(h, "Lease", func(s store.Store) (nothing, error) { return nothing{}, s.Lease(h.ctx, agent, until) }, nil)
}

// work is a name of work, with or without the due time that it has.
func (h *compared) work(t *rapid.T) store.Work {
	w := rapid.SampledFrom([]store.Work{
		{Kind: store.Deliver, Conversation: idOf(h.user(t))},
		{Kind: store.Ring, Conversation: idOf(h.user(t)), Key: inboundKey(t)},
		{Kind: store.Decide, Conversation: idOf(h.user(t)), Key: inboundKey(t)},
		{Kind: store.Fetch, Conversation: idOf(h.user(t)), Key: inboundKey(t)},
		{Kind: store.Erase, Conversation: idOf(h.user(t)), Key: inboundKey(t)},
		{Kind: store.Lapse, Agent: h.agent(t)},
	}).Draw(t, "work")
	known, _ := h.model.known(w)
	w.Due = rapid.SampledFrom([]time.Time{known.Due, moment(t), {}}).Draw(t, "due")
	w.Attempts = rapid.IntRange(0, 2).Draw(t, "attempts")
	return w
}

func (h *compared) deferWork(t *rapid.T) {
	w, due := h.work(t), moment(t)
	both(h, "Defer", func(s store.Store) (nothing, error) { return nothing{}, s.Defer(h.ctx, w, due) }, nil)
}

func (h *compared) settle(t *rapid.T) {
	w := h.work(t)
	both(h, "Settle", func(s store.Store) (nothing, error) { return nothing{}, s.Settle(h.ctx, w) }, nil)
}

// glance looks after every third step, at one thing after the other: looks are most
// of what a history takes.
func (h *compared) glance(*rapid.T) {
	if h.steps++; h.steps%3 != 0 {
		return
	}
	turn := h.steps / 3
	h.lookAtUser(h.users()[turn%3])
	switch turn % 3 {
	case 0:
		h.lookAtLines()
	case 1:
		h.lookAtWork()
	}
}

// look compares everything that can be read.
func (h *compared) look() {
	for _, user := range h.users() {
		h.lookAtUser(user)
	}
	h.lookAtLines()
	h.lookAtWork()
}

func (h *compared) lookAtUser(user string) {
	id := idOf(user)
	both(h, "Conversation", func(s store.Store) (conversation.Conversation, error) { return s.Conversation(h.ctx, id) }, nil)
	both(h, "Seen", func(s store.Store) (store.Seen, error) { return s.Seen(h.ctx, id) }, nil)
	both(h, "Messages", func(s store.Store) ([]conversation.Message, error) { return s.Messages(h.ctx, id, "", 100) }, nil)
	before := conversation.OwnKey(after(1+h.steps%8), "r", 0)
	both(h, "a page", func(s store.Store) ([]conversation.Message, error) { return s.Messages(h.ctx, id, before, 2) }, nil)
	both(h, "Undelivered", func(s store.Store) (undeliveredAt, error) {
		c, all, err := s.Undelivered(h.ctx, id, 100)
		return undeliveredAt{c, all}, err
	}, nil)
	cause, once := fmt.Sprint("cause ", 1+h.steps%12), fmt.Sprint(h.name, ".", 5+h.steps%4)
	both(h, "Caused", func(s store.Store) (store.Committed, error) { return s.Caused(h.ctx, id, cause) }, nil)
	both(h, "Caused", func(s store.Store) (store.Committed, error) { return s.Caused(h.ctx, "", once) }, nil)
	ask := conversation.NewTicketID(id, conversation.InboundKey(after(1+h.steps%8), "m"))
	both(h, "Ledger", func(s store.Store) ([]conversation.Record, error) { return s.Ledger(h.ctx, ask) }, h.records)
}

func (h *compared) lookAtLines() {
	for _, lane := range h.lanes() {
		both(h, "Line", func(s store.Store) ([]store.Waiting, error) { return s.Line(h.ctx, lane, 100) }, nil)
		line, _ := h.model.Line(h.ctx, lane, 100)
		for _, w := range line {
			both(h, "Position", func(s store.Store) (int, error) {
				place, err := s.Position(h.ctx, lane, w.Rank)
				return place.Ahead, err
			}, nil)
		}
	}
	for _, agent := range []string{"kim", "lee"} {
		both(h, "Held", func(s store.Store) ([]conversation.Ticket, error) {
			return s.Held(h.ctx, conversation.AgentID(h.name+"."+agent))
		}, nil)
	}
}

func (h *compared) lookAtWork() {
	both(h, "Due", func(s store.Store) ([]store.Work, error) { return s.Due(h.ctx, after(6), 1<<20) }, h.due)
	both(h, "Records", func(s store.Store) ([]conversation.Record, error) { return s.Records(h.ctx, start) }, h.records)
}

// mine reports whether a conversation or an agent is of this history.
func (h *compared) mine(id conversation.ID, agent conversation.AgentID) bool {
	_, known := h.model.state[id]
	return known || strings.HasPrefix(string(agent), h.name+".") || slices.ContainsFunc(h.model.work, func(w store.Work) bool {
		return id != "" && w.Conversation == id
	})
}

// due checks the order by time, and leaves this history's work in the order of names.
func (h *compared) due(got, want []store.Work) ([]store.Work, []store.Work) {
	if !slices.IsSortedFunc(got, func(a, b store.Work) int { return a.Due.Compare(b.Due) }) {
		h.Fatalf("due, but not in the order of time: %+v", got)
	}
	got = slices.DeleteFunc(got, func(w store.Work) bool { return !h.mine(w.Conversation, w.Agent) })
	for _, all := range [][]store.Work{got, want} {
		slices.SortFunc(all, func(a, b store.Work) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return got, want
}

func (h *compared) records(got, want []conversation.Record) ([]conversation.Record, []conversation.Record) {
	if !slices.IsSortedFunc(got, func(a, b conversation.Record) int { return a.At.Compare(b.At) }) {
		h.Fatalf("records, but not in the order of time: %+v", got)
	}
	got = slices.DeleteFunc(got, func(r conversation.Record) bool { return !h.mine(r.Ask.Conversation(), "") })
	for _, all := range [][]conversation.Record{got, want} {
		slices.SortFunc(all, func(a, b conversation.Record) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return got, want
}
