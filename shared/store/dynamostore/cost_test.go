package dynamostore_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/store/dynamostore/dynamotest"
)

// What use cases cost, with the items they make, is in bench. Here are the ways of
// an operation that they do not go.

// metered is a store on an empty table that counts what it asks of DynamoDB.
func metered(tb testing.TB) (*dynamostore.Store, *gauge) {
	g := &gauge{dynamotest.Meter{Latency: 20 * time.Millisecond}}
	client := dynamotest.Client(emulator.DynamoDB(tb), nil, g.Watch)
	return open(tb, client, emulated(tb).table(tb), clock), g
}

type gauge struct{ dynamotest.Meter }

type cost = dynamotest.Cost

func (g *gauge) want(t *testing.T, what string, want cost, operation func()) {
	t.Helper()
	got := g.Of(operation)
	t.Logf("%-40s %+v", what, got)
	if got != want {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

func TestCostOfReceive(t *testing.T) {
	t.Parallel()
	s, g := metered(t)
	marked := incoming(t, "ann", 1)
	marked.Mark = after(60_000)
	g.want(t, "first contact", cost{Calls: 2, Trips: 1, Writes: 2}, func() { receive(t, s, incoming(t, "ann", 0)) })
	g.want(t, "with a mark", cost{Calls: 2, Trips: 1, Writes: 3}, func() { receive(t, s, marked) })
	g.want(t, "without one", cost{Calls: 2, Trips: 1, Writes: 2}, func() { receive(t, s, incoming(t, "ann", 5)) })
	long := incoming(t, "ann", 6)
	long.Message.Parts = conversation.TextParts(strings.Repeat("这双鞋还没有到，", 75))
	g.want(t, "600 characters", cost{Calls: 2, Trips: 1, Writes: 3}, func() { receive(t, s, long) })
	inLine(t, s, "bob", 0)
	g.want(t, "of who is in line", cost{Calls: 2, Trips: 1, Writes: 2}, func() { receive(t, s, incoming(t, "bob", 5)) })

	again := incoming(t, "ann", 6)
	g.want(t, "a repeat", cost{Calls: 2, Trips: 1, Refused: 2}, func() { receive(t, s, again) })
	again.Message.Received = after(900) // a retry is no new word
	g.want(t, "a repeat, later", cost{Calls: 2, Trips: 1, Refused: 2}, func() {
		if got := receive(t, s, again); got.Conversation.LastHeard != after(6) || !got.Repeat {
			t.Errorf("%+v", got)
		}
	})
	late := incoming(t, "ann", 3)
	late.Message.Received = after(900)
	g.want(t, "one that came late", cost{Calls: 3, Trips: 2, Writes: 2, Refused: 1}, func() {
		if got := receive(t, s, late); got.Conversation.LastHeard != after(900) || got.Conversation.LastIn != again.Message.Key {
			t.Errorf("%+v", got)
		}
	})
}

func TestCostOfCommit(t *testing.T) {
	t.Parallel()
	s, g := metered(t)
	in := incoming(t, "ann", 0)
	in.Mark = after(60_000)
	c := receive(t, s, in).Conversation
	ch := asking(t, c, in.Message.Key)
	g.want(t, "an ask", cost{Calls: 1, Trips: 1, Whole: 1, Writes: 13}, func() { commit(t, s, ch) })
	g.want(t, "the same again", cost{Calls: 2, Trips: 2, Whole: 1, Refused: 1, Reads: 2}, func() { commit(t, s, ch) })
	now, err := s.Conversation(t.Context(), c.ID)
	ok(t, err)
	claim := claiming(t, now, "kim", after(5))
	g.want(t, "a claim, saying nothing", cost{Calls: 1, Trips: 1, Whole: 1, Writes: 9}, func() { commit(t, s, claim) })
	g.want(t, "the same again", cost{Calls: 2, Trips: 2, Whole: 1, Refused: 1, Reads: 1}, func() { commit(t, s, claim) })
	g.want(t, "what it led to", cost{Calls: 2, Trips: 2, Reads: 2}, func() {
		_, err := s.Caused(t.Context(), "", claim.Cause)
		ok(t, err)
	})

	// Who saw an old state is told the new one by the refusal, and needs no read.
	bob := receive(t, s, incoming(t, "bob", 0)).Conversation
	receive(t, s, incoming(t, "bob", 7))
	answer := store.Change{Cause: "answer", Epoch: bob.Epoch, Next: bob, Messages: []conversation.Message{outgoing(t, "bob", 8, "answer")}}
	g.want(t, "an answer on an old state", cost{Calls: 2, Trips: 2, Whole: 2, Refused: 1, Writes: 4}, func() { commit(t, s, answer) })
	second := incoming(t, "bob", 9)
	bob = receive(t, s, second).Conversation
	g.want(t, "a mark alone", cost{Calls: 1, Trips: 1, Whole: 1, Writes: 6}, func() {
		commit(t, s, store.Change{Cause: "nothing", Epoch: bob.Epoch, Next: bob, Settles: second.Message.Key})
	})
}

func TestCostOfDelivery(t *testing.T) {
	t.Parallel()
	s, g := metered(t)
	c := inLine(t, s, "ann", 0)
	_, messages, err := s.Undelivered(t.Context(), c.ID, 20)
	ok(t, err)
	o := store.Outcome{Conversation: c.ID, Key: messages[0].Key, Outcome: conversation.Outcome{Delivery: conversation.Attempting, Attempts: 1}}
	record := func() { _, err := s.Outcome(t.Context(), o); ok(t, err) }
	g.want(t, "an attempt", cost{Calls: 2, Trips: 2, Reads: 2, Writes: 1}, record)
	commit(t, s, store.Change{Cause: "another", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{outgoing(t, "ann", 9, "another")}})
	o.Outcome.Delivery = conversation.Sent
	g.want(t, "sent, not the last", cost{Calls: 4, Trips: 4, Reads: 2, Writes: 2, Refused: 1}, record)
	g.want(t, "sent again", cost{Calls: 2, Trips: 2, Reads: 2, Refused: 1}, record)
	o.Key = outgoing(t, "ann", 9, "another").Key
	g.want(t, "sent, the last", cost{Calls: 3, Trips: 3, Reads: 2, Writes: 3}, record)
}

func TestCostOfSeen(t *testing.T) {
	t.Parallel()
	s, g := metered(t)
	key := func(ms int) conversation.Key { return outgoing(t, "ann", ms, "r").Key }
	see := func(got, read int) func() {
		return func() {
			_, _, err := s.See(t.Context(), idOf(t, "ann"), store.Seen{Received: key(got), Read: key(read)})
			ok(t, err)
		}
	}
	g.want(t, "the first", cost{Calls: 2, Trips: 2, Reads: 1, Writes: 1}, see(1, 1))
	g.want(t, "both keys grow", cost{Calls: 2, Trips: 2, Reads: 1, Writes: 1}, see(5, 5))
	g.want(t, "one grows", cost{Calls: 2, Trips: 2, Reads: 1, Writes: 1}, see(6, 5))
	g.want(t, "a repeat", cost{Calls: 1, Trips: 1, Reads: 1}, see(6, 5))
	g.want(t, "older ones", cost{Calls: 1, Trips: 1, Reads: 1}, see(2, 2))
}

// TestCostOfBecoming: it happens once to few conversations.
func TestCostOfBecoming(t *testing.T) {
	t.Parallel()
	s, g := metered(t)
	receive(t, s, incoming(t, "guest", 0))
	become := func(own string) func() {
		return func() {
			_, err := s.Become(t.Context(), idOf(t, "guest"), idOf(t, own), "安")
			ok(t, err)
		}
	}
	g.want(t, "the first", cost{Calls: 1, Trips: 1, Writes: 1}, become("ann"))
	g.want(t, "another", cost{Calls: 1, Trips: 1, Refused: 1}, become("bob"))
}

func TestCostOfPosition(t *testing.T) {
	t.Parallel()
	lengths := []int{10, 10_000}
	if raceDetector {
		lengths = []int{10, 300}
	}
	for _, waiting := range lengths {
		t.Run(fmt.Sprint(waiting), func(t *testing.T) {
			t.Parallel()
			s, g := metered(t)
			last := crowd(t, s, waiting)
			for i := range 25 {
				c := inLine(t, s, fmt.Sprint("claimed ", i), i)
				commit(t, s, claiming(t, c, "kim", began.Add(-time.Duration(i)*time.Minute)))
			}
			ok(t, s.Lease(t.Context(), "kim", after(1_000)))
			g.position(t, s, last, store.Place{Ahead: min(waiting-1, dynamostore.ExactTo), Exact: waiting == 10, Every: time.Minute})
			survey := g.Of(func() { ok(t, s.Survey(t.Context(), conversation.Front)) })
			t.Logf("survey: %+v", survey)
			if waiting == 10 && (survey.Calls != 1 || survey.Reads > 1 || survey.Writes != 0) {
				t.Errorf("the survey of a short line: %+v", survey)
			}
			switch waiting {
			case 300:
				g.position(t, s, last, store.Place{Ahead: 300, About: true, Every: time.Minute})
			case 10_000:
				g.position(t, s, last, store.Place{Ahead: 9_900, About: true, Every: time.Minute})
			}
		})
	}
}

// position checks a place in line, and that it costs one trip and three read units.
func (g *gauge) position(t *testing.T, s *dynamostore.Store, rank string, want store.Place) {
	t.Helper()
	var place store.Place
	var err error
	got := g.Of(func() { place, err = s.Position(t.Context(), conversation.Front, rank) })
	ok(t, err)
	t.Logf("%+v: %+v", place, got)
	if got.Trips != 1 || got.Calls != 4 || got.Reads > 3 || got.Writes != 0 {
		t.Errorf("the position: %+v", got)
	}
	if place != want {
		t.Errorf("%+v, want %+v", place, want)
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
