package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// start is when every test begins.
var start = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

// fixture is one test's store and what the test is told by.
type fixture struct {
	*testing.T
	ctx     context.Context
	store   store.Store
	clock   *clock
	harness Harness
}

func newFixture(t *testing.T, h Harness) *fixture {
	c := &clock{at: start}
	return &fixture{T: t, ctx: t.Context(), store: h.New(t, c.now), clock: c, harness: h}
}

// clock stands still unless it is set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// after is a time so many milliseconds after the start.
func after(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

func peerOf(user string) conversation.Peer {
	return conversation.Peer{Channel: "test", Account: "acme", User: user, Thread: "t1"}
}

// idOf names the conversation with a user.
func idOf(user string) conversation.ID {
	ids, err := conversation.NewIDs([]byte("storetest storetest storetest 32"))
	if err != nil {
		panic(err)
	}
	return ids.Of(peerOf(user))
}

// incoming is a customer's message, written and received at a time.
func incoming(user string, at time.Time, origin, text string) store.Incoming {
	return store.Incoming{Peer: peerOf(user), Message: conversation.Message{
		Conversation: idOf(user),
		Key:          conversation.InboundKey(at, origin),
		Author:       conversation.Customer,
		Parts:        conversation.TextParts(text),
		Received:     at,
	}}
}

// outgoing is a bot's message, to be delivered.
func outgoing(user string, at time.Time, cause, text string) conversation.Message {
	return conversation.Message{
		Conversation: idOf(user),
		Key:          conversation.OwnKey(at, cause, 0),
		Author:       conversation.Bot,
		Purpose:      conversation.Answer,
		Parts:        conversation.TextParts(text),
		Received:     at,
		Outcome:      conversation.Outcome{Delivery: conversation.Pending},
	}
}

// stay is a change without a transition.
func stay(c conversation.Conversation, cause string) store.Change {
	return store.Change{Cause: cause, Epoch: c.Epoch, Next: c}
}

// transit is the change that an event makes.
func transit(c conversation.Conversation, cause string, e conversation.Event) (store.Change, error) {
	next, err := c.Apply(e)
	return store.Change{Cause: cause, Epoch: c.Epoch, Next: next}, err
}

// step reads a conversation and commits what an event makes of it.
func step(ctx context.Context, s store.Store, user, cause string, e conversation.Event) (store.Committed, error) {
	c, err := s.Conversation(ctx, idOf(user))
	if err != nil {
		return store.Committed{}, err
	}
	ch, err := transit(c, cause, e)
	if err != nil {
		return store.Committed{}, err
	}
	if e.Kind == conversation.Claimed {
		ch.Records = []conversation.Record{{
			Ask: ch.Next.Ticket.ID, Event: conversation.RecordClaimed, Nth: ch.Next.Ticket.Returns,
			Lane: ch.Next.Ticket.Lane, At: e.At, Agent: e.Agent,
		}}
	}
	return s.Commit(ctx, ch)
}

// ask lets a user write "人工" at a time and puts them in line.
func ask(ctx context.Context, s store.Store, user string, at time.Time, class conversation.Class) (conversation.Conversation, error) {
	in := incoming(user, at, "ask", "人工")
	if _, err := s.Receive(ctx, in); err != nil {
		return conversation.Conversation{}, err
	}
	done, err := step(ctx, s, user, "ask."+string(in.Message.Key), conversation.Event{
		Kind: conversation.Asked, At: at, Ask: in.Message.Key, Class: class,
	})
	return done.Conversation, err
}

func (f *fixture) receive(in store.Incoming) store.Received {
	f.Helper()
	got, err := f.store.Receive(f.ctx, in)
	f.ok(err)
	return got
}

func (f *fixture) commit(ch store.Change) store.Committed {
	f.Helper()
	done, err := f.store.Commit(f.ctx, ch)
	f.ok(err)
	return done
}

func (f *fixture) ask(user string, at time.Time) conversation.Conversation {
	f.Helper()
	c, err := ask(f.ctx, f.store, user, at, conversation.Normal)
	f.ok(err)
	return c
}

func (f *fixture) step(user, cause string, e conversation.Event) conversation.Conversation {
	f.Helper()
	done, err := step(f.ctx, f.store, user, cause, e)
	f.ok(err)
	return done.Conversation
}

func (f *fixture) claim(user string, agent conversation.AgentID, at time.Time) conversation.Conversation {
	f.Helper()
	return f.step(user, fmt.Sprintf("claim.%s.%d", agent, at.UnixMilli()),
		conversation.Event{Kind: conversation.Claimed, At: at, Agent: agent})
}

// say makes a conversation hold messages of ours, and the work to deliver them.
func (f *fixture) say(user, cause string, messages ...conversation.Message) store.Committed {
	f.Helper()
	ch := stay(f.conversation(user), cause)
	ch.Messages = messages
	ch.Work = []store.Work{{Kind: store.Deliver, Conversation: idOf(user), Due: after(0)}}
	return f.commit(ch)
}

func (f *fixture) conversation(user string) conversation.Conversation {
	f.Helper()
	c, err := f.store.Conversation(f.ctx, idOf(user))
	f.ok(err)
	return c
}

func (f *fixture) messages(user string) []conversation.Message {
	f.Helper()
	all, err := f.store.Messages(f.ctx, idOf(user), "", 10_000)
	f.ok(err)
	return all
}

func (f *fixture) undelivered(user string) []conversation.Message {
	f.Helper()
	c, all, err := f.store.Undelivered(f.ctx, idOf(user), 10_000)
	f.ok(err)
	f.same("the state with what is undelivered", c, f.conversation(user))
	return all
}

// outcome records an outcome, and returns whether anything is undelivered still.
func (f *fixture) outcome(o store.Outcome) (more bool) {
	f.Helper()
	more, err := f.store.Outcome(f.ctx, o)
	f.ok(err)
	return more
}

func (f *fixture) noOutcome(o store.Outcome, code fault.Code) {
	f.Helper()
	_, err := f.store.Outcome(f.ctx, o)
	f.refused(err, code)
}

func (f *fixture) line() []store.Waiting {
	f.Helper()
	all, err := f.store.Line(f.ctx, conversation.Front, 10_000)
	f.ok(err)
	return all
}

// due returns the work due so many milliseconds after the start.
func (f *fixture) due(ms int) []store.Work {
	f.Helper()
	all, err := f.store.Due(f.ctx, after(ms), 10_000)
	f.ok(err)
	return all
}

func (f *fixture) ledger(ask conversation.TicketID) []conversation.Record {
	f.Helper()
	all, err := f.store.Ledger(f.ctx, ask)
	f.ok(err)
	return all
}

func (f *fixture) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// refused checks that err is a fault of that code.
func (f *fixture) refused(err error, code fault.Code) {
	f.Helper()
	if !fault.Is(err, code) {
		f.Errorf("got %v, want %s", err, code)
	}
}

// same compares two values; nil and empty slices are the same.
func (f *fixture) same(what string, got, want any) {
	f.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// together runs n functions at once and fails with all their errors.
func (f *fixture) together(n int, run func(i int) error) {
	f.Helper()
	f.ok(errors.Join(gather(n, run)...))
}

// gather runs n functions at once, as far as possible, and returns their errors.
func gather(n int, run func(i int) error) []error {
	errs := make([]error, n)
	begin := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-begin
			errs[i] = run(i)
		})
	}
	close(begin)
	all.Wait()
	return errs
}
