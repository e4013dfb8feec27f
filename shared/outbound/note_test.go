package outbound_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// board is a channel on which what was sent can be changed.
type board struct {
	scripted
	shown map[string]string // by the provider's id
	edits []string          // the ids, in order
	fails error             // of edits

	during func() // what happens during the next edit; nil: nothing
}

func (b *board) Send(_ context.Context, out channel.Outbound) (channel.Sent, error) {
	id := fmt.Sprint("p", len(b.shown))
	b.shown[id] = out.Message.Words()
	return channel.Sent{ProviderID: id}, nil
}

func (b *board) Edit(_ context.Context, out channel.Outbound, id string) error {
	b.edits = append(b.edits, id)
	if b.during != nil {
		b.during()
	}
	if b.fails != nil {
		return b.fails
	}
	b.shown[id] = out.Message.Words()
	return nil
}

// line is a line of customers on a board, and their drain.
type line struct {
	*testing.T
	board *board
	store store.Store
	drain *outbound.Drain
	clock queuetest.Clock
	box   *outbox.Outbox
	moved bool // the line moves before who asks is told
}

var editing = channel.Info{Name: "x", EditPace: 2 * time.Second, EditBurst: 3}

func newLine(t *testing.T) *line {
	clock := queuetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s, box, _ := engines(t, clock, "x")
	b := &board{scripted: scripted{info: editing}, shown: map[string]string{}}
	d, err := outbound.New(outbound.Options{Store: s, Outbox: box, Connector: b, Now: clock.Now, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	return &line{T: t, board: b, store: s, drain: d, clock: clock, box: box}
}

func (l *line) peer(user string) conversation.Peer {
	return conversation.Peer{Channel: "x", Account: "acme", User: user}
}

func (l *line) id(user string) conversation.ID {
	ids, err := conversation.NewIDs(make([]byte, 32))
	must(l.T, err)
	return ids.Of(l.peer(user))
}

// asks puts a user in line, who is told where.
func (l *line) asks(user string) conversation.Conversation {
	l.Helper()
	l.clock.Advance(time.Second)
	now := l.clock.Now()
	got, err := l.store.Receive(l.Context(), store.Incoming{Peer: l.peer(user), Message: conversation.Message{
		Conversation: l.id(user), Key: conversation.InboundKey(now, "m"), Author: conversation.Customer, Parts: conversation.TextParts("人工"), Received: now,
	}})
	must(l.T, err)
	next, err := got.Conversation.Apply(conversation.Event{Kind: conversation.Asked, At: now, Ask: got.Message.Key, Class: conversation.Normal})
	must(l.T, err)
	place, err := l.store.Position(l.Context(), conversation.Front, next.Ticket.Rank())
	must(l.T, err)
	if l.moved {
		place.Ahead++
	}
	return l.told(got.Conversation, next, conversation.Acknowledgement, routing.NoteText("", conversation.Acknowledgement, place))
}

// told commits a step with what is said of it, and delivers that.
func (l *line) told(c, next conversation.Conversation, purpose conversation.Purpose, text string) conversation.Conversation {
	l.Helper()
	cause := fmt.Sprint("step ", next.Epoch, " ", text)
	var records []conversation.Record
	if next.Status == conversation.WithPerson {
		records = []conversation.Record{{Ask: next.Ticket.ID, Event: conversation.RecordClaimed, Lane: conversation.Front, At: l.clock.Now(), Agent: "kim"}}
	}
	done, err := l.box.Commit(l.Context(), c, store.Change{Cause: cause, Next: next, Records: records, Messages: []conversation.Message{{
		Conversation: c.ID, Key: conversation.OwnKey(c.NextTime(l.clock.Now()), cause, 0), Author: conversation.Bot, Purpose: purpose, Ask: next.Ticket.ID,
		Parts: conversation.TextParts(text), Received: l.clock.Now(), Outcome: conversation.Outcome{Delivery: conversation.Pending},
	}}})
	must(l.T, err)
	must(l.T, l.drain.Conversation(l.Context(), c.ID))
	return done.Conversation
}

func (l *line) claims(user string) {
	l.Helper()
	c, err := l.store.Conversation(l.Context(), l.id(user))
	must(l.T, err)
	next, err := c.Apply(conversation.Event{Kind: conversation.Claimed, At: l.clock.Now(), Agent: "kim"})
	must(l.T, err)
	l.told(c, next, conversation.Notice, "kim is here")
}

// moves shows the line, and wants these ids changed.
func (l *line) moves(edits ...string) {
	l.Helper()
	l.board.edits = nil
	must(l.T, l.drain.ShowLine(l.Context(), conversation.Front))
	if !slices.Equal(l.board.edits, edits) {
		l.Errorf("edited are %v, want %v", l.board.edits, edits)
	}
}

func (l *line) shows(id, words string) {
	l.Helper()
	if !strings.Contains(l.board.shown[id], words) {
		l.Errorf("%s shows %q, want %q in it", id, l.board.shown[id], words)
	}
}

func TestTheOneNoteFollowsTheLine(t *testing.T) {
	l := newLine(t)
	for _, user := range []string{"ann", "bob", "cid"} {
		l.asks(user)
	}
	l.shows("p2", "第 3 位")
	l.moves() // all are right
	l.claims("ann")
	l.moves("p1", "p2")
	l.shows("p1", "下一位就是您")
	l.shows("p2", "第 2 位")
	l.moves()
	if len(l.board.shown) != 4 {
		t.Errorf("%d messages were sent: three notes and a greeting", len(l.board.shown))
	}
	c, err := l.store.Conversation(t.Context(), l.id("cid"))
	must(t, err)
	m, err := l.store.Message(t.Context(), c.ID, c.Note.Key)
	must(t, err)
	if !strings.Contains(m.Words(), "第 3 位") {
		t.Errorf("what was said first is not kept: %q", m.Words())
	}
}

// TestTheNewestNoteIsChanged: who asked how long, or came back in line, was told anew.
func TestTheNewestNoteIsChanged(t *testing.T) {
	l := newLine(t)
	l.asks("ann")
	c := l.asks("bob")
	l.told(c, c, conversation.Notice, "你还在，第 2 位")
	l.claims("ann")
	l.clock.Advance(time.Minute)
	l.moves("p2")
	l.shows("p1", "第 2 位")
	l.shows("p2", "下一位就是您")
}

// TestAnOlderAsksNoteStays: a new ask is told in a new message, and until that is there
// nothing is changed.
func TestAnOlderAsksNoteStays(t *testing.T) {
	l := newLine(t)
	l.asks("ann")
	c := l.asks("bob")
	next, err := c.Apply(conversation.Event{Kind: conversation.Left, At: l.clock.Now()})
	must(t, err)
	c = l.told(c, next, conversation.Notice, "left")
	l.clock.Advance(time.Second)
	again, err := c.Apply(conversation.Event{Kind: conversation.Asked, At: l.clock.Now(), Ask: conversation.InboundKey(l.clock.Now(), "n"), Class: conversation.Normal})
	must(t, err)
	_, err = l.box.Commit(l.Context(), c, store.Change{Cause: "asks again", Next: again})
	must(t, err)
	l.claims("ann")
	l.moves()
}

func TestEditsKeepTheirPace(t *testing.T) {
	l := newLine(t)
	for i := range 6 {
		l.asks(fmt.Sprint("user ", i))
	}
	l.moves() // all are right, and known to be
	l.claims("user 0")
	l.moves("p1", "p2", "p3")
	l.moves()
	l.clock.Advance(6*time.Second - time.Millisecond)
	l.moves()
	l.clock.Advance(time.Millisecond)
	l.moves("p4", "p5")
	l.shows("p5", "第 5 位")
}

func TestAnEditThatFails(t *testing.T) {
	for _, tc := range []struct {
		fails error
		again bool
	}{
		{fault.New(fault.ProviderRefused, "x", "too old"), false},
		{fault.New(fault.ProviderBusy, "x", "later"), true},
		{fault.New(fault.Uncertain, "x", "who knows"), true},
		{fault.New(fault.ProviderAuth, "x", "no longer"), true},
	} {
		l := newLine(t)
		for _, user := range []string{"ann", "bob", "cid"} {
			l.asks(user)
		}
		l.claims("ann")
		l.board.fails = tc.fails
		l.moves("p1", "p2")
		l.board.fails = nil
		l.clock.Advance(time.Minute)
		if tc.again {
			l.moves("p1", "p2")
		} else {
			l.moves()
		}
	}
}

// TestEditsWaitAsLongAsTheProviderSays, all of the account's.
func TestEditsWaitAsLongAsTheProviderSays(t *testing.T) {
	l := newLine(t)
	for _, user := range []string{"ann", "bob", "cid"} {
		l.asks(user)
	}
	l.claims("ann")
	l.board.fails = &fault.Error{Code: fault.ProviderBusy, Op: "x", RetryAfter: time.Minute}
	l.moves("p1")
	l.board.fails = nil
	l.clock.Advance(59 * time.Second)
	l.moves()
	l.clock.Advance(time.Second)
	l.moves("p1", "p2")
}

// TestAShortWaitMakesNoTurnShorter: what was changed before the provider asked to wait counts.
func TestAShortWaitMakesNoTurnShorter(t *testing.T) {
	l := newLine(t)
	for i := range 6 {
		l.asks(fmt.Sprint("user ", i))
	}
	l.claims("user 0")
	l.board.during = func() {
		l.board.during = nil
		l.board.fails = &fault.Error{Code: fault.ProviderBusy, Op: "x", RetryAfter: time.Second}
	}
	l.moves("p1")
	l.board.fails = nil
	l.clock.Advance(6*time.Second - time.Millisecond) // three were paid for
	l.moves()
	l.clock.Advance(time.Millisecond)
	l.moves("p1", "p2", "p3")
}

// TestWhoWasClaimedMeanwhileIsLeftAlone: a look at the line is over when calls are made.
func TestWhoWasClaimedMeanwhileIsLeftAlone(t *testing.T) {
	l := newLine(t)
	for _, user := range []string{"ann", "bob", "cid"} {
		l.asks(user)
	}
	l.claims("ann")
	l.board.during = func() {
		l.board.during = nil
		l.claims("cid")
	}
	l.moves("p1")
	l.shows("p2", "第 3 位")
}

// TestOthersLinesAreLeftAlone: a drain of a channel that cannot, or of another.
func TestOthersLinesAreLeftAlone(t *testing.T) {
	l := newLine(t)
	l.asks("ann")
	l.asks("bob")
	l.claims("ann")
	plain, err := outbound.New(outbound.Options{
		Store: l.store, Outbox: l.box, Connector: &scripted{info: channel.Info{Name: "x"}}, Now: l.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	must(t, plain.ShowLine(t.Context(), conversation.Front))
	other := &board{scripted: scripted{info: channel.Info{Name: "y"}}, shown: map[string]string{}}
	drain, err := outbound.New(outbound.Options{
		Store: l.store, Outbox: l.box, Connector: other, Now: l.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	must(t, drain.ShowLine(t.Context(), conversation.Front))
	if len(other.edits) != 0 {
		t.Errorf("another channel edits %v", other.edits)
	}
	l.moves("p1")
}
