package desk_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob/dirblob"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqlitequeue"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
	"github.com/zhida-project/zhida/shared/toolkey/sqlitetoolkey"
)

const lease = 30 * time.Second

var (
	lin  = desk.Agent{ID: "lin", Names: map[conversation.Language]string{conversation.Chinese: "小林"}}
	wang = desk.Agent{ID: "wang"}
)

type nobody struct{}

func (nobody) Tell(context.Context, outbox.News) error { return nil }

// Agent lets everybody in under the name on their token.
func (nobody) Agent(_ context.Context, token string, _ time.Time) (desk.Agent, error) {
	return desk.Agent{ID: conversation.AgentID(token)}, nil
}

// fixture is a desk on a real store, with a line.
type fixture struct {
	*testing.T
	*desk.Service
	clock   queuetest.Clock
	store   *counted
	box     *outbox.Outbox
	ids     conversation.IDs
	options desk.Options
	blobs   *dirblob.Store
	dir     string // where everything is kept
}

// counted counts renewals, and fails the commits of one conversation.
type counted struct {
	store.Store
	renewals atomic.Int64
	broken   conversation.ID
}

func (c *counted) Lease(ctx context.Context, agent conversation.AgentID, until time.Time) error {
	c.renewals.Add(1)
	return c.Store.Lease(ctx, agent, until)
}

func (c *counted) Commit(ctx context.Context, ch store.Change) (store.Committed, error) {
	if ch.Next.ID == c.broken {
		return store.Committed{}, fault.New(fault.Unavailable, "test", "")
	}
	return c.Store.Commit(ctx, ch)
}

func setUp(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, clock: queuetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), dir: t.TempDir()}
	file, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: filepath.Join(f.dir, "zhida.db")})
	f.must(err)
	t.Cleanup(func() { f.must(file.Close()) })
	s, err := sqlitestore.New(t.Context(), file, f.clock.Now)
	f.must(err)
	f.store = &counted{Store: s}
	q, err := sqlitequeue.Open(t.Context(), file, sqlitequeue.Options{Name: "q", Clock: f.clock})
	f.must(err)
	f.box, err = outbox.New(outbox.Options{
		Store: f.store, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: q},
		Outbound: map[string]queue.Queue{"x": q}, MaxText: map[string]int{"x": 100},
		Audience: nobody{}, Now: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	f.must(err)
	tools, err := sqlitetoolkey.New(t.Context(), file)
	f.must(err)
	f.blobs, err = dirblob.Open(dirblob.Options{
		Folder: filepath.Join(f.dir, "media"), Base: &url.URL{Path: "/media/"}, Key: secret.New(strings.Repeat("k", secret.KeySize)),
		Keep: time.Hour, Now: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	f.must(err)
	taken, err := media.New(media.Options{Blobs: f.blobs, Limits: media.Limits{Picture: 1000, File: 2000, Most: 2}, Log: slog.New(slog.DiscardHandler)})
	f.must(err)
	f.options = desk.Options{
		Media: taken,
		Store: f.store, Outbox: f.box, Auth: nobody{}, Tools: tools, Rand: rand.Reader, Channels: desk.Channels{"x": {MaxText: 100}}, Lease: lease,
		Now: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	}
	f.Service, err = desk.New(f.options)
	f.must(err)
	f.ids, err = conversation.NewIDs(make([]byte, conversation.MinDeploymentKey))
	f.must(err)
	return f
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) want(err error, code fault.Code) {
	f.Helper()
	if fault.CodeOf(err) != code {
		f.Errorf("got %v, want %q", err, code)
	}
}

// writes lets a customer write, and returns the state and the message's key.
func (f *fixture) writes(user, text string) (conversation.Conversation, conversation.Key) {
	f.Helper()
	f.clock.Advance(time.Second)
	peer := conversation.Peer{Channel: "x", User: user}
	key := conversation.InboundKey(f.clock.Now(), text)
	received, err := f.store.Receive(f.Context(), store.Incoming{Peer: peer, Message: conversation.Message{
		Conversation: f.ids.Of(peer), Key: key, Author: conversation.Customer, Parts: conversation.TextParts(text), Received: f.clock.Now(),
	}})
	f.must(err)
	return received.Conversation, key
}

// asks puts a customer in line.
func (f *fixture) asks(user string) conversation.ID {
	f.Helper()
	c, key := f.writes(user, "ask")
	next, err := c.Apply(conversation.Event{Kind: conversation.Asked, At: f.clock.Now(), Ask: key, Class: conversation.Normal})
	f.must(err)
	f.commits(c, next)
	return c.ID
}

func (f *fixture) commits(before, next conversation.Conversation) {
	f.Helper()
	_, err := f.box.Commit(f.Context(), before, store.Change{Cause: fmt.Sprint("change:", next.Epoch), Next: next})
	f.must(err)
}

func (f *fixture) claims(agent desk.Agent, id string) conversation.Conversation {
	f.Helper()
	c, err := f.ClaimNext(f.Context(), agent, conversation.Front, id)
	f.must(err)
	return c
}

func TestARepeatedClaimIsOneClaim(t *testing.T) {
	f := setUp(t)
	first := f.asks("ann")
	f.asks("bob")
	got := f.claims(lin, "c1")
	if again := f.claims(lin, "c1"); got.ID != first || again.ID != first {
		t.Errorf("the same claim got %s, then %s", got.ID, again.ID)
	}
	again, err := f.ClaimTicket(t.Context(), lin, got.Ticket.ID, "c1")
	f.must(err)
	if again.Ticket.Assignee != "lin" {
		t.Errorf("the repeat says %+v", again.Ticket)
	}
	_, err = f.ClaimTicket(t.Context(), lin, got.Ticket.ID, "c2")
	f.want(err, fault.AlreadyClaimed)
	_, err = f.ClaimTicket(t.Context(), wang, got.Ticket.ID, "c1")
	f.want(err, fault.AlreadyClaimed)
}

// A claim's id stays with what it got: whoever repeats the call much later gets that,
// or is told that it is gone, and never another customer.
func TestAClaimIsRepeatedLater(t *testing.T) {
	f := setUp(t)
	f.asks("ann")
	got := f.claims(lin, "c1")
	_, err := f.Resolve(t.Context(), lin, got.ID, got.LastHeard)
	f.must(err)
	f.asks("bob")
	if again := f.claims(lin, "c1"); again.ID != got.ID || again.Status != conversation.Ended {
		t.Errorf("the repeat got %s, which is %s", again.ID, again.Status)
	}
	second := f.claims(lin, "c2")
	_, err = f.ReturnToLine(t.Context(), lin, second.ID)
	f.must(err)
	for range 2 {
		_, err = f.ClaimNext(t.Context(), lin, conversation.Front, "c2")
		f.want(err, fault.Conflict)
		_, err = f.ClaimTicket(t.Context(), lin, second.Ticket.ID, "c2")
		f.want(err, fault.Conflict)
	}
	if third := f.claims(lin, "c3"); third.ID != second.ID {
		t.Errorf("a new id got %s", third.ID)
	}
}

// The first word of an ask is recorded once, whoever says it.
func TestTheFirstWordIsRecordedOnce(t *testing.T) {
	f := setUp(t)
	f.asks("ann")
	c := f.claims(lin, "c1")
	first := f.clock.Now()
	for i, agent := range []desk.Agent{lin, lin, wang} {
		if agent.ID == wang.ID {
			_, err := f.ReturnToLine(t.Context(), lin, c.ID)
			f.must(err)
			f.claims(wang, "c2")
		}
		_, err := f.Reply(t.Context(), agent, c.ID, fmt.Sprint("r", i), "hello")
		f.must(err)
		f.clock.Advance(time.Minute)
	}
	now, err := f.store.Conversation(t.Context(), c.ID)
	f.must(err)
	records, err := f.store.Ledger(t.Context(), c.Ticket.ID)
	f.must(err)
	records = slices.DeleteFunc(records, func(r conversation.Record) bool { return r.Event != conversation.RecordFirstWord })
	if len(records) != 1 || !records[0].At.Equal(first) || records[0].Agent != "lin" || !now.Ticket.Answered.Equal(first) {
		t.Errorf("answered at %v, recorded: %+v", now.Ticket.Answered, records)
	}
}

func TestTheSameClaimAtTheSameMoment(t *testing.T) {
	f := setUp(t)
	for i := range 20 {
		f.asks(fmt.Sprint(i))
	}
	for round := range 5 {
		var both sync.WaitGroup
		got := make([]conversation.ID, 4)
		for i := range got {
			both.Go(func() {
				if c, err := f.ClaimNext(t.Context(), lin, conversation.Front, fmt.Sprint("c", round)); err == nil {
					got[i] = c.ID
				}
			})
		}
		both.Wait()
		for _, id := range got {
			if id != got[0] || id == "" {
				t.Fatalf("round %d: one claim got %q", round, got)
			}
		}
	}
	if held, err := f.Held(t.Context(), lin); err != nil || len(held) != 5 {
		t.Errorf("lin holds %d after 5 claims, %v", len(held), err)
	}
}

func TestARepeatedReplyIsOneReplyAlsoAfterTheEnd(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	f.claims(lin, "c1")
	first, err := f.Reply(t.Context(), lin, id, "r1", "hello")
	f.must(err)
	_, err = f.Resolve(t.Context(), lin, id, time.Time{})
	f.must(err)
	again, err := f.Reply(t.Context(), lin, id, "r1", "hello")
	f.must(err)
	if again.Key != first.Key {
		t.Errorf("the repeat is another message: %s, %s", first.Key, again.Key)
	}
	_, err = f.Reply(t.Context(), lin, id, "r2", "one more")
	f.want(err, fault.Closed)
}

func TestARepeatedEndIsOneEnd(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	f.claims(lin, "c1")
	for range 2 {
		c, err := f.Resolve(t.Context(), lin, id, time.Time{})
		f.must(err)
		if c.Status != conversation.Ended || c.Epoch != 4 {
			t.Errorf("%s at epoch %d", c.Status, c.Epoch)
		}
	}
	_, err := f.Resolve(t.Context(), wang, id, time.Time{})
	f.want(err, fault.Closed)
}

func TestNobodyAnswersOverAnUnreadWord(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	c := f.claims(lin, "c1")
	unread, _ := f.writes("ann", "wait, one more thing")
	_, err := f.Resolve(t.Context(), lin, id, c.LastHeard)
	f.want(err, fault.Conflict)
	_, err = f.ReturnToBot(t.Context(), lin, id, c.LastHeard)
	f.want(err, fault.Conflict)
	_, err = f.Resolve(t.Context(), lin, id, unread.LastHeard)
	f.must(err)
}

func TestOneStuckTicketDoesNotHoldUpTheOthers(t *testing.T) {
	f := setUp(t)
	stuck := f.asks("ann")
	f.asks("bob")
	f.claims(lin, "c1")
	f.claims(lin, "c2")
	f.store.broken = stuck
	f.want(f.Lapse(t.Context(), "lin"), fault.Unavailable)
	if held, err := f.store.Held(t.Context(), "lin"); err != nil || len(held) != 1 {
		t.Errorf("lin holds %d, %v", len(held), err)
	}
	f.store.broken = ""
	f.must(f.Lapse(t.Context(), "lin"))
	if held, err := f.store.Held(t.Context(), "lin"); err != nil || len(held) != 0 {
		t.Errorf("lin holds %d, %v", len(held), err)
	}
}

func TestALeaseIsRenewedOnceInAThird(t *testing.T) {
	f := setUp(t)
	for range 30 {
		f.must(f.Alive(t.Context(), "lin"))
		f.clock.Advance(time.Second)
	}
	if n := f.store.renewals.Load(); n != 3 {
		t.Errorf("renewed %d times in a lease", n)
	}
	due, err := f.store.Due(t.Context(), f.clock.Now(), 10)
	f.must(err)
	for _, w := range due {
		if w.Kind == store.Lapse {
			t.Error("the lease of a living agent lapsed")
		}
	}
}

func TestOnlyWhoseHandsItIsInMayRead(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	read := func(a desk.Agent) error { _, err := f.History(t.Context(), a, id, ""); return err }
	f.want(read(lin), fault.NotYours)
	f.claims(lin, "c1")
	f.must(read(lin))
	f.want(read(wang), fault.NotYours)
	_, err := f.ReturnToBot(t.Context(), lin, id, time.Time{})
	f.must(err)
	f.want(read(lin), fault.NotYours)
}

func TestLateWordsAreMarked(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	early := f.clock.Now().Add(-time.Minute)
	_, err := f.store.Receive(t.Context(), store.Incoming{Peer: conversation.Peer{Channel: "x", User: "ann"}, Message: conversation.Message{
		Conversation: id, Key: conversation.InboundKey(early, "late"), Author: conversation.Customer,
		Parts: conversation.TextParts("late"), Received: f.clock.Now().Add(time.Second),
	}})
	f.must(err)
	f.claims(lin, "c1")
	h, err := f.History(t.Context(), lin, id, "")
	f.must(err)
	if !h.Messages[0].Late || h.Messages[1].Late {
		t.Errorf("late: %v, %v", h.Messages[0].Late, h.Messages[1].Late)
	}
}

func TestReplyRefuses(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	_, err := f.Reply(t.Context(), lin, id, "r", "hi")
	f.want(err, fault.NotPossible)
	f.claims(lin, "c1")
	_, err = f.Reply(t.Context(), wang, id, "r", "hi")
	f.want(err, fault.NotYours)
	_, err = f.Reply(t.Context(), lin, id, "r", "\u200b ")
	f.want(err, fault.BadText)
	_, err = f.Reply(t.Context(), lin, id, "r", string(make([]rune, 101)))
	f.want(err, fault.BadText)
	long := ""
	for range 101 {
		long += "长"
	}
	_, err = f.Reply(t.Context(), lin, id, "r", long)
	f.want(err, fault.TextTooLong)
	_, err = f.ClaimNext(t.Context(), lin, conversation.Front, "c2")
	f.want(err, fault.NobodyWaiting)
}
