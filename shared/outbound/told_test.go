package outbound_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// costly is a channel of which each message costs, and where nothing can be changed.
type costly struct {
	scripted
	to    []string
	fails error
}

func (c *costly) Send(_ context.Context, out channel.Outbound) (channel.Sent, error) {
	if c.fails != nil {
		return channel.Sent{}, c.fails
	}
	c.to = append(c.to, out.Peer.User+": "+out.Message.Words())
	return channel.Sent{ProviderID: "p"}, nil
}

// costs makes the line's channel a costly one.
func costs(t *testing.T) (*line, *costly) {
	l := newLine(t)
	c := &costly{scripted: scripted{info: channel.Info{Name: "x", Costly: true}}}
	l.opens(c)
	return l, c
}

func (l *line) opens(c *costly) {
	l.Helper()
	d, err := outbound.New(outbound.Options{Store: l.store, Outbox: l.box, Connector: c, Now: l.clock.Now, Log: slog.New(slog.DiscardHandler)})
	must(l.T, err)
	l.drain = d
}

// hears shows the line, delivers what came of it, and wants so many told.
func (l *line) hears(c *costly, want ...string) {
	l.Helper()
	c.to = nil
	must(l.T, l.drain.ShowLine(l.Context(), conversation.Front))
	for _, user := range []string{"ann", "bob", "cid"} {
		if err := l.drain.Conversation(l.Context(), l.id(user)); !fault.Is(err, fault.NotFound) {
			must(l.T, err)
		}
	}
	if !slices.EqualFunc(c.to, want, strings.HasPrefix) {
		l.Errorf("told are %q, want %q", c.to, want)
	}
}

// TestWhereEachMessageCosts somebody hears when they are asked for, when they are next, and no more.
func TestWhereEachMessageCosts(t *testing.T) {
	l, c := costs(t)
	for _, user := range []string{"ann", "bob", "cid"} {
		l.asks(user)
	}
	l.hears(c)
	l.claims("ann")
	l.hears(c, "bob: 您还在队列里，位置一直保留。下一位就是您")
	l.hears(c)
	l.claims("bob")
	l.hears(c, "cid: 您还在队列里")
	l.clock.Advance(24 * time.Hour)
	l.hears(c)
}

// TestWhatWasToldOfAnotherPlace, as the line moved before it went out: they are told once, and not over and over.
func TestWhatWasToldOfAnotherPlace(t *testing.T) {
	l, c := costs(t)
	l.moved = true
	l.asks("ann")
	l.hears(c, "ann: 您还在队列里")
	l.hears(c)
	l.clock.Advance(time.Hour)
	l.hears(c)
}

// TestWhoWasNotToldAtAll, as that did not go out, is told when they are next, and before that only what is
// on its way.
func TestWhoWasNotToldAtAll(t *testing.T) {
	l, c := costs(t)
	c.fails = fault.New(fault.Uncertain, "test", "")
	l.asks("ann")
	l.asks("bob")
	c.fails = nil
	l.hears(c) // it may be on its way
	l.clock.Advance(time.Minute)
	l.hears(c, "ann: 您还在队列里")
	l.hears(c)
	l.claims("ann")
	l.hears(c, "bob: 您还在队列里")
	l.hears(c)
}

// TestBackAtTheOldPlace says so, and where that is: nobody has to say it again.
func TestBackAtTheOldPlace(t *testing.T) {
	l, c := costs(t)
	c0 := l.asks("ann")
	l.told(c0, c0, conversation.Notice, "客服暂时离开了，您回到原来的位置。"+routing.PlaceText("", store.Place{Exact: true}))
	l.hears(c)
}

// TestATellingThatWasCutOff is made good, and not made twice.
func TestATellingThatWasCutOff(t *testing.T) {
	l, c := costs(t)
	l.moved = true
	l.asks("ann")
	l.store = &forgetful{Store: l.store}
	l.opens(c)
	if err := l.drain.ShowLine(t.Context(), conversation.Front); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("%v", err)
	}
	l.hears(c, "ann: 您还在队列里")
	l.hears(c)
}

// forgetful is a store that fails to keep the next note.
type forgetful struct {
	store.Store
	failed bool
}

func (f *forgetful) PutNote(ctx context.Context, id conversation.ID, n conversation.Note) error {
	if !f.failed {
		f.failed = true
		return fault.New(fault.Unavailable, "test", "")
	}
	return f.Store.PutNote(ctx, id, n)
}

// TestWhoForbidsMessagesIsNotToldOfTheLine, and keeps their place.
func TestWhoForbidsMessagesIsNotToldOfTheLine(t *testing.T) {
	l, c := costs(t)
	l.asks("ann")
	l.asks("bob")
	must(t, l.store.PutConsent(t.Context(), l.id("bob"), conversation.Consent{Key: conversation.InboundKey(l.clock.Now(), "stop"), Out: true}))
	l.claims("ann")
	l.hears(c)
	l.clock.Advance(time.Second)
	must(t, l.store.PutConsent(t.Context(), l.id("bob"), conversation.Consent{Key: conversation.InboundKey(l.clock.Now(), "start")}))
	l.hears(c, "bob: 您还在队列里")
}

// TestABadEstimateIsPutRight once each time that it turned out bad.
func TestABadEstimateIsPutRight(t *testing.T) {
	l, c := costs(t)
	must(t, l.store.Lease(t.Context(), "kim", l.clock.Now().Add(100*time.Hour)))
	for _, user := range []string{"d1", "d2", "d3", "d4"} { // so that an estimate is known
		l.asks(user)
		l.clock.Advance(time.Minute)
		l.claims(user)
	}
	for _, user := range []string{"ann", "bob"} {
		l.asks(user)
	}
	l.hears(c)
	l.clock.Advance(8 * time.Minute)
	l.hears(c)
	l.clock.Advance(5 * time.Minute)
	l.hears(c, "ann: 您还在队列里", "bob: 您还在队列里")
	l.hears(c)
}
