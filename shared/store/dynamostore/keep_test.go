package dynamostore_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// keeping is a store that forgets, and its clock.
type keeping struct {
	*testing.T
	*dynamostore.Store
	now   time.Time
	table string
	db    *dynamodb.Client
}

func keeper(t *testing.T, keep time.Duration) *keeping {
	t.Helper()
	t.Parallel()
	db := emulated(t)
	k := &keeping{T: t, now: began, table: db.table(t), db: db.client}
	var err error
	k.Store, err = dynamostore.New(dynamostore.Options{
		Client: db.client, Table: k.table, Now: func() time.Time { return k.now }, Random: rand.Float64, Keep: keep,
	})
	ok(t, err)
	return k
}

func TestKeepIsLongOrForEver(t *testing.T) {
	o := dynamostore.Options{Client: emulated(t).client, Table: "t", Now: clock, Random: rand.Float64}
	for keep, fine := range map[time.Duration]bool{
		0: true, dynamostore.MinKeep: true, 365 * 24 * time.Hour: true, dynamostore.MinKeep - 1: false, -1: false,
	} {
		o.Keep = keep
		if _, err := dynamostore.New(o); fine != (err == nil) || !fine && !fault.Is(err, fault.Config) {
			t.Errorf("%v: %v", keep, err)
		}
	}
}

func TestTheSameMessageIsKnownAgain(t *testing.T) {
	for name, keep := range map[string]time.Duration{"for ever": 0, "a month": dynamostore.MinKeep} {
		t.Run(name, func(t *testing.T) {
			k := keeper(t, keep)
			in := incoming(t, "ann", 0)
			receive(t, k.Store, in)
			for _, later := range []time.Duration{time.Hour, 3 * 24 * time.Hour, dynamostore.MinKeep - time.Second} {
				k.now = began.Add(later)
				again := in
				again.Message.Received, again.Message.Parts = k.now, conversation.TextParts("other words")
				if got := receive(t, k.Store, again); !got.Repeat || got.Message.Words() != in.Message.Words() {
					t.Errorf("after %v: repeat %t, %q", later, got.Repeat, got.Message.Words())
				}
			}
		})
	}
}

// What is forgotten is not there, whether or not DynamoDB has removed it yet.
func TestWhatIsForgotten(t *testing.T) {
	k := keeper(t, dynamostore.MinKeep)
	in := incoming(t, "ann", 0)
	in.Mark, in.Message.ClientID = after(60_000), "client"
	c := receive(t, k.Store, in).Conversation
	ch := asking(t, c, in.Message.Key)
	ch.Settles = "" // so that the mark is still there
	commit(t, k.Store, ch)
	claim := claiming(t, commit(t, k.Store, ch).Conversation, "kim", after(5))
	c = commit(t, k.Store, claim).Conversation
	k.expire()

	k.now = began.Add(dynamostore.MinKeep)
	_, err := k.Message(t.Context(), c.ID, in.Message.Key)
	refused(t, err, fault.NotFound)
	all, err := k.Messages(t.Context(), c.ID, "", 10)
	ok(t, err)
	ledger, err := k.Ledger(t.Context(), c.Ticket.ID)
	ok(t, err)
	records, err := k.Records(t.Context(), began)
	ok(t, err)
	if len(all) != 0 || len(ledger) != 0 || len(records) != 0 {
		t.Errorf("%d messages, %d records, %d of the day", len(all), len(ledger), len(records))
	}
	for id, cause := range map[conversation.ID]string{c.ID: ch.Cause, "": claim.Cause} {
		_, err = k.Caused(t.Context(), id, cause)
		refused(t, err, fault.NotFound)
	}
	_, err = k.Outcome(t.Context(), store.Outcome{Conversation: c.ID, Key: ch.Messages[0].Key, Outcome: conversation.Outcome{Delivery: conversation.Sent}})
	refused(t, err, fault.NotFound)

	// The conversation stays, and what of it cannot be done any more is left.
	now, open, err := k.Undelivered(t.Context(), c.ID, 10)
	ok(t, err)
	held, err := k.Held(t.Context(), "kim")
	ok(t, err)
	due, err := k.Due(t.Context(), k.now, 100)
	ok(t, err)
	ring := store.Work{Kind: store.Ring, Conversation: c.ID, Key: in.Message.Key, Due: after(60_000)}
	if diff := cmp.Diff([]any{c, []conversation.Message(nil), []conversation.Ticket{c.Ticket}, []store.Work{ring}}, []any{now, open, held, due}, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}

	// The same is new now.
	again := incoming(t, "ann", 0)
	again.Message.Received = k.now
	if got := receive(t, k.Store, again); got.Repeat {
		t.Error("a forgotten message is known")
	}
	got, err := k.Message(t.Context(), c.ID, again.Message.Key)
	ok(t, err)
	if diff := cmp.Diff(again.Message, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	c, err = k.Conversation(t.Context(), c.ID)
	ok(t, err)
	if commit(t, k.Store, store.Change{Cause: ch.Cause, Epoch: c.Epoch, Next: c}).Repeat {
		t.Error("a forgotten cause is known")
	}
	bob := receive(t, k.Store, incoming(t, "bob", 0)).Conversation
	commit(t, k.Store, store.Change{Cause: claim.Cause, Once: true, Epoch: bob.Epoch, Next: bob})
}

// A message that was there before its cause is forgotten before it.
func TestACauseOutlivesItsMessage(t *testing.T) {
	k := keeper(t, dynamostore.MinKeep)
	c := receive(t, k.Store, incoming(t, "ann", 0)).Conversation
	greeting := store.Change{Cause: "one", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{outgoing(t, "ann", 1, "greeting")}}
	commit(t, k.Store, greeting)
	k.now = began.Add(time.Hour)
	greeting.Cause = "two"
	commit(t, k.Store, greeting)
	k.now = began.Add(dynamostore.MinKeep)
	if got := commit(t, k.Store, greeting); !got.Repeat || len(got.Messages) != 0 {
		t.Errorf("%+v", got)
	}
}

// A message is forgotten when it would have been had it been delivered at once, and
// what rode on a cause that is forgotten is not found any more.
func TestWhatRidesIsForgotten(t *testing.T) {
	k := keeper(t, dynamostore.MinKeep)
	c := receive(t, k.Store, incoming(t, "ann", 0)).Conversation
	var said []conversation.Message
	for i, cause := range []string{"delivered", "never delivered"} {
		m := outgoing(t, "ann", i+1, cause)
		said = append(said, commit(t, k.Store, store.Change{Cause: cause, Epoch: c.Epoch, Next: c, Messages: []conversation.Message{m}}).Messages...)
	}
	k.now = began.Add(time.Hour)
	_, err := k.Outcome(t.Context(), store.Outcome{Conversation: c.ID, Key: said[0].Key, Outcome: conversation.Outcome{Delivery: conversation.Sent}})
	ok(t, err)
	k.now = began.Add(dynamostore.MinKeep)
	for _, m := range said {
		_, err := k.Message(t.Context(), c.ID, m.Key)
		refused(t, err, fault.NotFound)
	}
	all, err := k.Messages(t.Context(), c.ID, "", 10)
	ok(t, err)
	_, open, err := k.Undelivered(t.Context(), c.ID, 10)
	ok(t, err)
	if len(all) != 0 || len(open) != 0 {
		t.Errorf("%d messages, %d to deliver", len(all), len(open))
	}

	// The cause is new, and so is what it says; it may also say nothing now.
	m := outgoing(t, "ann", 9, "delivered")
	c, err = k.Conversation(t.Context(), c.ID)
	ok(t, err)
	commit(t, k.Store, store.Change{Cause: "delivered", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{m}})
	commit(t, k.Store, store.Change{Cause: "never delivered", Epoch: c.Epoch, Next: c})
	_, open, err = k.Undelivered(t.Context(), c.ID, 10)
	ok(t, err)
	if diff := cmp.Diff([]conversation.Message{m}, open); diff != "" {
		t.Errorf("to deliver (-want +got):\n%s", diff)
	}
	_, err = k.Message(t.Context(), c.ID, said[1].Key)
	refused(t, err, fault.NotFound)
	out, err := k.db.Scan(t.Context(), &dynamodb.ScanInput{TableName: &k.table})
	ok(t, err)
	for _, i := range out.Items {
		sk := i["sk"].(*types.AttributeValueMemberS).Value
		if _, bears := i["author"]; strings.HasSuffix(sk, conversation.CauseDigest("never delivered")) && bears {
			t.Errorf("%s has still what was forgotten: %v", sk, slices.Sorted(maps.Keys(i)))
		}
	}
}

// expire checks which items have an end, and which.
func (k *keeping) expire() {
	k.Helper()
	out, err := k.db.Scan(k.Context(), &dynamodb.ScanInput{TableName: &k.table})
	ok(k.T, err)
	kinds := map[string]int{}
	for _, i := range out.Items {
		pk, sk := i["pk"].(*types.AttributeValueMemberS).Value, i["sk"].(*types.AttributeValueMemberS).Value
		kind := pk[:2] + sk[:min(2, len(sk))]
		kinds[kind]++
		ends, has := i[dynamostore.TTL].(*types.AttributeValueMemberN)
		want := strings.HasPrefix(pk, "o#") || strings.HasPrefix(sk, "m#") || strings.HasPrefix(sk, "x#") || strings.HasPrefix(sk, "l#")
		if has != want {
			k.Errorf("%s %s has an end: %t", pk, sk, has)
		}
		if has && ends.Value != "1775030400" { // 30 days after the start of the clock, in Unix seconds
			k.Errorf("%s %s ends at %s", pk, sk, ends.Value)
		}
	}
	want := map[string]int{"c#co": 1, "c#m#": 1, "c#x#": 1, "c#l#": 1, "c#w#": 1, "o#on": 1}
	if diff := cmp.Diff(want, kinds); diff != "" {
		k.Errorf("items (-want +got):\n%s", diff)
	}
}
