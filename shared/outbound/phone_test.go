package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbound/cut"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/store"
)

// carries is how many characters one call to a phone's provider carries.
const carries = 10

// phone is a connector and its provider in one, which counts what a customer's act lets
// us send, and refuses more.
type phone struct {
	info    channel.Info
	carries int // characters of one call; the way to a person, shown as ^, is one of them
	now     func() time.Time
	left    int
	until   time.Time
	over    int      // how often more was sent than was granted
	answers []answer // of the next sends
	calls   []string // what was taken, as text: messages of one call with a + between
}

// answer is what the provider does with a send: it may take it and fail to say so.
type answer struct {
	err   error
	takes bool
}

func (p *phone) Info() channel.Info { return p.info }

func (p *phone) Receive(context.Context, channel.Request) (channel.Receipt, error) {
	return channel.Receipt{}, errors.New("not used")
}

func shown(out channel.Outbound) (text string, whole int) {
	all := make([]string, 0, 1+len(out.More))
	for _, m := range append([]conversation.Message{out.Message}, out.More...) {
		for _, p := range m.Parts {
			if p.Kind.Whole() {
				whole++
			}
		}
		said := m.Body(out.Language)
		if m.Way {
			said += "^"
		}
		all = append(all, said)
	}
	return strings.Join(all, "+"), whole
}

func (p *phone) Fits(out channel.Outbound) bool {
	text, whole := shown(out)
	return utf8.RuneCountInString(strings.ReplaceAll(text, "+", "")) <= p.carries && whole == 0
}

func (p *phone) Send(_ context.Context, out channel.Outbound) (channel.Sent, error) {
	var a answer
	if len(p.answers) > 0 {
		a, p.answers = p.answers[0], p.answers[1:]
	}
	if a.err != nil && !a.takes {
		return channel.Sent{}, a.err
	}
	switch {
	case !p.info.Limited:
	case !p.now().Before(p.until):
		p.over++
		return channel.Sent{}, fault.New(fault.WindowClosed, "phone", "late")
	case p.left < 1:
		p.over++
		return channel.Sent{}, fault.New(fault.AllowanceSpent, "phone", "")
	}
	p.left--
	text, _ := shown(out)
	p.calls = append(p.calls, text)
	return channel.Sent{}, a.err
}

// room is one customer of a phone's.
type room struct {
	tb    rapid.TB
	phone *phone
	store store.Store
	box   *outbox.Outbox
	drain *outbound.Drain
	clock queuetest.Clock
	id    conversation.ID
	n     int // messages of anybody so far
}

const five = 5

func newRoom(t *testing.T, tb rapid.TB, s store.Store, box *outbox.Outbox, clock queuetest.Clock, id conversation.ID) *room {
	t.Helper()
	p := &phone{info: channel.Info{Name: "x", Limited: true, Reserve: 2}, carries: carries, now: clock.Now}
	r := &room{tb: tb, phone: p, store: s, box: box, clock: clock, id: id}
	r.rewire(s, p)
	return r
}

func (r *room) rewire(s store.Store, c channel.Connector) {
	d, err := outbound.New(outbound.Options{Store: s, Outbox: r.box, Connector: c, Cut: cut.Message, Now: r.clock.Now, Log: slog.New(slog.DiscardHandler)})
	r.must(err)
	r.drain = d
}

func openRoom(t *testing.T) *room {
	t.Helper()
	clock := queuetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s, box, _ := engines(t, clock, "x")
	r := newRoom(t, t, s, box, clock, "abcdefghijklmnopqrstuvwxyz")
	r.customer()
	return r
}

func (r *room) must(err error) {
	r.tb.Helper()
	if err != nil {
		r.tb.Fatal(err)
	}
}

// customer writes, which lets us send five messages within 48 hours.
func (r *room) customer() {
	r.tb.Helper()
	r.n++
	r.clock.Advance(time.Second)
	now := r.clock.Now()
	_, err := r.store.Receive(context.Background(), store.Incoming{
		Peer:    conversation.Peer{Channel: "x", User: string(r.id)},
		Message: conversation.Message{Conversation: r.id, Key: conversation.InboundKey(now, fmt.Sprint(r.n)), Author: conversation.Customer, Parts: conversation.TextParts("?"), Received: now},
		Grant:   conversation.Grant{Messages: five, Lasts: 48 * time.Hour},
	})
	r.must(err)
	r.phone.left, r.phone.until = five, now.Add(48*time.Hour)
}

func (r *room) state() conversation.Conversation {
	r.tb.Helper()
	c, err := r.store.Conversation(context.Background(), r.id)
	r.must(err)
	return c
}

// happens lets something happen to the conversation.
func (r *room) happens(e conversation.Event) {
	r.tb.Helper()
	c := r.state()
	e.At, e.Ask, e.Agent = r.clock.Now(), c.LastIn, "lin"
	next, err := c.Apply(e)
	r.must(err)
	r.n++
	_, err = r.box.Commit(context.Background(), c, store.Change{Cause: fmt.Sprint("happens ", r.n), Next: next})
	r.must(err)
}

// withPerson brings the customer to an agent.
func (r *room) withPerson() *room {
	r.tb.Helper()
	r.happens(conversation.Event{Kind: conversation.Asked})
	r.happens(conversation.Event{Kind: conversation.Claimed})
	return r
}

// say commits a message of ours.
func (r *room) say(m conversation.Message) conversation.Key {
	r.tb.Helper()
	r.n++
	r.clock.Advance(time.Second)
	c, now, cause := r.state(), r.clock.Now(), fmt.Sprint("say ", r.n)
	m.Conversation, m.Key, m.Received = r.id, conversation.OwnKey(c.NextTime(now), cause, 0), now
	if m.Outcome.Delivery == "" {
		m.Outcome.Delivery = pending
	}
	m.Outcome.At = now
	_, err := r.box.Commit(context.Background(), c, store.Change{Cause: cause, Next: c, Messages: []conversation.Message{m}})
	r.must(err)
	return m.Key
}

func (r *room) bot(text string) conversation.Key {
	return r.say(conversation.Message{Author: conversation.Bot, Parts: conversation.TextParts(text)})
}

func (r *room) person(text string) conversation.Key {
	return r.say(conversation.Message{Author: conversation.Person, Agent: "lin", Parts: conversation.TextParts(text)})
}

func (r *room) ring() { r.tb.Helper(); r.must(r.drain.Conversation(context.Background(), r.id)) }

// want compares the calls that the provider took, and the outcomes of ours, in order.
func (r *room) want(calls string, deliveries ...conversation.Delivery) {
	r.tb.Helper()
	if got := strings.Join(r.phone.calls, " "); got != calls {
		r.tb.Errorf("the calls are %q, want %q", got, calls)
	}
	var got []conversation.Delivery
	for _, m := range r.ours() {
		got = append(got, m.Outcome.Delivery)
	}
	if fmt.Sprint(got) != fmt.Sprint(deliveries) {
		r.tb.Errorf("deliveries %v, want %v", got, deliveries)
	}
	if r.phone.over > 0 {
		r.tb.Errorf("%d sends more than were granted", r.phone.over)
	}
}

func (r *room) wantLeft(n int) {
	r.tb.Helper()
	if got := r.state().Allowance.Left; got != n {
		r.tb.Errorf("%d are left, want %d", got, n)
	}
}

// ours returns the messages of ours, oldest first.
func (r *room) ours() (all []conversation.Message) {
	r.tb.Helper()
	messages, err := r.store.Messages(context.Background(), r.id, "", 1_000)
	r.must(err)
	for _, m := range messages {
		if m.Author != conversation.Customer {
			all = append(all, m)
		}
	}
	return all
}

func (r *room) outcome(key conversation.Key) conversation.Outcome {
	r.tb.Helper()
	m, err := r.store.Message(context.Background(), r.id, key)
	r.must(err)
	return m.Outcome
}

// dueIn is when the conversation's delivery is due.
func (r *room) dueIn() time.Duration {
	r.tb.Helper()
	work, err := r.store.Due(context.Background(), r.clock.Now().Add(1_000*time.Hour), 100)
	r.must(err)
	for _, w := range work {
		if w.Kind == store.Deliver && w.Conversation == r.id {
			return w.Due.Sub(r.clock.Now())
		}
	}
	return -1
}
