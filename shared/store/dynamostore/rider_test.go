package dynamostore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
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
	act  func()
	at   string
	once sync.Once
}

func (b *between) happen(at string) {
	if at == b.at {
		b.once.Do(b.act)
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

func (b *between) GetItem(ctx context.Context, in *dynamodb.GetItemInput, f ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	b.happen("GetItem")
	return b.API.GetItem(ctx, in, f...)
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
		for _, at := range []string{"GetItem", "Query", "BatchGetItem"} {
			for what, read := range reads {
				user := fmt.Sprint(what, " at ", at, ", once ", once)
				c := receive(t, s, incoming(t, user, 0)).Conversation
				ch := store.Change{Cause: "of " + user, Once: once, Epoch: c.Epoch, Next: c}
				ch.Messages = []conversation.Message{outgoing(t, user, 1, ch.Cause)}
				ch.Records = []conversation.Record{{Ask: conversation.NewTicketID(c.ID, c.LastIn), Event: conversation.RecordClaimed, Lane: conversation.Front, At: after(1)}}
				commit(t, s, ch)
				placed := false
				reader := open(t, &between{API: db.client, at: at, act: func() {
					_, err := s.Outcome(t.Context(), store.Outcome{Conversation: c.ID, Key: ch.Messages[0].Key, Outcome: conversation.Outcome{Delivery: conversation.Sent}})
					ok(t, err)
					placed = true
				}}, table, clock)
				got, err := read(t.Context(), reader, ch)
				ok(t, err)
				for n := range got { // its outcome may be the old one or the new
					got[n].Outcome = ch.Messages[0].Outcome
				}
				if diff := cmp.Diff(ch.Messages, got); diff != "" || !placed && what == "Messages" {
					t.Errorf("%s, placed %t (-want +got):\n%s", user, placed, diff)
				}
			}
		}
	}
}

// reads are ways to read the one message of a change, or to make sure of its record.
var reads = map[string]func(context.Context, *dynamostore.Store, store.Change) ([]conversation.Message, error){
	"Messages": func(ctx context.Context, s *dynamostore.Store, ch store.Change) ([]conversation.Message, error) {
		all, err := s.Messages(ctx, ch.Next.ID, "", 10)
		return all[min(1, len(all)):], err
	},
	"Message": func(ctx context.Context, s *dynamostore.Store, ch store.Change) ([]conversation.Message, error) {
		m, err := s.Message(ctx, ch.Next.ID, ch.Messages[0].Key)
		return []conversation.Message{m}, err
	},
	"Caused": func(ctx context.Context, s *dynamostore.Store, ch store.Change) ([]conversation.Message, error) {
		of := ch.Next.ID
		if ch.Once {
			of = ""
		}
		done, err := s.Caused(ctx, of, ch.Cause)
		return done.Messages, err
	},
	"Ledger": func(ctx context.Context, s *dynamostore.Store, ch store.Change) ([]conversation.Message, error) {
		records, err := s.Ledger(ctx, ch.Records[0].Ask)
		return told(ch, records), err
	},
	"Records": func(ctx context.Context, s *dynamostore.Store, ch store.Change) ([]conversation.Message, error) {
		records, err := s.Records(ctx, ch.Records[0].At)
		return told(ch, slices.DeleteFunc(records, func(r conversation.Record) bool { return r.Ask != ch.Records[0].Ask })), err
	},
}

// told returns the messages of a change if these are its records.
func told(ch store.Change, records []conversation.Record) []conversation.Message {
	if !slices.Equal(records, ch.Records) {
		return nil
	}
	return slices.Clone(ch.Messages)
}

// A long history that nobody could deliver costs no more to read than its page.
func TestCostOfAPageOfWhatIsUndelivered(t *testing.T) {
	t.Parallel()
	s, g := metered(t)
	c := receive(t, s, incoming(t, "ann", 0)).Conversation
	for i := range 40 {
		cause := fmt.Sprint("answer ", i)
		commit(t, s, store.Change{Cause: cause, Epoch: c.Epoch, Next: c, Messages: []conversation.Message{outgoing(t, "ann", i+1, cause)}})
	}
	g.want(t, "the newest 5", cost{Calls: 3, Trips: 3, Reads: 7}, func() {
		all, err := s.Messages(t.Context(), c.ID, "", 5)
		ok(t, err)
		if len(all) != 5 {
			t.Errorf("%d messages", len(all))
		}
	})
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
		if found.Words() != m.Words() {
			t.Errorf("%d bytes: %d came back", size, len(found.Words()))
		}
	}
}
