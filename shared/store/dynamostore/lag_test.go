package dynamostore_test

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// lagging is an API whose indexes show what they showed before.
type lagging struct {
	dynamostore.API
	mu     sync.Mutex
	frozen bool
	shown  map[string]*dynamodb.QueryOutput
}

func (l *lagging) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if in.IndexName == nil {
		return l.API.Query(ctx, in, o...)
	}
	asked := *in.IndexName
	if of, is := in.ExpressionAttributeValues[":h"].(*types.AttributeValueMemberS); is {
		asked += " " + of.Value
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if old := l.shown[asked]; l.frozen && old != nil {
		return old, nil
	}
	out, err := l.API.Query(ctx, in, o...)
	l.shown[asked] = out
	return out, err
}

// looks is what the indexes answer.
type looks struct {
	Line []store.Waiting
	Held []conversation.Ticket
	Due  []store.Work
}

func lookAt(t *testing.T, s *dynamostore.Store) (all looks) {
	t.Helper()
	var err error
	all.Line, err = s.Line(t.Context(), conversation.Front, 10)
	ok(t, err)
	all.Held, err = s.Held(t.Context(), "kim")
	ok(t, err)
	all.Due, err = s.Due(t.Context(), after(100_000), 100)
	ok(t, err)
	return all
}

// An index shows for a while what has moved on. Nothing of that is answered.
func TestIndexesLag(t *testing.T) {
	db := emulated(t)
	l := &lagging{API: db.client, shown: map[string]*dynamodb.QueryOutput{}}
	s := open(t, l, db.table(t), clock)
	for i, user := range []string{"ann", "bob", "cid", "dan"} {
		inLine(t, s, user, i)
	}
	dan, err := s.Conversation(t.Context(), idOf(t, "dan"))
	ok(t, err)
	dan = commit(t, s, claiming(t, dan, "kim", after(20))).Conversation
	ok(t, s.Lease(t.Context(), "kim", after(50)))
	before := lookAt(t, s)
	if len(before.Line) != 3 || len(before.Held) != 1 || len(before.Due) != 9 {
		t.Fatalf("before: %+v", before)
	}
	l.mu.Lock()
	l.frozen = true
	l.mu.Unlock()

	ann, err := s.Conversation(t.Context(), idOf(t, "ann"))
	ok(t, err)
	commit(t, s, claiming(t, ann, "lee", after(30)))
	bob, err := s.Conversation(t.Context(), idOf(t, "bob"))
	ok(t, err)
	passed := store.Change{Cause: "pass", Epoch: bob.Epoch, Next: bob}
	passed.Next.Epoch++
	passed.Next.Ticket.Lane = "expert"
	commit(t, s, passed)
	back, err := dan.Apply(conversation.Event{Kind: conversation.Resolved, At: after(40), Agent: "kim"})
	ok(t, err)
	commit(t, s, store.Change{Cause: "resolve", Epoch: dan.Epoch, Next: back})
	cid, err := s.Conversation(t.Context(), idOf(t, "cid"))
	ok(t, err)
	left, err := cid.Apply(conversation.Event{Kind: conversation.Left, At: after(40)})
	ok(t, err)
	commit(t, s, store.Change{Cause: "leave", Epoch: cid.Epoch, Next: left})
	again := incoming(t, "cid", 500) // a new ask is at a new place, not at the old one
	c := receive(t, s, again).Conversation
	commit(t, s, asking(t, c, again.Message.Key))
	for i, w := range before.Due {
		if i%2 == 0 {
			settled(t, s, w)
		} else {
			moved(t, s, w)
		}
	}
	now := lookAt(t, s)
	want := looks{}
	if diff := cmp.Diff(want, now, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what moved on was answered (-want +got):\n%s", diff)
	}
}

// settled and moved take work away from where the index shows it; the new ask has
// renewed some of it already.
func settled(t *testing.T, s *dynamostore.Store, w store.Work) {
	t.Helper()
	if err := s.Settle(t.Context(), w); err != nil && !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
}

func moved(t *testing.T, s *dynamostore.Store, w store.Work) {
	t.Helper()
	if err := s.Defer(t.Context(), w, after(200_000)); err != nil && !fault.Is(err, fault.Conflict) {
		t.Fatal(err)
	}
}

// However much of what the index shows is gone, nothing is answered before what is
// due earlier.
func TestDueLeavesOutNothingEarlier(t *testing.T) {
	const all, limit = 640, 20
	db := emulated(t)
	l := &lagging{API: db.client, shown: map[string]*dynamodb.QueryOutput{}}
	s := open(t, l, db.table(t), clock)
	var works []store.Work
	for i := range all {
		w := store.Work{Kind: store.Ring, Conversation: idOf(t, "ann"), Key: conversation.InboundKey(after(i), "m")}
		ok(t, s.Defer(t.Context(), w, after(i)))
		w.Due, w.Attempts = after(i), 1
		works = append(works, w)
	}
	_, err := s.Due(t.Context(), after(all), limit)
	ok(t, err)
	l.frozen = true
	for n := 0; n < 400; n += 50 {
		got, err := s.Due(t.Context(), after(all), limit)
		ok(t, err)
		if diff := cmp.Diff(works[n:n+len(got)], got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("after %d settled (-want +got):\n%s", n, diff)
		}
		if n == 50 && len(got) != limit {
			t.Errorf("%d, with far more shown", len(got))
		}
		for _, w := range works[n : n+50] {
			ok(t, s.Settle(t.Context(), w))
		}
	}
}
