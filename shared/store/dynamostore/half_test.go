package dynamostore_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// failing is an API whose writes of some items get an error.
type failing struct {
	dynamostore.API
	item string // the beginning of their sort key
	err  error
}

func (f failing) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if k, is := in.Key["sk"].(*types.AttributeValueMemberS); is && strings.HasPrefix(k.Value, f.item) {
		return nil, f.err
	}
	return f.API.UpdateItem(ctx, in, o...)
}

// A Receive that was cut off after its message is completed when its mark is due.
func TestHalfReceived(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	half := open(t, failing{db.client, "conv", errors.New("the sandbox ended")}, table, clock)
	receive(t, s, incoming(t, "bob", 2))
	late := incoming(t, "bob", 1)
	late.Message.Received = after(9)
	for _, in := range []store.Incoming{incoming(t, "ann", 0), late} {
		in.Mark = after(10)
		_, err := half.Receive(t.Context(), in)
		refused(t, err, fault.Unavailable)
	}
	_, err := s.Conversation(t.Context(), idOf(t, "ann"))
	refused(t, err, fault.NotFound)

	due, err := s.Due(t.Context(), after(10), 10)
	ok(t, err)
	if len(due) != 2 {
		t.Errorf("due: %+v", due)
	}
	in := incoming(t, "ann", 0)
	want := conversation.New(idOf(t, "ann"), in.Peer)
	want.Name, want.LastIn, want.LastHeard = in.Name, in.Message.Key, in.Message.Received
	ann, err := s.Conversation(t.Context(), want.ID)
	ok(t, err)
	if diff := cmp.Diff(want, ann); diff != "" {
		t.Errorf("completed (-want +got):\n%s", diff)
	}
	bob, err := s.Conversation(t.Context(), idOf(t, "bob"))
	ok(t, err)
	if bob.LastIn != incoming(t, "bob", 2).Message.Key || bob.LastHeard != after(9) {
		t.Errorf("completed: %+v", bob)
	}
}

// The other half alone is nothing that anybody was told of.
func TestHalfReceivedWithoutMessage(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	in := incoming(t, "ann", 0)
	_, err := open(t, failing{db.client, "m#", errors.New("the sandbox ended")}, table, clock).Receive(t.Context(), in)
	refused(t, err, fault.Unavailable)
	if got := receive(t, s, in); got.Repeat || got.Conversation.LastIn != in.Message.Key {
		t.Errorf("delivered again: %+v", got)
	}
}

// DynamoDB's and the SDK's own words can hold a customer's.
func TestErrorsAreQuiet(t *testing.T) {
	const secret = "13800138000"
	db := emulated(t)
	table := db.table(t)
	for code, err := range map[fault.Code]error{
		fault.Unavailable: errors.New("cannot serialize " + secret),
		fault.Internal:    &smithy.GenericAPIError{Code: "ValidationException", Message: "the value " + secret + " is not valid"},
		fault.TooLarge:    &smithy.GenericAPIError{Code: "ValidationException", Message: "Item size has exceeded the maximum allowed size " + secret},
	} {
		_, got := open(t, failing{db.client, "m#", err}, table, clock).Receive(t.Context(), incoming(t, "ann", 0))
		refused(t, got, code)
		for text, e := "", got; e != nil; e = errors.Unwrap(e) {
			if text += e.Error(); strings.Contains(text, secret) {
				t.Errorf("%s: the error tells: %s", code, strings.ReplaceAll(text, secret, "…"))
			}
		}
	}
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: secret}
	_, got := open(t, failing{db.client, "m#", denied}, table, clock).Receive(t.Context(), incoming(t, "ann", 0))
	refused(t, got, fault.Config)
	if !strings.Contains(got.Error(), "AccessDeniedException") {
		t.Errorf("nobody can see what to do: %v", got)
	}
}

// An Outcome that was cut off after its message is completed by whoever comes next:
// the same call again, or the drain that its work brings.
func TestHalfDelivered(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	half := open(t, failing{db.client, "conv", errors.New("the sandbox ended")}, table, clock)
	for user, next := range map[string]func(store.Outcome) error{
		"again": func(o store.Outcome) error { _, err := s.Outcome(t.Context(), o); return err },
		"drain": func(o store.Outcome) error {
			_, open, err := s.Undelivered(t.Context(), o.Conversation, 10)
			if len(open) != 0 {
				t.Errorf("to deliver again: %+v", open)
			}
			return err
		},
	} {
		c := receive(t, s, incoming(t, user, 0)).Conversation
		m := outgoing(t, user, 1, "answer")
		commit(t, s, store.Change{
			Cause: "answer", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{m},
			Work: []store.Work{{Kind: store.Deliver, Conversation: c.ID, Due: after(30)}},
		})
		o := store.Outcome{Conversation: c.ID, Key: m.Key, Outcome: conversation.Outcome{Delivery: conversation.Sent, Attempts: 1}}
		_, err := half.Outcome(t.Context(), o)
		refused(t, err, fault.Unavailable)
		due, err := s.Due(t.Context(), after(100), 10)
		ok(t, err)
		if len(due) != 1 || due[0].Kind != store.Deliver {
			t.Errorf("%s: nobody is sent to look: %+v", user, due)
		}
		ok(t, next(o))
		due, err = s.Due(t.Context(), after(100), 10)
		ok(t, err)
		got, err := s.Message(t.Context(), c.ID, m.Key)
		ok(t, err)
		if len(due) != 0 || got.Outcome != o.Outcome {
			t.Errorf("%s: %+v is left, the outcome is %+v", user, due, got.Outcome)
		}
	}
}
