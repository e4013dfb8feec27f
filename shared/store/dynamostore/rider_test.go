package dynamostore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// between is an API that lets something happen before the first call of one kind.
type between struct {
	dynamostore.API
	act func()
	at  string
}

func (b *between) happen(at string) {
	if act := b.act; act != nil && at == b.at {
		b.act = nil
		act()
	}
}

func (b *between) Query(ctx context.Context, in *dynamodb.QueryInput, f ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	b.happen("Query")
	return b.API.Query(ctx, in, f...)
}

func (b *between) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, f ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	b.happen("BatchGetItem")
	return b.API.BatchGetItem(ctx, in, f...)
}

func (b *between) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, f ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	b.happen("UpdateItem")
	return b.API.UpdateItem(ctx, in, f...)
}

// Whoever reads while a message is put in its place sees it in one or the other, and
// its record, never in both and never in none.
func TestReadWhileAMessageIsPlaced(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	for _, once := range []bool{false, true} {
		for _, at := range []string{"Query", "BatchGetItem"} {
			user := strings.Join([]string{at, map[bool]string{true: "once"}[once]}, " ")
			c := receive(t, s, incoming(t, user, 0)).Conversation
			cause := "claim of " + user
			m := outgoing(t, user, 1, cause)
			record := conversation.Record{Ask: conversation.NewTicketID(c.ID, c.LastIn), Event: conversation.RecordClaimed, Lane: conversation.Front, At: after(1)}
			commit(t, s, store.Change{Cause: cause, Once: once, Epoch: c.Epoch, Next: c, Messages: []conversation.Message{m}, Records: []conversation.Record{record}})
			o := store.Outcome{Conversation: c.ID, Key: m.Key, Outcome: conversation.Outcome{Delivery: conversation.Sent}}
			reader := func() *dynamostore.Store {
				return open(t, &between{API: db.client, at: at, act: func() { _, err := s.Outcome(t.Context(), o); ok(t, err) }}, table, clock)
			}
			all, err := reader().Messages(t.Context(), c.ID, "", 10)
			ok(t, err)
			if len(all) != 2 || all[1].Key != m.Key {
				t.Errorf("%s: %d messages: %+v", user, len(all), all)
			}
			ledger, err := reader().Ledger(t.Context(), record.Ask)
			ok(t, err)
			if diff := cmp.Diff([]conversation.Record{record}, ledger); diff != "" {
				t.Errorf("%s: ledger (-want +got):\n%s", user, diff)
			}
		}
	}
}

// Of two that tell of one message at the same time, the first final outcome counts,
// also where the message still rides.
func TestTwoPlaceAMessage(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	c := receive(t, s, incoming(t, "ann", 0)).Conversation
	m := outgoing(t, "ann", 1, "answer")
	commit(t, s, store.Change{Cause: "answer", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{m}})
	first := store.Outcome{Conversation: c.ID, Key: m.Key, Outcome: conversation.Outcome{Delivery: conversation.Sent, Attempts: 1, At: after(2)}}
	second := first
	second.Outcome = conversation.Outcome{Delivery: conversation.NotSent, Attempts: 2, At: after(3)}
	overtaken := open(t, &between{API: db.client, at: "UpdateItem", act: func() { _, err := s.Outcome(t.Context(), first); ok(t, err) }}, table, clock)
	more, err := overtaken.Outcome(t.Context(), second)
	ok(t, err)
	got, err := s.Message(t.Context(), c.ID, m.Key)
	ok(t, err)
	if got.Outcome != first.Outcome || more {
		t.Errorf("%+v, more %t", got.Outcome, more)
	}
}

// A message that would make its cause too large has an item of its own.
func TestWhatIsTooLargeToRide(t *testing.T) {
	t.Parallel()
	s, g := metered(t)
	for size, writes := range map[int]float64{
		1_000:     2 + 2*2,       // the conversation; the cause with the message, together above 1 KB
		90 << 10:  2 + 2*91,      // the same
		390 << 10: 2 + 2 + 2*391, // the conversation, the cause, the message
	} {
		user := fmt.Sprint("user ", size)
		c := receive(t, s, incoming(t, user, 0)).Conversation
		m := outgoing(t, user, 1, "answer")
		m.Parts = conversation.TextParts(strings.Repeat("x", size))
		ch := store.Change{Cause: "answer", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{m}}
		g.want(t, user, cost{Calls: 1, Trips: 1, Whole: 1, Writes: writes}, func() { commit(t, s, ch) })
		found, err := s.Message(t.Context(), c.ID, m.Key)
		ok(t, err)
		if found.Body() != m.Body() {
			t.Errorf("%d bytes: %d came back", size, len(found.Body()))
		}
	}
}
