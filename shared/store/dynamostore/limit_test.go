package dynamostore_test

import (
	"context"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// An item of DynamoDB holds 400 KB. What does not fit is refused before anything of
// it is stored.
func TestThe400KB(t *testing.T) {
	t.Parallel()
	db := emulated(t)
	s := open(t, db.client, db.table(t), clock)
	for size, fits := range map[int]bool{398 << 10: true, 400 << 10: false, 401 << 10: false} {
		in := incoming(t, "ann", size)
		in.Mark = after(60_000_000)
		in.Message.Parts = conversation.TextParts(strings.Repeat("x", size))
		_, err := s.Receive(t.Context(), in)
		if fits != (err == nil) || !fits && !fault.Is(err, fault.TooLarge) {
			t.Errorf("%d bytes: %v", size, err)
		}
		_, err = s.Message(t.Context(), in.Message.Conversation, in.Message.Key)
		if fits != (err == nil) {
			t.Errorf("%d bytes, stored: %v", size, err)
		}
	}
	// Chinese takes less room.
	in := incoming(t, "bob", 0)
	in.Message.Parts = conversation.TextParts(strings.Repeat("长", 199<<10))
	receive(t, s, in)
	got, err := s.Message(t.Context(), in.Message.Conversation, in.Message.Key)
	ok(t, err)
	if got.Words() != in.Message.Words() {
		t.Error("it was stored otherwise")
	}
}

func TestWordsAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	db := emulated(t)
	s := open(t, db.client, db.table(t), clock)
	for i, words := range []string{"", "x", "长", "长x", "😀", "a😀长", "e\u0301", "\ufeff长", "\u0000长", "长\U0010FFFF", strings.Repeat("a长", 9)} {
		in := incoming(t, "ann", i)
		in.Message.Parts = conversation.TextParts(words)
		receive(t, s, in)
		got, err := s.Message(t.Context(), in.Message.Conversation, in.Message.Key)
		ok(t, err)
		if diff := cmp.Diff(in.Message, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", words, diff)
		}
	}
}

// spelled is an API that reads every expression it is given. Names and values stand
// in none of them, so no attribute's name can be a word of DynamoDB's.
type spelled struct {
	dynamostore.API
	t    *testing.T
	read atomic.Int64
}

var ownWords = regexp.MustCompile(`[#:]\w+|\b(SET|REMOVE|ADD|DELETE|AND|OR|IN|BETWEEN|size|contains|begins_with|attribute_exists|attribute_not_exists|if_not_exists|list_append)\b|[ (),=<>+]`)

func (s *spelled) look(expressions ...*string) {
	for _, x := range expressions {
		s.read.Add(1)
		if left := ownWords.ReplaceAllString(aws.ToString(x), ""); left != "" {
			s.t.Errorf("%q is in the clear: %s", left, *x)
		}
	}
}

func (s *spelled) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	s.look(in.KeyConditionExpression, in.FilterExpression, in.ProjectionExpression)
	return s.API.Query(ctx, in, o...)
}

func (s *spelled) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	s.look(in.UpdateExpression, in.ConditionExpression)
	return s.API.UpdateItem(ctx, in, o...)
}

func (s *spelled) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	s.look(in.ConditionExpression)
	return s.API.DeleteItem(ctx, in, o...)
}

func (s *spelled) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	for _, a := range in.TransactItems {
		s.look(a.Update.UpdateExpression, a.Update.ConditionExpression)
	}
	return s.API.TransactWriteItems(ctx, in, o...)
}

func TestNoNameIsAReservedWord(t *testing.T) {
	db := emulated(t)
	api := &spelled{API: db.client, t: t}
	s := open(t, api, db.table(t), clock)
	for i, user := range []string{"ann", "bob", "cid"} {
		c := inLine(t, s, user, i)
		c = commit(t, s, claiming(t, c, "kim", after(10+i))).Conversation
		_, open, err := s.Undelivered(t.Context(), c.ID, 10)
		ok(t, err)
		for _, m := range open {
			record := &conversation.Record{Ask: c.Ticket.ID, Event: conversation.RecordAcknowledged, At: after(20)}
			_, err := s.Outcome(t.Context(), store.Outcome{Conversation: c.ID, Key: m.Key, Outcome: conversation.Outcome{Delivery: conversation.Sent}, Record: record})
			ok(t, err)
		}
		_, err = s.Ledger(t.Context(), c.Ticket.ID)
		ok(t, err)
	}
	lookAt(t, s)
	ok(t, s.Lease(t.Context(), "kim", after(5)))
	for _, w := range lookAt(t, s).Due {
		ok(t, s.Defer(t.Context(), w, after(100)))
		w.Due = after(100)
		ok(t, s.Settle(t.Context(), w))
	}
	_, err := s.Position(t.Context(), conversation.Front, "~")
	ok(t, err)
	ok(t, s.Survey(t.Context(), conversation.Front))
	_, err = s.Records(t.Context(), began)
	ok(t, err)
	if n := api.read.Load(); n < 100 {
		t.Errorf("only %d expressions were read", n)
	}
}

// DynamoDB takes no empty keys. Whatever is empty here is a question like any other.
func TestEmptyKeys(t *testing.T) {
	t.Parallel()
	db := emulated(t)
	s := open(t, db.client, db.table(t), clock)
	c := receive(t, s, store.Incoming{Message: conversation.Message{Conversation: idOf(t, "ann"), Received: began}}).Conversation
	next := c
	next.Ticket = conversation.Ticket{Status: conversation.TicketWaiting}
	ch := store.Change{
		Epoch: c.Epoch, Next: next, Records: []conversation.Record{{}, {Event: conversation.RecordClaimed}}, Messages: []conversation.Message{{Key: "k"}},
		Work: []store.Work{{}, {Kind: store.Ring}, {Kind: store.Deliver, Conversation: c.ID}},
	}
	commit(t, s, ch)
	ch.Once = true
	commit(t, s, ch)
	next.Ticket.Status = conversation.TicketClaimed
	commit(t, s, store.Change{Cause: "x", Epoch: c.Epoch, Next: next})
	for name, call := range map[string]func() error{
		"Caused":       func() error { _, err := s.Caused(t.Context(), "", ""); return err },
		"Messages":     func() error { _, err := s.Messages(t.Context(), "", "", 5); return err },
		"Line":         func() error { _, err := s.Line(t.Context(), "", 5); return err },
		"Position":     func() error { _, err := s.Position(t.Context(), "", ""); return err },
		"Survey":       func() error { return s.Survey(t.Context(), "") },
		"Held":         func() error { _, err := s.Held(t.Context(), ""); return err },
		"Lease":        func() error { return s.Lease(t.Context(), "", after(5)) },
		"Due":          func() error { _, err := s.Due(t.Context(), after(100), 5); return err },
		"Defer":        func() error { return s.Defer(t.Context(), store.Work{}, after(5)) },
		"Settle":       func() error { return s.Settle(t.Context(), store.Work{Due: after(5)}) },
		"Ledger":       func() error { _, err := s.Ledger(t.Context(), ""); return err },
		"Conversation": func() error { _, err := s.Conversation(t.Context(), ""); return err },
		"Message":      func() error { _, err := s.Message(t.Context(), "", ""); return err },
		"Undelivered":  func() error { _, _, err := s.Undelivered(t.Context(), "", 5); return err },
		"Outcome":      func() error { _, err := s.Outcome(t.Context(), store.Outcome{}); return err },
	} {
		if err := call(); err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
