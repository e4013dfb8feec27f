package inbound

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// heap is a store that keeps messages in a heap, and counts who looks for one.
type heap struct {
	store.Store
	messages map[string]conversation.Message
	looked   int
	down     bool
	named    []string      // with which names messages came
	told     []outbox.News // what others were told
}

func (h *heap) place(id conversation.ID, key conversation.Key) string {
	return string(id) + "/" + string(key)
}

func (h *heap) Receive(_ context.Context, in store.Incoming) (store.Received, error) {
	if h.down {
		return store.Received{}, fault.New(fault.Unavailable, "test", "down")
	}
	at := h.place(in.Message.Conversation, in.Message.Key)
	first, repeat := h.messages[at]
	if !repeat {
		first = in.Message
	}
	h.named = append(h.named, in.Name)
	h.messages[at] = first
	c := conversation.Conversation{ID: in.Message.Conversation, Peer: in.Peer}
	return store.Received{Conversation: c, Message: first, Repeat: repeat}, nil
}

func (h *heap) Message(_ context.Context, id conversation.ID, key conversation.Key) (conversation.Message, error) {
	h.looked++
	if h.down {
		return conversation.Message{}, fault.New(fault.Unavailable, "test", "down")
	}
	m, there := h.messages[h.place(id, key)]
	if !there {
		return m, fault.New(fault.NotFound, "test", "")
	}
	return m, nil
}

// Tell is part of outbox.Audience.
func (h *heap) Tell(_ context.Context, n outbox.News) error {
	h.told = append(h.told, n)
	return nil
}

// idle decides that nothing follows.
type idle struct{}

func (idle) Decide(_ context.Context, c conversation.Conversation, _ conversation.Message) (routing.Decision, error) {
	return routing.Decision{Next: c}, nil
}

func (idle) Answered(context.Context, conversation.Conversation, conversation.Message, bot.Answer) (routing.Decision, error) {
	return routing.Decision{}, nil
}

func (h *heap) Settle(context.Context, store.Work) error { return nil }

// flood is a door, and who comes by it.
type flood struct {
	*testing.T
	heap    *heap
	service *Service
	door    *Door
	now     time.Time
	sent    int
}

func newFlood(t *testing.T, o DoorOptions) *flood {
	t.Helper()
	f := &flood{T: t, heap: &heap{messages: map[string]conversation.Message{}}, now: noon, door: NewDoor(o)}
	ids, err := conversation.NewIDs(make([]byte, conversation.MinDeploymentKey))
	if err != nil {
		t.Fatal(err)
	}
	box, err := outbox.New(outbox.Options{
		Store: f.heap, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: struct{ queue.Queue }{}}, Outbound: map[string]queue.Queue{}, MaxText: map[string]int{},
		Audience: f.heap, Now: f.clock, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	f.service, err = New(Options{IDs: ids, Store: f.heap, Outbox: box, Decider: idle{}, Now: f.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *flood) clock() time.Time { return f.now }

// says submits a new message, and returns how long its customer is to wait.
func (f *flood) says(user, from, text string) (time.Duration, error) {
	f.sent++
	return f.submits(user, from, text, fmt.Sprint("m-", f.sent))
}

func (f *flood) submits(user, from, text, id string) (time.Duration, error) {
	f.Helper()
	_, err := f.door.accept(f.Context(), f.service, channel.Info{Retries: true}, channel.Receipt{Messages: []channel.Inbound{{
		Peer: conversation.Peer{Channel: "x", Account: "main", User: user}, Key: conversation.InboundKey(noon, id), Parts: conversation.TextParts(text),
	}}}, from)
	return time.Duration(fault.PublicOf(err).Retry) * time.Millisecond, err
}

func (f *flood) passes(what string, wait time.Duration, err error) {
	f.Helper()
	if err != nil {
		f.Errorf("%s: %v", what, err)
	}
}

func (f *flood) waits(what string, want time.Duration, wait time.Duration, err error) {
	f.Helper()
	if !fault.Is(err, fault.FloodLimit) || wait != want {
		f.Errorf("%s: waits %s, %v; want %s", what, wait, err, want)
	}
}

func people() DoorOptions {
	return DoorOptions{Customer: Rate{Burst: 20, Every: time.Second}, Address: Rate{Burst: 30, Every: 100 * time.Millisecond}}
}

const here, there = "203.0.113.7", "203.0.113.8"

func TestACustomerWhoFloods(t *testing.T) {
	f := newFlood(t, people())
	for range 20 {
		wait, err := f.says("ann", here, "你好")
		f.passes("in the burst", wait, err)
	}
	wait, err := f.says("ann", here, "你好")
	f.waits("one more", time.Second, wait, err)
	wait, err = f.says("ann", there, "你好")
	f.waits("one more from elsewhere", time.Second, wait, err)
	wait, err = f.says("bob", here, "你好")
	f.passes("somebody else", wait, err)
	f.now = f.now.Add(time.Second)
	wait, err = f.says("ann", here, "你好")
	f.passes("a second later", wait, err)
	wait, err = f.says("ann", here, "你好")
	f.waits("and one more", time.Second, wait, err)
}

// TestAnAskGetsThrough (promise P1), and what comes behind three of them within the same
// moment is in line already.
func TestAnAskGetsThrough(t *testing.T) {
	f := newFlood(t, people())
	for range 20 {
		_, _ = f.says("ann", here, "你好")
	}
	for _, ask := range []string{"转人工", "find me a real person", "0"} {
		wait, err := f.says("ann", here, ask)
		f.passes(ask, wait, err)
	}
	wait, err := f.says("ann", here, "转人工")
	f.waits("a fourth", time.Second, wait, err)
	for minute := range 10 { // an attacker who knows this gets that much, and no more
		f.now = f.now.Add(time.Minute)
		passed := 0
		for range 1000 {
			if _, err := f.says("ann", here, "转人工"); err == nil {
				passed++
			}
		}
		if passed != 20+3 {
			t.Errorf("minute %d: %d asks passed", minute, passed)
		}
	}
}

// TestAnAddressThatFloods has many customers; each may still ask for a person.
func TestAnAddressThatFloods(t *testing.T) {
	f := newFlood(t, people())
	for i := range 30 {
		wait, err := f.says(fmt.Sprint("user-", i), here, "你好")
		f.passes("in the burst", wait, err)
	}
	wait, err := f.says("ann", here, "你好")
	f.waits("one more", 100*time.Millisecond, wait, err)
	wait, err = f.says("ann", here, "转人工")
	f.passes("an ask", wait, err)
	wait, err = f.says("ann", there, "你好")
	f.passes("from elsewhere", wait, err)
	for range 100 {
		for _, nobody := range []string{"", "127.0.0.1", "::1"} {
			f.sent++
			wait, err = f.says(fmt.Sprint("user-", f.sent), nobody, "你好")
			f.passes("from nowhere, or a proxy on this machine", wait, err)
		}
	}
	for range 19 {
		wait, err = f.says("ann", there, "你好")
		f.passes("what the address refused did not count", wait, err)
	}
	wait, err = f.says("ann", there, "你好")
	f.waits("the customer's own limit", time.Second, wait, err)
}

// TestRepeatsHaveABucketOfTheirOwn: a client whose acknowledgements were lost loses
// nothing by saying it all again. What could not be kept does not count at all.
func TestRepeatsHaveABucketOfTheirOwn(t *testing.T) {
	f := newFlood(t, people())
	for range 1 + 20 {
		wait, err := f.submits("ann", here, "你好", "same")
		f.passes("again", wait, err)
	}
	f.heap.down = true
	for range 100 {
		if _, err := f.says("ann", here, "你好"); !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
	}
	f.heap.down = false
	for range 19 {
		wait, err := f.says("ann", here, "你好")
		f.passes("the rest of the burst", wait, err)
	}
	if f.heap.looked > 0 {
		t.Errorf("looked for %d messages within the limits", f.heap.looked)
	}
	wait, err := f.says("ann", here, "你好")
	f.waits("beyond it", time.Second, wait, err)
	for range 30 - 20 {
		wait, err := f.says(fmt.Sprint("user-", f.sent), here, "你好")
		f.passes("the rest of the address", wait, err)
	}
	wait, err = f.says("bob", here, "你好")
	f.waits("beyond the address", 100*time.Millisecond, wait, err)
}

// TestARepeatBeyondTheLimit is what a client sends whose acknowledgement was lost with
// the last of its burst.
func TestARepeatBeyondTheLimit(t *testing.T) {
	f := newFlood(t, people())
	for i := range 20 {
		_, _ = f.submits("ann", here, "你好", fmt.Sprint("lost-", i))
	}
	for i := range 20 {
		wait, err := f.says("ann", here, "你好")
		f.waits("what is new", time.Second, wait, err)
		wait, err = f.submits("ann", here, "你好", fmt.Sprint("lost-", i))
		f.passes("again", wait, err)
	}
	wait, err := f.submits("ann", here, "你好", "lost-0")
	f.waits("and again", time.Second, wait, err)
	f.now = f.now.Add(time.Second)
	wait, err = f.submits("ann", here, "你好", "lost-0")
	f.passes("a second later", wait, err)
}

// TestOneMessageWithoutEnd is a flood like any other, whether it asks or not.
func TestOneMessageWithoutEnd(t *testing.T) {
	for _, text := range []string{"你好", "转人工"} {
		f := newFlood(t, people())
		passed := 0
		for range 2000 {
			if _, err := f.submits("ann", here, text, "same"); err == nil {
				passed++
			}
		}
		if passed > 20+20+3 || len(f.heap.named) != passed || len(f.heap.told) > passed {
			t.Errorf("%s: %d of 2000 copies passed in no time; %d writes, %d tellings", text, passed, len(f.heap.named), len(f.heap.told))
		}
		wait, err := f.says("ann", there, "找个活人")
		if text != "转人工" {
			f.passes("an ask", wait, err)
		}
	}
}

// TestARepeatThatChangesNothingIsNotTold, unless the call before may have broken before it
// told anybody.
func TestARepeatThatChangesNothingIsNotTold(t *testing.T) {
	f := newFlood(t, people())
	again := func() {
		wait, err := f.submits("ann", here, "你好", "same")
		f.passes("again", wait, err)
	}
	again()
	f.now = f.now.Add(outbox.Grace)
	again()
	if len(f.heap.told) != 2 {
		t.Errorf("told %d times, want once more in time", len(f.heap.told))
	}
	f.now = f.now.Add(time.Millisecond)
	again()
	if len(f.heap.told) != 2 {
		t.Errorf("told %d times, want no more", len(f.heap.told))
	}
}

// TestAFaultIsNoFlood: who is told to wait waits in vain.
func TestAFaultIsNoFlood(t *testing.T) {
	f := newFlood(t, people())
	for range 20 {
		_, _ = f.says("ann", here, "你好")
	}
	f.heap.down = true
	for range 100 {
		if _, err := f.says("ann", here, "你好"); !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
	}
}

// TestAPlatformIsNotHeldUp: its calls come by no door.
func TestAPlatformIsNotHeldUp(t *testing.T) {
	f := newFlood(t, people())
	f.door = nil
	for range 100 {
		wait, err := f.says("ann", here, "你好")
		f.passes("a message", wait, err)
	}
}

// offerer reads an offer from whoever the token names.
type offerer struct {
	channel.Connector
	size int64 // of the file
}

func (o offerer) Offer(_ context.Context, r channel.Request) (channel.Offer, error) {
	return channel.Offer{Peer: conversation.Peer{Channel: "x", User: string(r.Body)}, ID: "f", Name: "a.txt", Size: o.size}, nil
}

// TestOffersAreLimited as messages are, and beside them: whoever may upload no more can
// still ask for a person (promise P1).
func TestOffersAreLimited(t *testing.T) {
	f := newFlood(t, people())
	offers := func(user, from string) (time.Duration, error) {
		_, err := f.service.offered(t.Context(), offerer{size: 1}, channel.Request{Body: []byte(user)}, f.door, from)
		return time.Duration(fault.PublicOf(err).Retry) * time.Millisecond, err
	}
	for range 20 {
		if _, err := offers("ann", here); !fault.Is(err, fault.NotPossible) { // no media are taken here
			t.Fatal(err)
		}
	}
	wait, err := offers("ann", here)
	f.waits("one more", time.Second, wait, err)
	wait, err = f.says("ann", here, "你好")
	f.passes("a message", wait, err)
	for i := range 10 {
		_, _ = offers(fmt.Sprint("user-", i), here)
	}
	wait, err = offers("bob", here)
	f.waits("one more from the address", 100*time.Millisecond, wait, err)
}

// TestWhatIsLookedAtCounts: a file that is refused was read before.
func TestWhatIsLookedAtCounts(t *testing.T) {
	f := newFlood(t, people())
	shows := func() error {
		_, err := f.door.accept(t.Context(), f.service, channel.Info{}, channel.Receipt{Messages: []channel.Inbound{{
			Peer: conversation.Peer{Channel: "x", Account: "main", User: "ann"}, Key: conversation.InboundKey(noon, "p"), Media: []string{"any"},
		}}}, here)
		return err
	}
	for range 20 {
		if err := shows(); !fault.Is(err, fault.NotPossible) {
			t.Fatal(err)
		}
	}
	if err := shows(); !fault.Is(err, fault.FloodLimit) {
		t.Errorf("one more: %v", err)
	}
}
