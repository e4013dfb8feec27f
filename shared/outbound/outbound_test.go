package outbound_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqlitequeue"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
)

// scripted is a connector whose provider answers as told.
type scripted struct {
	info    channel.Info
	answers []error // one per send; nil beyond them
	sent    []string
	during  func() // what happens during the next send; nil: nothing
}

func (s *scripted) Info() channel.Info { return s.info }

func (s *scripted) Receive(context.Context, channel.Request) (channel.Receipt, error) {
	return channel.Receipt{}, errors.New("not used")
}

func (s *scripted) Send(_ context.Context, out channel.Outbound) (channel.Sent, error) {
	s.sent = append(s.sent, out.Message.Words())
	if s.during != nil {
		s.during()
	}
	if len(s.answers) == 0 {
		return channel.Sent{}, nil
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return channel.Sent{}, err
}

type nobody struct{}

func (nobody) Tell(context.Context, outbox.News) error { return nil }

// fixture is a conversation with three undelivered messages and a drain.
type fixture struct {
	*testing.T
	connector *scripted
	store     store.Store
	box       *outbox.Outbox
	bells     queue.Queue
	drain     *outbound.Drain
	clock     queuetest.Clock
	id        conversation.ID
}

func setUp(t *testing.T, info channel.Info, answers ...error) *fixture {
	t.Helper()
	clock := queuetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s, box, bells := engines(t, clock, info.Name)
	f := &fixture{T: t, connector: &scripted{info: info, answers: answers}, store: s, box: box, bells: bells, clock: clock, id: "abcdefghijklmnopqrstuvwxyz"}
	f.rewire(s)
	f.say()
	return f
}

// engines makes a store of its own, with an outbox for one channel.
func engines(t *testing.T, clock queuetest.Clock, name string) (store.Store, *outbox.Outbox, queue.Queue) {
	t.Helper()
	file, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: filepath.Join(t.TempDir(), "zhida.db")})
	must(t, err)
	t.Cleanup(func() { must(t, file.Close()) })
	s, err := sqlitestore.New(t.Context(), file, clock.Now)
	must(t, err)
	q, err := sqlitequeue.Open(t.Context(), file, sqlitequeue.Options{Name: "q", Clock: clock, Ordered: true})
	must(t, err)
	box, err := outbox.New(outbox.Options{
		Store: s, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: q},
		Outbound: map[string]queue.Queue{name: q}, MaxText: map[string]int{name: 100},
		Audience: nobody{}, Now: clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	return s, box, q
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// say stores a customer's message and three answers.
func (f *fixture) say() {
	now := f.clock.Now()
	received, err := f.store.Receive(f.Context(), store.Incoming{
		Peer:    conversation.Peer{Channel: f.connector.info.Name, User: "u"},
		Message: conversation.Message{Conversation: f.id, Key: conversation.InboundKey(now, "m"), Author: conversation.Customer, Parts: conversation.TextParts("?"), Received: now},
	})
	must(f.T, err)
	c := received.Conversation
	for i := range 3 {
		cause := fmt.Sprint("say ", i)
		_, err := f.box.Commit(f.Context(), c, store.Change{Cause: cause, Next: c, Messages: []conversation.Message{{
			Conversation: f.id, Key: conversation.OwnKey(now.Add(time.Duration(i+1)*time.Second), cause, 0), Author: conversation.Bot,
			Parts: conversation.TextParts(fmt.Sprint(i)), Received: now, Outcome: conversation.Outcome{Delivery: conversation.Pending, At: now},
		}}})
		must(f.T, err)
	}
}

func (f *fixture) ring() {
	f.Helper()
	body, err := json.Marshal(outbox.Doorbell{Conversation: f.id})
	must(f.T, err)
	must(f.T, f.drain.Handle(f.Context(), body))
}

// deliveries returns the outcomes of the three answers, in order.
func (f *fixture) deliveries() (all []conversation.Delivery) {
	f.Helper()
	messages, err := f.store.Messages(f.Context(), f.id, "", 10)
	must(f.T, err)
	for _, m := range messages[1:] {
		all = append(all, m.Outcome.Delivery)
	}
	return all
}

func (f *fixture) want(sent string, deliveries ...conversation.Delivery) {
	f.Helper()
	if got := fmt.Sprint(f.connector.sent); got != sent {
		f.Errorf("sent %s, want %s", got, sent)
	}
	if got := f.deliveries(); fmt.Sprint(got) != fmt.Sprint(deliveries) {
		f.Errorf("deliveries %v, want %v", got, deliveries)
	}
}

func (f *fixture) due(at time.Duration) int {
	f.Helper()
	work, err := f.store.Due(f.Context(), f.clock.Now().Add(at), 10)
	must(f.T, err)
	n := 0
	for _, w := range work {
		if w.Kind == store.Deliver {
			n++
		}
	}
	return n
}

var (
	careful    = channel.Info{Name: "x"}
	repeatable = channel.Info{Name: "x", Repeatable: true}
)

const (
	sent    = conversation.Sent
	pending = conversation.Pending
	refused = conversation.NotSent
	unknown = conversation.UnknownSent
)

func TestInOrderOnce(t *testing.T) {
	f := setUp(t, careful)
	f.ring()
	f.ring()
	f.want("[0 1 2]", sent, sent, sent)
	if n := f.due(time.Hour); n != 0 {
		t.Errorf("%d deliveries are still due", n)
	}
}

func TestABusyProviderParksTheConversation(t *testing.T) {
	busy := &fault.Error{Code: fault.ProviderBusy, Op: "x", RetryAfter: 40 * time.Second}
	f := setUp(t, careful, nil, busy)
	f.ring()
	f.want("[0 1]", sent, pending, pending)
	if f.due(39*time.Second) != 0 || f.due(40*time.Second) != 1 {
		t.Error("not parked for as long as the provider asked")
	}
	f.ring()
	f.want("[0 1 1 2]", sent, sent, sent)
	if n := f.due(time.Hour); n != 0 {
		t.Errorf("%d deliveries are still due", n)
	}
}

func TestARefusalIsToldAndTheRestGoesOn(t *testing.T) {
	f := setUp(t, careful, fault.New(fault.ProviderRefused, "x", "write less"))
	f.ring()
	f.want("[0 1 2]", refused, sent, sent)
	messages, err := f.store.Messages(t.Context(), f.id, "", 10)
	must(t, err)
	if o := messages[1].Outcome; o.Code != string(fault.ProviderRefused) || o.Hint != "write less" {
		t.Errorf("the agent is told %+v", o)
	}
}

func TestAnUncertainSendIsNeverRepeated(t *testing.T) {
	f := setUp(t, careful, fault.New(fault.Uncertain, "x", ""), context.DeadlineExceeded)
	f.ring()
	f.ring()
	f.want("[0 1 2]", unknown, unknown, sent)
}

func TestWhatAConnectorDidNotTellApartIsUncertain(t *testing.T) {
	f := setUp(t, careful, errors.New("connection reset"), fault.New(fault.Internal, "x", ""))
	f.ring()
	f.want("[0 1 2]", unknown, unknown, sent)
}

func TestADoorbellOfAnotherChannel(t *testing.T) {
	f := setUp(t, careful)
	f.connector.info.Name = "y"
	f.rewire(f.store)
	if err := f.drain.Conversation(t.Context(), f.id); !fault.Is(err, fault.BadRequest) || len(f.connector.sent) > 0 {
		t.Errorf("sent %v, %v", f.connector.sent, err)
	}
}

func TestARepeatableSendIsRepeated(t *testing.T) {
	f := setUp(t, repeatable, fault.New(fault.Uncertain, "x", ""))
	f.ring()
	f.want("[0]", pending, pending, pending)
	f.ring()
	f.want("[0 0 1 2]", sent, sent, sent)
}

// dies is a store that stops answering after some calls, like a process that
// dies between a send and the record of it.
type dies struct {
	store.Store
	outcomes int
}

func (d *dies) Outcome(ctx context.Context, o store.Outcome) (bool, error) {
	if d.outcomes--; d.outcomes < 0 {
		return false, fault.New(fault.Unavailable, "dies", "")
	}
	return d.Store.Outcome(ctx, o)
}

func TestACrashBetweenSendAndRecordIsUncertain(t *testing.T) {
	f := setUp(t, careful)
	whole := f.store
	f.rewire(&dies{Store: whole, outcomes: 1}) // the attempt is written, the outcome is not
	if err := f.drain.Conversation(t.Context(), f.id); err == nil {
		t.Fatal("it did not die")
	}
	f.rewire(whole)
	f.ring()
	f.want("[0]", conversation.Attempting, pending, pending) // it may be under way elsewhere
	f.clock.Advance(time.Minute)
	f.ring()
	f.want("[0 1 2]", unknown, sent, sent)
}

func TestADoorbellToFetch(t *testing.T) {
	f := setUp(t, careful)
	key := conversation.InboundKey(f.clock.Now(), "m")
	body, err := json.Marshal(outbox.Doorbell{Conversation: f.id, Fetch: key})
	must(t, err)
	if err := f.drain.Handle(t.Context(), body); !fault.Is(err, fault.BadRequest) {
		t.Errorf("where nothing is fetched: %v", err)
	}
	var fetched conversation.Key
	down := fault.New(fault.Unavailable, "x", "")
	d, err := outbound.New(outbound.Options{
		Store: f.store, Outbox: f.box, Connector: f.connector, Now: f.clock.Now, Log: slog.New(slog.DiscardHandler),
		Fetch: func(_ context.Context, id conversation.ID, key conversation.Key) error {
			if id == f.id {
				fetched = key
			}
			return down
		},
	})
	must(t, err)
	if err := d.Handle(t.Context(), body); !errors.Is(err, down) || fetched != key || len(f.connector.sent) > 0 {
		t.Errorf("fetched %q and sent %v: %v", fetched, f.connector.sent, err)
	}
}

func (f *fixture) rewire(s store.Store) {
	f.Helper()
	var err error
	f.drain, err = outbound.New(outbound.Options{
		Store: s, Outbox: f.box, Connector: f.connector, Now: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	must(f.T, err)
}

func TestBackoffGrowsToTwoMinutes(t *testing.T) {
	busy := make([]error, 12)
	for i := range busy {
		busy[i] = fault.New(fault.ProviderBusy, "x", "")
	}
	f := setUp(t, careful, busy...)
	f.ring()
	if f.due(4*time.Second) != 0 || f.due(5*time.Second) != 1 {
		t.Error("the first pause is not 5 s")
	}
	for range 11 {
		f.ring()
	}
	if f.due(2*time.Minute-time.Second) != 0 || f.due(2*time.Minute) != 1 {
		t.Error("the last pause is not 2 min")
	}
}

func TestADoorbellThatMeansNothing(t *testing.T) {
	f := setUp(t, careful)
	for _, body := range []string{"", "{}", `{"conversation":"../x"}`, "\xff"} {
		if err := f.drain.Handle(t.Context(), []byte(body)); !fault.Is(err, fault.BadRequest) {
			t.Errorf("%q: %v", body, err)
		}
	}
}
