package dynamostore_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// metered is a store on an empty table that counts what it asks of DynamoDB.
func metered(t *testing.T) (*dynamostore.Store, *meter) {
	db := emulated(t)
	m := &meter{API: db.client, latency: 20 * time.Millisecond}
	return open(t, m, db.table(t), clock), m
}

func (m *meter) want(t *testing.T, what string, want cost, operation func()) {
	t.Helper()
	got := m.of(operation)
	t.Logf("%-40s %+v", what, got)
	if got != want {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

func TestCostOfReceive(t *testing.T) {
	s, m := metered(t)
	marked := incoming(t, "ann", 1)
	marked.Mark = after(60_000)
	m.want(t, "first contact", cost{Calls: 2, Trips: 1, Writes: 2}, func() { receive(t, s, incoming(t, "ann", 0)) })
	m.want(t, "with a mark", cost{Calls: 2, Trips: 1, Writes: 3}, func() { receive(t, s, marked) })
	m.want(t, "without one", cost{Calls: 2, Trips: 1, Writes: 2}, func() { receive(t, s, incoming(t, "ann", 5)) })
	inLine(t, s, "bob", 0)
	m.want(t, "of who is in line", cost{Calls: 2, Trips: 1, Writes: 2}, func() { receive(t, s, incoming(t, "bob", 5)) })

	// A refused condition costs a write unit each; DynamoDB does not tell.
	again := incoming(t, "ann", 5)
	m.want(t, "a repeat", cost{Calls: 2, Trips: 1}, func() { receive(t, s, again) })
	again.Message.Received = after(900) // a retry is no new word
	m.want(t, "a repeat, later", cost{Calls: 2, Trips: 1}, func() {
		if got := receive(t, s, again); got.Conversation.LastHeard != after(5) || !got.Repeat {
			t.Errorf("%+v", got)
		}
	})
	late := incoming(t, "ann", 3)
	late.Message.Received = after(900)
	m.want(t, "one that came late", cost{Calls: 3, Trips: 2, Writes: 2}, func() {
		if got := receive(t, s, late); got.Conversation.LastHeard != after(900) || got.Conversation.LastIn != again.Message.Key {
			t.Errorf("%+v", got)
		}
	})
}

func TestCostOfCommit(t *testing.T) {
	s, m := metered(t)
	in := incoming(t, "ann", 0)
	in.Mark = after(60_000)
	c := receive(t, s, in).Conversation
	ch := asking(t, c, in.Message.Key)
	m.want(t, "an ask", wantAsk, func() { commit(t, s, ch) })
	m.want(t, "the same again", cost{Calls: 2, Trips: 2, Reads: 2}, func() { commit(t, s, ch) })
	now, err := s.Conversation(t.Context(), c.ID)
	ok(t, err)
	m.want(t, "a claim", wantClaim, func() { commit(t, s, claiming(t, now, "kim", after(5))) })

	// Who saw an old state is told the new one by the refusal, and needs no read.
	bob := receive(t, s, incoming(t, "bob", 0)).Conversation
	receive(t, s, incoming(t, "bob", 7))
	answer := store.Change{Cause: "answer", Epoch: bob.Epoch, Next: bob, Messages: []conversation.Message{outgoing(t, "bob", 8, "answer")}}
	m.want(t, "an answer on an old state", cost{Calls: 2, Trips: 2, Writes: 6}, func() { commit(t, s, answer) })
	second := incoming(t, "bob", 9)
	bob = receive(t, s, second).Conversation
	m.want(t, "a mark alone", cost{Calls: 1, Trips: 1, Writes: 6}, func() {
		commit(t, s, store.Change{Cause: "nothing", Epoch: bob.Epoch, Next: bob, Settles: second.Message.Key})
	})
}

func TestCostOfDelivery(t *testing.T) {
	s, m := metered(t)
	c := inLine(t, s, "ann", 0)
	_, messages, err := s.Undelivered(t.Context(), c.ID, 20)
	ok(t, err)
	o := store.Outcome{Conversation: c.ID, Key: messages[0].Key, Outcome: conversation.Outcome{Delivery: conversation.Attempting, Attempts: 1}}
	record := func() { _, err := s.Outcome(t.Context(), o); ok(t, err) }
	m.want(t, "what is undelivered", cost{Calls: 2, Trips: 2, Reads: 2}, func() {
		_, _, err := s.Undelivered(t.Context(), c.ID, 20)
		ok(t, err)
	})
	m.want(t, "an attempt", cost{Calls: 1, Trips: 1, Writes: 1}, record)
	o.Outcome.Delivery = conversation.Sent
	m.want(t, "sent, the last", wantSent, record)
	m.want(t, "sent again", cost{Calls: 2, Trips: 2}, record)
}

func TestCostOfPosition(t *testing.T) {
	for _, waiting := range []int{10, 10_000} {
		t.Run(fmt.Sprint(waiting), func(t *testing.T) {
			s, m := metered(t)
			last := crowd(t, s, waiting)
			for i := range 25 {
				c := inLine(t, s, fmt.Sprint("claimed ", i), i)
				commit(t, s, claiming(t, c, "kim", began.Add(-time.Duration(i)*time.Minute)))
			}
			ok(t, s.Lease(t.Context(), "kim", after(1_000)))
			var place store.Place
			var err error
			got := m.of(func() { place, err = s.Position(t.Context(), conversation.Front, last) })
			ok(t, err)
			t.Logf("%+v: %+v", place, got)
			if got.Calls != 3 || got.Trips != 1 || got.Reads > 3 || got.Writes != 0 {
				t.Errorf("%d waiting: %+v", waiting, got)
			}
			want := store.Place{Ahead: min(waiting-1, dynamostore.ExactTo), Exact: waiting-1 <= dynamostore.ExactTo, Every: time.Minute}
			if place != want {
				t.Errorf("%d waiting: %+v, want %+v", waiting, place, want)
			}
		})
	}
}

// crowd puts n in line and returns the last one's rank. All but the last are
// copies of it, as the table has it, with ids and ranks of their own.
func crowd(t *testing.T, s *dynamostore.Store, n int) string {
	t.Helper()
	last := inLine(t, s, "the last", n)
	table, db := dynamostore.TableOf(s), emulated(t).client
	found, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "c#" + string(last.ID)}, "sk": &types.AttributeValueMemberS{Value: "conv"},
	}})
	ok(t, err)
	for i := 0; i < n-1; {
		var some []types.WriteRequest
		for ; i < n-1 && len(some) < 25; i++ {
			id, copied := string(idOf(t, fmt.Sprint("user ", i))), maps.Clone(found.Item)
			copied["pk"] = &types.AttributeValueMemberS{Value: "c#" + id}
			copied["rank"] = &types.AttributeValueMemberS{Value: fmt.Sprintf("2-%013d-%s", after(i).UnixMilli(), id)}
			delete(copied, "work")
			some = append(some, types.WriteRequest{PutRequest: &types.PutRequest{Item: copied}})
		}
		out, err := db.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: some}})
		ok(t, err)
		if len(out.UnprocessedItems) > 0 {
			t.Fatal("the emulator left items unwritten")
		}
	}
	return last.Ticket.Rank()
}

// What the larger operations write. Every item of a transaction counts twice; an
// entry of an index that is made or removed counts once, one that moves twice.
var (
	// cause, state, message, two records, the mark, the ring: 14. Entries: in line,
	// deliver, two of the day, the mark's, the ring's.
	wantAsk = cost{Calls: 1, Trips: 1, Writes: 20}
	// cause, state, record, name: 8. Entries: out of line, held, the day's, the pace's.
	wantClaim = cost{Calls: 1, Trips: 1, Writes: 12}
	// message, state: 4. Entry: nothing to deliver any more.
	wantSent = cost{Calls: 1, Trips: 1, Writes: 5}
)
