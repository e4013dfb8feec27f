package dynamostore_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// leaver is somebody who leaves, with everything that a table can have of them.
func leaver(t *testing.T, s *dynamostore.Store) (conversation.ID, []conversation.Record) {
	t.Helper()
	in := incoming(t, "zhangsan", 0)
	in.Name, in.Mark, in.Message.ClientID = "zhang-san", after(60_000), "zhangs-client"
	in.Message.Parts = conversation.TextParts("zhang says")
	c := receive(t, s, in).Conversation
	ch := asking(t, c, in.Message.Key)
	ch.Messages[0].Parts = conversation.TextParts("to zhang, riding")
	c = commit(t, s, ch).Conversation
	records := ch.Records
	for n, cause := range []string{"once riding", "once placed"} {
		m := outgoing(t, "zhangsan", 5+n, cause)
		m.Parts = conversation.TextParts("to zhang, " + cause)
		change := store.Change{Cause: cause, Once: true, Epoch: c.Epoch, Next: c, Messages: []conversation.Message{m}, Records: []conversation.Record{
			{Ask: c.Ticket.ID, Event: conversation.RecordClaimed, Nth: n, Lane: conversation.Front, At: after(5 + n)},
		}}
		c = commit(t, s, change).Conversation
		records = append(records, change.Records...)
		if cause == "once placed" {
			_, err := s.Outcome(t.Context(), store.Outcome{Conversation: c.ID, Key: m.Key, Outcome: conversation.Outcome{Delivery: conversation.Sent}})
			ok(t, err)
		}
	}
	return c.ID, records
}

// left returns the items of a table in which something of the one who left is found.
func (db *database) left(t *testing.T, table string) (found []string) {
	t.Helper()
	out, err := db.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	ok(t, err)
	for _, i := range out.Items {
		raw, err := json.Marshal(i)
		ok(t, err)
		if text := string(raw); strings.Contains(text, "zhang") {
			found = append(found, text)
		}
	}
	return found
}

// Not only what can be read is gone: no item of the table has any of it.
func TestErasedFromEveryItem(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	id, records := leaver(t, s)
	if n := len(db.left(t, table)); n < 6 {
		t.Fatalf("only %d items have anything of the customer: the test looks for the wrong things", n)
	}
	ok(t, s.Erase(t.Context(), id, conversation.InboundKey(after(1000), "m")))
	for _, i := range db.left(t, table) {
		t.Errorf("left: %s", i)
	}
	got, err := s.Ledger(t.Context(), records[0].Ask)
	ok(t, err)
	if len(got) != len(records) {
		t.Errorf("%d records of %d are left", len(got), len(records))
	}
}

// dying is an API that lets some writes through and is dead from then on.
type dying struct {
	dynamostore.API
	mu     sync.Mutex
	writes int
}

// dead counts a write, and reports whether it comes too late.
func (d *dying) dead() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writes--
	return d.writes < 0
}

var errDead = errors.New("the sandbox ended")

func (d *dying) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if d.dead() {
		return nil, errDead
	}
	return d.API.UpdateItem(ctx, in, o...)
}

func (d *dying) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	if d.dead() {
		return nil, errDead
	}
	return d.API.DeleteItem(ctx, in, o...)
}

// Cut off after any of its writes, it is finished by whoever erases again, and no record
// is lost on the way.
func TestErasingGoesOnWhereItWasCutOff(t *testing.T) {
	db := emulated(t)
	for n := 0; ; n++ {
		table := db.table(t)
		s := open(t, db.client, table, clock)
		id, records := leaver(t, s)
		upTo := conversation.InboundKey(after(1000), "m")
		cut := open(t, &dying{API: db.client, writes: n}, table, clock).Erase(t.Context(), id, upTo)
		if cut != nil {
			refused(t, cut, fault.Unavailable)
			ok(t, s.Erase(t.Context(), id, upTo))
		}
		if found := db.left(t, table); len(found) > 0 {
			t.Errorf("cut off after %d writes: left %v", n, found)
		}
		got, err := s.Ledger(t.Context(), records[0].Ask)
		ok(t, err)
		if len(got) != len(records) {
			t.Errorf("cut off after %d writes: %d records of %d", n, len(got), len(records))
		}
		if cut == nil {
			if n < 8 {
				t.Errorf("erasing takes %d writes: the test erases too little", n)
			}
			return
		}
	}
}

// What a message grants whose Receive was cut off is granted when its mark is due, once,
// also if something newer came.
func TestHalfReceivedGrants(t *testing.T) {
	db := emulated(t)
	table := db.table(t)
	s := open(t, db.client, table, clock)
	half := open(t, failing{db.client, "conv", errors.New("the sandbox ended")}, table, clock)
	newer := incoming(t, "bob", 2)
	newer.Grant = conversation.Grant{Messages: 3, Lasts: time.Minute}
	receive(t, s, newer)
	known := incoming(t, "cid", 0)
	receive(t, s, known)
	ann, late, cid := incoming(t, "ann", 0), incoming(t, "bob", 1), incoming(t, "cid", 1)
	late.Message.Received = after(9)
	cid.Message.Received = known.Message.Received.Add(-time.Millisecond) // newest by its key alone
	for _, in := range []store.Incoming{ann, late, cid} {
		in.Mark, in.Grant = after(10), conversation.Grant{Messages: 5, Lasts: 48 * time.Hour}
		_, err := half.Receive(t.Context(), in)
		refused(t, err, fault.Unavailable)
	}
	want := map[string]conversation.Allowance{
		"ann": {Granted: ann.Message.Key, Total: 5, Left: 4, Until: ann.Message.Key.Time().Add(48 * time.Hour)},
		"bob": {Granted: newer.Message.Key, Total: 5, Left: 5, Until: late.Message.Key.Time().Add(48 * time.Hour)},
		"cid": {Granted: cid.Message.Key, Total: 5, Left: 5, Until: cid.Message.Key.Time().Add(48 * time.Hour)},
	}
	for round := range 2 { // the second time everything is complete
		_, err := s.Due(t.Context(), after(10), 10)
		ok(t, err)
		if round == 0 {
			_, err = s.Spend(t.Context(), idOf(t, "ann"), ann.Message.Key, 1)
			ok(t, err)
		}
		for user, allowance := range want {
			c, err := s.Conversation(t.Context(), idOf(t, user))
			ok(t, err)
			if c.Allowance != allowance {
				t.Errorf("%s, round %d: %+v, want %+v", user, round, c.Allowance, allowance)
			}
		}
	}
}

func TestCostOfAllowances(t *testing.T) {
	t.Parallel()
	s, g := metered(t)
	in := incoming(t, "ann", 0)
	in.Grant = conversation.Grant{Messages: 5, Lasts: 48 * time.Hour}
	g.want(t, "a message that grants", cost{Calls: 2, Trips: 1, Writes: 2}, func() { receive(t, s, in) })
	g.want(t, "spending", cost{Calls: 1, Trips: 1, Writes: 1}, func() {
		_, err := s.Spend(t.Context(), idOf(t, "ann"), in.Message.Key, 1)
		ok(t, err)
	})
	for i := range 40 {
		receive(t, s, incoming(t, "ann", 1+i))
	}
	got := g.Of(func() { ok(t, s.Erase(t.Context(), idOf(t, "ann"), incoming(t, "ann", 100).Message.Key)) })
	t.Logf("erasing 41 messages: %+v", got)
	if got.Writes > 41+4 || got.Trips > 15 {
		t.Errorf("erasing 41 messages: %+v", got)
	}
}
