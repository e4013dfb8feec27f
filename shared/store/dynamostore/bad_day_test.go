package dynamostore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// hasty makes a store that does not wait.
func hasty(tb testing.TB, api dynamostore.API, table string) *dynamostore.Store {
	tb.Helper()
	s, err := dynamostore.New(dynamostore.Options{Client: api, Table: table, Now: clock, Random: rand.Float64,
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
	ok(tb, err)
	return s
}

// Every call is lost, or its answer is, three times out of ten. Whatever was
// answered is there in the end, and nothing is there twice.
func TestLostCalls(t *testing.T) {
	t.Parallel()
	const messages = 15
	users := 20
	if raceDetector {
		users = 4
	}
	db := emulated(t)
	table := db.table(t)
	b := &bad{API: db.client, lost: 0.3, throttled: 0.05, conflicts: 0.05, random: rand.New(rand.NewPCG(3, 4))}
	s, good := hasty(t, b, table), open(t, db.client, table, clock)
	var all sync.WaitGroup
	for u := range users {
		all.Go(func() { unlucky(t, s, fmt.Sprint("user ", u), messages) })
	}
	all.Wait()
	for u := range users {
		checkUnlucky(t, good, idOf(t, fmt.Sprint("user ", u)), messages)
	}
	due, err := good.Due(t.Context(), after(1_000_000), 1000)
	ok(t, err)
	for _, w := range due {
		if w.Kind != store.Ring {
			t.Errorf("left to do: %+v", w)
		}
	}
	if len(due) != users {
		t.Errorf("%d permits to ring for %d asks", len(due), users)
	}
	if b.made < users*messages {
		t.Errorf("only %d calls went wrong", b.made)
	}
}

// unlucky writes out of order, each message until it is answered, asks with the
// newest, and has the answer delivered.
func unlucky(t *testing.T, s *dynamostore.Store, user string, messages int) {
	random := rand.New(rand.NewPCG(uint64(len(user)), 9))
	var newest conversation.Key
	for i, ms := range random.Perm(messages) {
		in := incoming(t, user, ms)
		in.Message.Received = after(i) // not in the order of keys
		in.Mark = after(1000)
		got := persist(t, func() (store.Received, error) { return s.Receive(t.Context(), in) })
		newest = max(newest, in.Message.Key)
		if got.Conversation.LastIn < newest {
			t.Errorf("%s: the state is behind an answered message", user)
		}
		if got.Conversation.Peer != in.Peer || got.Conversation.Name != in.Name || got.Conversation.Epoch == 0 {
			t.Errorf("%s: answered with half a state: %+v", user, got.Conversation)
		}
		c, ch := got.Conversation, store.Change{}
		if ms == messages-1 {
			ch = asking(t, c, in.Message.Key)
		} else {
			ch = store.Change{Cause: "nothing:" + string(in.Message.Key), Epoch: c.Epoch, Next: c, Settles: in.Message.Key}
		}
		done := persist(t, func() (store.Committed, error) { return s.Commit(t.Context(), ch) })
		for _, m := range done.Messages {
			o := store.Outcome{Conversation: c.ID, Key: m.Key, Outcome: conversation.Outcome{Delivery: conversation.Sent, Attempts: 1},
				Record: &conversation.Record{Ask: m.Ask, Event: conversation.RecordAcknowledged, At: after(5)}}
			persist(t, func() (bool, error) { return s.Outcome(t.Context(), o) })
		}
	}
}

// persist makes a call until it is answered.
func persist[T any](t *testing.T, call func() (T, error)) T {
	for {
		got, err := call()
		if err == nil {
			return got
		}
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("a lost call is %v", err)
			return got
		}
	}
}

func checkUnlucky(t *testing.T, s *dynamostore.Store, id conversation.ID, messages int) {
	t.Helper()
	c, err := s.Conversation(t.Context(), id)
	ok(t, err)
	said, err := s.Messages(t.Context(), id, "", 1000)
	ok(t, err)
	_, open, err := s.Undelivered(t.Context(), id, 1000)
	ok(t, err)
	ledger, err := s.Ledger(t.Context(), c.Ticket.ID)
	ok(t, err)
	if c.Status != conversation.Waiting || c.Epoch != 2 || c.LastIn.Time() != after(messages-1) || c.LastHeard != after(messages-1) {
		t.Errorf("state: %+v", c)
	}
	if len(said) != messages+1 || len(open) != 0 || len(ledger) != 3 {
		t.Errorf("%d messages, %d undelivered, %d records", len(said), len(open), len(ledger))
	}
}

// Collisions and throttling pass by themselves: the caller sees none of them.
func TestCollisionsPass(t *testing.T) {
	db := emulated(t)
	b := &bad{API: db.client, throttled: 0.2, conflicts: 0.3, random: rand.New(rand.NewPCG(5, 6))}
	s := hasty(t, b, db.table(t))
	for u := range 10 {
		c := inLine(t, s, fmt.Sprint("user ", u), u)
		commit(t, s, claiming(t, c, "kim", after(100)))
	}
	held, err := s.Held(t.Context(), "kim")
	ok(t, err)
	if len(held) != 10 || b.made < 10 {
		t.Errorf("%d held after %d collisions", len(held), b.made)
	}
}

// A table that refuses for good is not asked for ever, with growing waits.
func TestCollisionsEnd(t *testing.T) {
	db := emulated(t)
	b := &bad{API: db.client, conflicts: 1, random: rand.New(rand.NewPCG(7, 8))}
	var waits []time.Duration
	s, err := dynamostore.New(dynamostore.Options{Client: b, Table: db.table(t), Now: clock, Random: func() float64 { return 0.5 },
		Wait: func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }})
	ok(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	err = s.Lease(ctx, "kim", after(5))
	refused(t, err, fault.Unavailable)
	if len(waits) < 5 || len(waits) > 20 || waits[0] != 5*time.Millisecond || waits[1] != 10*time.Millisecond || waits[len(waits)-1] != 250*time.Millisecond {
		t.Errorf("waits: %v", waits)
	}
	cancel()
	before := len(waits)
	timed, err := dynamostore.New(dynamostore.Options{Client: b, Table: "t", Now: clock, Random: rand.Float64})
	ok(t, err)
	refused(t, timed.Lease(ctx, "kim", after(5)), fault.Unavailable)
	if len(waits) != before {
		t.Error("it waited for nobody")
	}
}

// once is an API of which one call goes otherwise: act is called before it.
type once struct {
	dynamostore.API
	transaction error  // told of the first transaction
	act         func() // before the second single write
	calls       int
}

func (o *once) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, f ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	if o.calls++; o.calls == 1 && o.transaction != nil {
		return nil, o.transaction
	}
	return o.API.TransactWriteItems(ctx, in, f...)
}

func (o *once) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, f ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if o.calls++; o.calls == 2 && o.act != nil {
		o.act()
	}
	return o.API.UpdateItem(ctx, in, f...)
}

// A repeat is told from its cause, also where the rest of the transaction collided.
func TestRepeatAmongCollisions(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	c := receive(t, s, incoming(t, "ann", 0)).Conversation
	ch := store.Change{Cause: "answer", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{outgoing(t, "ann", 5, "not on its cause")}}
	want := commit(t, s, ch)
	want.Repeat = true
	told := cancelled(3, "TransactionConflict")
	var reasons *types.TransactionCanceledException
	if !errors.As(told, &reasons) {
		t.Fatal("not cancelled")
	}
	keys := fmt.Sprintf("[%q]", ch.Messages[0].Key)
	reasons.CancellationReasons[0] = types.CancellationReason{Code: aws.String("ConditionalCheckFailed"),
		Item: map[string]types.AttributeValue{"messages": &types.AttributeValueMemberS{Value: keys}}}
	o := &once{API: db.client, transaction: told}
	if diff := cmp.Diff(want, commit(t, open(t, o, table, clock), ch)); diff != "" || o.calls != 1 {
		t.Errorf("after %d calls (-want +got):\n%s", o.calls, diff)
	}
}

// A reply that is said while a deferral finds nothing to deliver keeps its work.
func TestReplyBeforeDrop(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	c := receive(t, s, incoming(t, "ann", 0)).Conversation
	deliver := store.Work{Kind: store.Deliver, Conversation: c.ID, Due: after(5)}
	ch := store.Change{Cause: "nothing", Epoch: c.Epoch, Next: c, Work: []store.Work{deliver}}
	commit(t, s, ch)
	o := &once{API: db.client, act: func() {
		ch.Cause, ch.Messages = "reply", []conversation.Message{outgoing(t, "ann", 5, "reply")}
		commit(t, s, ch)
	}}
	ok(t, open(t, o, table, clock).Defer(t.Context(), deliver, after(50)))
	due, err := s.Due(t.Context(), after(100), 10)
	ok(t, err)
	deliver.Due, deliver.Attempts = after(50), 1
	if diff := cmp.Diff([]store.Work{deliver}, due); diff != "" {
		t.Errorf("work (-want +got):\n%s", diff)
	}
}
