package outbound_test

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/store"
)

// A model's message is one letter again and again, another for each, so that what the
// provider took says of every letter whose it is.
func wordsOf(nth, length int) string { return strings.Repeat(string(rune('一'+nth)), length) }

// check says whether what the provider took is in order, nothing of it twice, and as much
// as the outcomes say.
func (r *room) check() {
	r.tb.Helper()
	taken := []rune(strings.ReplaceAll(strings.Join(r.phone.calls, ""), "+", ""))
	for i := 1; i < len(taken); i++ {
		if taken[i] < taken[i-1] {
			r.tb.Fatalf("out of order: %v", r.phone.calls)
		}
	}
	count := map[rune]int{}
	for _, letter := range taken {
		count[letter]++
	}
	for _, m := range r.ours() {
		all := []rune(m.Words())
		got, o := count[all[0]], m.Outcome
		atLeast, atMost := 0, len(all)
		switch o.Delivery {
		case sent, conversation.Delivered:
			atLeast = len(all)
		case pending, held:
			atLeast, atMost = min(o.Gone*carries, len(all)), min(o.Gone*carries, len(all))
		case conversation.Attempting, refused, unknown:
			atLeast = min(o.Gone*carries, len(all))
		}
		if got < atLeast || got > atMost {
			r.tb.Fatalf("of %d characters %d were taken, and the outcome is %+v", len(all), got, o)
		}
	}
	if r.phone.over > 0 {
		r.tb.Fatalf("%d sends more than were granted", r.phone.over)
	}
}

// greedy says whether anything waits that could have gone.
func (r *room) greedy() {
	r.tb.Helper()
	c := r.state()
	var left []conversation.Message // of what is left, its pieces
	for _, m := range r.ours() {
		if m.Outcome.Open() {
			left = append(left, m)
		}
	}
	open := c.Status == conversation.Waiting || c.Status == conversation.WithPerson
	switch {
	case len(left) == 0 || !c.Allowance.Open(r.clock.Now()):
		return
	case !open || c.Allowance.Left > r.phone.info.Reserve:
		r.tb.Fatalf("%d messages wait, and %d may be sent", len(left), c.Allowance.Left)
	}
	if n := callsUntilPerson(left); n > 0 && n <= c.Allowance.Left {
		r.tb.Fatalf("a person's words wait, which %d of %d calls would bring", n, c.Allowance.Left)
	}
}

// callsUntilPerson counts what a perfect sender needs until a person speaks; 0 where
// none does.
func callsUntilPerson(left []conversation.Message) int {
	calls, room := 0, 0
	for _, m := range left {
		size := len([]rune(m.Words())) - m.Outcome.Gone*carries
		for first := true; size > 0; first = false {
			piece := min(size, carries)
			if !first || piece > room {
				calls, room = calls+1, carries
			}
			room, size = room-piece, size-piece
			if m.Author == conversation.Person {
				return calls
			}
		}
	}
	return 0
}

func newIDs(t *testing.T) conversation.IDs {
	t.Helper()
	ids, err := conversation.NewIDs([]byte("0123456789abcdef0123456789abcdef"))
	must(t, err)
	return ids
}

func TestAnythingThatHappens(t *testing.T) {
	checks := histories // each waits for the disk some hundred times
	if testing.Short() {
		checks = "5"
	}
	must(t, flag.Set("rapid.checks", checks))
	clock := queuetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s, box, _ := engines(t, clock, "x")
	ids, rooms := newIDs(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		rooms++
		r := newRoom(t, rt, s, box, clock, ids.Of(conversation.Peer{Channel: "x", User: fmt.Sprint(rooms)}))
		r.customer()
		said := 0
		words := func() string {
			said++
			return wordsOf(said, rapid.IntRange(1, 3*carries).Draw(rt, "length"))
		}
		settle := func() {
			r.ring()
			r.check()
			r.clock.Advance(11 * time.Minute) // whatever is parked, or under way, is over
			r.phone.answers = nil
			r.ring()
			r.check()
			r.greedy()
		}
		rt.Repeat(map[string]func(*rapid.T){
			"customer": func(*rapid.T) { r.customer(); settle() },
			"bot":      func(*rapid.T) { r.bot(words()); settle() },
			"person": func(*rapid.T) {
				if r.state().Status != conversation.WithPerson {
					rt.Skip("nobody is there")
				}
				r.person(words())
				settle()
			},
			"burst": func(*rapid.T) {
				for range rapid.IntRange(2, 8).Draw(rt, "messages") {
					r.bot(words())
				}
				settle()
			},
			"time": func(*rapid.T) { clock.Advance(20 * time.Hour); settle() },
			"status": func(*rapid.T) {
				switch r.state().Status {
				case conversation.WithBot, conversation.Ended:
					r.happens(conversation.Event{Kind: conversation.Asked})
				case conversation.Waiting:
					r.happens(conversation.Event{Kind: conversation.Claimed})
				case conversation.WithPerson:
					r.happens(conversation.Event{Kind: conversation.Resolved})
				}
				settle()
			},
			"trouble": func(*rapid.T) {
				code := rapid.SampledFrom([]fault.Code{
					fault.ProviderBusy, fault.ProviderRefused, fault.BadText, fault.Uncertain, fault.AllowanceSpent, fault.WindowClosed, fault.RecipientGone,
				}).Draw(rt, "code")
				a := answer{err: fault.New(code, "x", ""), takes: code == fault.Uncertain && rapid.Bool().Draw(rt, "takes")}
				r.phone.answers = append(r.phone.answers, a)
			},
		})
	})
}

// mortal counts the calls of a drain, and dies at one of them: before it, or after it.
type mortal struct {
	store.Store
	phone *phone
	calls int
	at    int
	after bool
}

var errDead = fault.New(fault.Unavailable, "mortal", "")

// step makes a call, unless the process is dead before it, and hides its answer where
// the process dies over it.
func (m *mortal) step(call func() error) error {
	m.calls++
	if m.at > 0 && (m.calls > m.at || m.calls == m.at && !m.after) {
		return errDead
	}
	err := call()
	if m.calls == m.at {
		return errDead
	}
	return err
}

func (m *mortal) Undelivered(ctx context.Context, id conversation.ID, limit int) (c conversation.Conversation, all []conversation.Message, err error) {
	err = m.step(func() (err error) { c, all, err = m.Store.Undelivered(ctx, id, limit); return err })
	return c, all, err
}

func (m *mortal) Spend(ctx context.Context, id conversation.ID, granted conversation.Key, n int) (a conversation.Allowance, err error) {
	err = m.step(func() (err error) { a, err = m.Store.Spend(ctx, id, granted, n); return err })
	return a, err
}

func (m *mortal) Outcome(ctx context.Context, o store.Outcome) (more bool, err error) {
	err = m.step(func() (err error) { more, err = m.Store.Outcome(ctx, o); return err })
	return more, err
}

func (m *mortal) Defer(ctx context.Context, w store.Work, due time.Time) error {
	return m.step(func() error { return m.Store.Defer(ctx, w, due) })
}

// sender is the connector of a mortal: whoever died before a send sends nothing.
type sender struct {
	*phone
	m *mortal
}

func (s sender) Send(ctx context.Context, out channel.Outbound) (channel.Sent, error) {
	err := s.m.step(func() error { _, err := s.phone.Send(ctx, out); return err })
	return channel.Sent{}, err
}

// crashing plays a story in which the drain dies at its nth call, and returns how many
// calls it made.
func crashing(t *testing.T, r *room, at int, after bool) int {
	t.Helper()
	m := &mortal{Store: r.store, phone: r.phone, at: at, after: after}
	r.rewire(m, sender{r.phone, m})
	letters := 0
	words := func(n int) string { letters++; return wordsOf(letters, n) }
	ring := func() {
		for range 3 {
			if err := r.drain.Conversation(t.Context(), r.id); err != nil {
				r.rewire(r.store, r.phone) // another process goes on
			}
			r.clock.Advance(2 * time.Minute)
		}
		r.check()
	}
	r.customer()
	r.bot(words(4))
	r.bot(words(4))
	ring()
	r.withPerson()
	r.phone.answers = []answer{{}, {err: fault.New(fault.ProviderBusy, "x", "")}}
	r.person(words(3*carries + 5))
	r.bot(words(2))
	ring()
	r.phone.answers = []answer{{err: fault.New(fault.ProviderRefused, "x", "")}}
	r.person(words(3))
	r.person(words(3))
	ring()
	r.phone.answers = nil
	for range 3 {
		r.customer()
		ring()
	}
	for _, msg := range r.ours() {
		if o := msg.Outcome; !o.Final() || o.Delivery == refused || at == 0 && o.Delivery != sent {
			t.Errorf("at the end there is %+v", o)
		}
	}
	return m.calls
}

// TestACrashAtAnyCall: nothing is lost, doubled, out of order or more than was granted.
// What was under way may be unknown; what was paid for and not sent may be lost to the
// allowance, never to the customer.
func TestACrashAtAnyCall(t *testing.T) {
	clock := queuetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s, box, _ := engines(t, clock, "x")
	ids := newIDs(t)
	play := func(at int, after bool) int {
		return crashing(t, newRoom(t, t, s, box, clock, ids.Of(conversation.Peer{Channel: "x", User: fmt.Sprint("crash ", at, after)})), at, after)
	}
	calls := play(0, false)
	for at := 1; at <= calls; at++ {
		play(at, false)
		play(at, true)
	}
	t.Logf("%d calls, each gone wrong in two ways", calls)
}
