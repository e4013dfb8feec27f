package outbound_test

import (
	"slices"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// forbids has the customer forbid messages, or allow them again.
func (f *fixture) forbids(out bool) {
	f.Helper()
	f.clock.Advance(time.Second)
	must(f.T, f.store.PutConsent(f.Context(), f.id, conversation.Consent{Key: conversation.InboundKey(f.clock.Now(), "word"), Out: out}))
}

func (f *fixture) codes() (all []string) {
	f.Helper()
	messages, err := f.store.Messages(f.Context(), f.id, "", 100)
	must(f.T, err)
	for _, m := range messages {
		if m.Key.Ours() {
			all = append(all, string(m.Outcome.Delivery)+" "+m.Outcome.Code)
		}
	}
	return all
}

// TestWhoForbidsMessagesGetsNone: the provider is asked for nothing, and the agent sees why.
func TestWhoForbidsMessagesGetsNone(t *testing.T) {
	f := setUp(t, channel.Info{Name: "x"})
	f.forbids(true)
	f.ring()
	if got, want := f.codes(), slices.Repeat([]string{"not_sent opted_out"}, 3); !slices.Equal(got, want) || len(f.connector.sent) > 0 {
		t.Errorf("outcomes %q, sent %q", got, f.connector.sent)
	}
	if work, err := f.store.Due(t.Context(), f.clock.Now().Add(time.Hour), 10); err != nil || len(work) > 0 {
		t.Errorf("left to do: %+v, %v", work, err)
	}
	f.forbids(false)
	c, err := f.store.Conversation(t.Context(), f.id)
	must(t, err)
	f.commits(c, "again", "")
	f.ring()
	if !slices.Equal(f.connector.sent, []string{"again"}) {
		t.Errorf("allowed again, sent is %q", f.connector.sent)
	}
}

// TestTheConfirmationGoesOut, which the law wants of whom messages are forbidden to.
func TestTheConfirmationGoesOut(t *testing.T) {
	f := setUp(t, channel.Info{Name: "x"})
	f.forbids(true)
	c, err := f.store.Conversation(t.Context(), f.id)
	must(t, err)
	f.commits(c, "no more", conversation.Confirmation)
	f.clock.Advance(5 * time.Minute)
	f.ring()
	if !slices.Equal(f.connector.sent, []string{"no more"}) {
		t.Errorf("sent is %q", f.connector.sent)
	}
	f.commits(c, "no more, really", conversation.Confirmation)
	f.clock.Advance(5*time.Minute + 1) // the provider was away
	f.ring()
	if len(f.connector.sent) != 1 {
		t.Errorf("too late, sent is %q", f.connector.sent)
	}
}

// TestForbiddenMeanwhile: what was not handed over by then is not.
func TestForbiddenMeanwhile(t *testing.T) {
	f := setUp(t, channel.Info{Name: "x", OptOut: true})
	f.connector.during = func() { f.connector.during = nil; f.forbids(true) }
	f.ring()
	if got, want := f.codes(), []string{"sent ", "not_sent opted_out", "not_sent opted_out"}; !slices.Equal(got, want) || len(f.connector.sent) != 1 {
		t.Errorf("outcomes %q, sent %q", got, f.connector.sent)
	}
}

// TestAConfirmationOfSomethingElse, which was under way when messages were forbidden, is not sent.
func TestAConfirmationOfSomethingElse(t *testing.T) {
	f := setUp(t, channel.Info{Name: "x"})
	f.ring()
	c, err := f.store.Conversation(t.Context(), f.id)
	must(t, err)
	f.clock.Advance(10 * time.Second) // past what was said
	f.commits(c, "you get our messages again", conversation.Confirmation)
	f.forbids(true)
	f.ring()
	if len(f.connector.sent) != 3 {
		t.Errorf("sent is %q", f.connector.sent)
	}
}

// TestTheProviderKnowsBefore: what it says of a customer counts for all that comes after.
func TestTheProviderKnowsBefore(t *testing.T) {
	f := setUp(t, channel.Info{Name: "x"}, fault.New(fault.OptedOut, "test", ""))
	f.ring()
	if got, want := f.codes(), slices.Repeat([]string{"not_sent opted_out"}, 3); !slices.Equal(got, want) || len(f.connector.sent) != 1 {
		t.Errorf("outcomes %q, sent %q", got, f.connector.sent)
	}
	c, err := f.store.Conversation(t.Context(), f.id)
	must(t, err)
	if !c.OptedOut() {
		t.Errorf("nobody sees it: %+v", c)
	}
	f.clock.Advance(time.Second)
	f.writesAgain() // they may have taken it back where only the provider hears of it
	f.commits(c, "still there?", "")
	f.ring()
	if len(f.connector.sent) != 2 {
		t.Errorf("nobody asked the provider: sent is %q", f.connector.sent)
	}
	f.forbids(false)
	if c, err = f.store.Conversation(t.Context(), f.id); err != nil || c.OptedOut() {
		t.Errorf("their word does not count: %+v, %v", c, err)
	}
}

// writesAgain has the customer write something.
func (f *fixture) writesAgain() {
	f.Helper()
	now := f.clock.Now()
	_, err := f.store.Receive(f.Context(), store.Incoming{
		Peer:    conversation.Peer{Channel: f.connector.info.Name, User: "u"},
		Message: conversation.Message{Conversation: f.id, Key: conversation.InboundKey(now, "more"), Author: conversation.Customer, Parts: conversation.TextParts("?"), Received: now},
	})
	must(f.T, err)
}

// commits has a message said.
func (f *fixture) commits(c conversation.Conversation, text string, purpose conversation.Purpose) {
	f.Helper()
	now := f.clock.Now()
	_, err := f.box.Commit(f.Context(), c, store.Change{Cause: text, Next: c, Messages: []conversation.Message{{
		Conversation: f.id, Key: conversation.OwnKey(c.NextTime(now), text, 0), Author: conversation.Bot, Purpose: purpose,
		Parts: conversation.TextParts(text), Received: now, Outcome: conversation.Outcome{Delivery: conversation.Pending, At: now},
	}}})
	must(f.T, err)
}
