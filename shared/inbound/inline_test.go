package inbound_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob/dirblob"
	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/sqlitestore"
)

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const patience = 5 * time.Second

// platform is a channel that answers in its calls, and whose bodies are its messages.
type platform struct {
	channel.Connector
	mute    bool                       // carries nothing inline
	fetch   map[string]channel.Fetched // by Media.Remote
	fault   error                      // of Fetch
	fetched int
}

func (*platform) Info() channel.Info {
	return channel.Info{Name: "x", AckWithin: patience, MaxBody: 1 << 20, MaxText: 600, Limited: true}
}

func (*platform) Receive(_ context.Context, r channel.Request) (channel.Receipt, error) {
	var in channel.Inbound
	if err := json.Unmarshal(r.Body, &in); err != nil {
		return channel.Receipt{}, fault.New(fault.Unauthenticated, "test", "")
	}
	if in.Key == "" {
		return channel.Receipt{Ignored: "test"}, nil
	}
	return channel.Receipt{Messages: []channel.Inbound{in}}, nil
}

func (p *platform) Inline(_ channel.Request, out channel.Outbound) (*channel.Answer, bool) {
	return &channel.Answer{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(out.Message.Words())}, !p.mute
}

func (*platform) Silence() *channel.Answer {
	return &channel.Answer{Status: http.StatusOK, ContentType: "text/plain", Body: []byte("success")}
}

func (p *platform) Fetch(_ context.Context, _ conversation.Peer, remote string) (channel.Fetched, error) {
	p.fetched++
	f, there := p.fetch[remote]
	if p.fault != nil {
		return f, p.fault
	}
	if !there {
		return f, fault.New(fault.NotFound, "test", "")
	}
	return f, nil
}

// bells keep what was published.
type bells struct {
	queue.Queue
	got  []outbox.Doorbell
	down bool
}

func (b *bells) Publish(_ context.Context, m queue.Message) error {
	if b.down {
		return fault.New(fault.Unavailable, "test", "")
	}
	var d outbox.Doorbell
	if err := json.Unmarshal(m.Body, &d); err != nil {
		return err
	}
	b.got = append(b.got, d)
	return nil
}

// faulty fails or interrupts the nth call from now on.
type faulty struct {
	store.Store
	at, count int
	lost      bool            // the call takes effect, and its reply is lost
	before    func(op string) // called before each call
}

func (f *faulty) around(op string, do func() error) error {
	if f.before != nil {
		f.before(op)
	}
	f.count++
	if f.count != f.at {
		return do()
	}
	if f.lost {
		_ = do()
	}
	return fault.New(fault.Unavailable, "test", op)
}

func (f *faulty) Receive(ctx context.Context, in store.Incoming) (r store.Received, err error) {
	err = f.around("Receive", func() (err error) { r, err = f.Store.Receive(ctx, in); return err })
	return r, err
}

func (f *faulty) Commit(ctx context.Context, ch store.Change) (c store.Committed, err error) {
	err = f.around("Commit", func() (err error) { c, err = f.Store.Commit(ctx, ch); return err })
	return c, err
}

func (f *faulty) Caused(ctx context.Context, id conversation.ID, cause string) (c store.Committed, err error) {
	err = f.around("Caused", func() (err error) { c, err = f.Store.Caused(ctx, id, cause); return err })
	return c, err
}

func (f *faulty) Outcome(ctx context.Context, o store.Outcome) (more bool, err error) {
	err = f.around("Outcome", func() (err error) { more, err = f.Store.Outcome(ctx, o); return err })
	return more, err
}

func (f *faulty) Defer(ctx context.Context, w store.Work, due time.Time) error {
	return f.around("Defer", func() error { return f.Store.Defer(ctx, w, due) })
}

func (f *faulty) Settle(ctx context.Context, w store.Work) error {
	return f.around("Settle", func() error { return f.Store.Settle(ctx, w) })
}

func (f *faulty) Arrive(ctx context.Context, id conversation.ID, key conversation.Key, parts []conversation.Part) (m conversation.Message, err error) {
	err = f.around("Arrive", func() (err error) { m, err = f.Store.Arrive(ctx, id, key, parts); return err })
	return m, err
}

func (f *faulty) Erase(ctx context.Context, id conversation.ID, upTo conversation.Key) error {
	return f.around("Erase", func() error { return f.Store.Erase(ctx, id, upTo) })
}

type told struct{ got []outbox.News }

func (a *told) Tell(_ context.Context, n outbox.News) error { a.got = append(a.got, n); return nil }

// world is the use case on a real store, with one customer.
type world struct {
	*testing.T
	now      time.Time
	platform *platform
	store    *faulty
	bells    *bells
	told     *told
	box      *outbox.Outbox
	service  *inbound.Service
	handler  *inbound.Handler
	blobs    *dirblob.Store
	peer     conversation.Peer
	id       conversation.ID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, now: began, platform: &platform{}, bells: &bells{}, told: &told{}, peer: conversation.Peer{Channel: "x", Account: "a", User: "ann"}}
	clock := func() time.Time { return w.now }
	log := slog.New(slog.DiscardHandler)
	file, err := sqlitefile.Open(t.Context(), sqlitefile.Options{Path: filepath.Join(t.TempDir(), "zhida.db")})
	w.must(err)
	t.Cleanup(func() { _ = file.Close() })
	kept, err := sqlitestore.New(t.Context(), file, clock)
	w.must(err)
	w.store = &faulty{Store: kept}
	w.box, err = outbox.New(outbox.Options{
		Store: w.store, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: &bells{}}, Outbound: map[string]queue.Queue{"x": w.bells},
		MaxText: map[string]int{"x": 600}, Audience: w.told, Now: clock, Log: log,
	})
	w.must(err)
	router, err := routing.New(routing.Options{Language: conversation.Chinese, Answers: faq.New(nil), Line: kept})
	w.must(err)
	w.blobs, err = dirblob.Open(dirblob.Options{Folder: t.TempDir(), Base: &url.URL{Path: "/media/"}, Key: secret.New(strings.Repeat("k", 32)), Keep: 240 * time.Hour, Now: clock, Log: log})
	w.must(err)
	pictures, err := media.New(media.Options{Blobs: w.blobs, Limits: media.Limits{Picture: 10_000, File: 20_000, Most: 3}, Log: log})
	w.must(err)
	ids, err := conversation.NewIDs(make([]byte, conversation.MinDeploymentKey))
	w.must(err)
	w.id = ids.Of(w.peer)
	w.service, err = inbound.New(inbound.Options{IDs: ids, Store: w.store, Outbox: w.box, Decider: router, Media: pictures, Now: clock, Log: log})
	w.must(err)
	w.handler = w.service.NewHandler(w.platform, nil)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// says is a message of the customer's, as the platform calls with it.
func (w *world) says(id, text string) channel.Inbound {
	return channel.Inbound{Peer: w.peer, Key: conversation.InboundKey(w.now, id), Parts: conversation.TextParts(text)}
}

// call has the platform call, and returns the status and the answer.
func (w *world) call(in channel.Inbound) (int, string) {
	w.Helper()
	body, err := json.Marshal(in)
	w.must(err)
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, httptest.NewRequestWithContext(w.Context(), http.MethodPost, "/channels/x/a", bytes.NewReader(body)))
	return answer.Code, answer.Body.String()
}

// ours are our messages so far.
func (w *world) ours() (all []conversation.Message) {
	w.Helper()
	messages, err := w.store.Store.Messages(w.Context(), w.id, "", 100)
	w.must(err)
	for _, m := range messages {
		if m.Key.Ours() {
			all = append(all, m)
		}
	}
	return all
}

func (w *world) state() conversation.Conversation {
	w.Helper()
	c, err := w.store.Store.Conversation(w.Context(), w.id)
	w.must(err)
	return c
}

func (w *world) due(kind store.WorkKind) (all []store.Work) {
	w.Helper()
	due, err := w.store.Store.Due(w.Context(), w.now.Add(240*time.Hour), 100)
	w.must(err)
	for _, d := range due {
		if d.Kind == kind {
			all = append(all, d)
		}
	}
	return all
}

func (w *world) acknowledged() (n int) {
	w.Helper()
	records, err := w.store.Store.Ledger(w.Context(), w.state().Ticket.ID)
	w.must(err)
	for _, r := range records {
		if r.Event == conversation.RecordAcknowledged {
			n++
		}
	}
	return n
}

// saidOnce checks that the ask was acknowledged in the answer, once, and that nothing is to
// be delivered.
func (w *world) saidOnce(status int, answer string) {
	w.Helper()
	all := w.ours()
	if status != http.StatusOK || len(all) != 1 || answer != all[0].Words() || !strings.Contains(answer, "已为您转人工") {
		w.Fatalf("answered %d %q; said %+v", status, answer, all)
	}
	if o := all[0].Outcome; o.Delivery != conversation.Sent || !o.Inline || o.Attempts != 1 {
		w.Errorf("outcome %+v", o)
	}
	if n := w.acknowledged(); n != 1 {
		w.Errorf("the ledger has it %d times", n)
	}
	if len(w.due(store.Deliver)) != 0 || len(w.due(store.Decide)) != 0 || len(w.bells.got) != 0 {
		w.Errorf("due %+v, %+v; rung %+v", w.due(store.Deliver), w.due(store.Decide), w.bells.got)
	}
}

func TestAnAskIsAcknowledgedInItsCall(t *testing.T) {
	w := newWorld(t)
	w.saidOnce(w.call(w.says("1", "转人工")))
}

func TestTheSameCallHasTheSameAnswer(t *testing.T) {
	for name, meanwhile := range map[string]func(w *world){
		"nothing": func(*world) {},
		"claimed": func(w *world) {
			c := w.state()
			next, err := c.Apply(conversation.Event{Kind: conversation.Claimed, Agent: "lin", At: w.now})
			w.must(err)
			_, err = w.box.Commit(w.Context(), c, store.Change{Cause: "claim", Next: next})
			w.must(err)
		},
		"resolved": func(w *world) { // the retry is overtaken
			for _, e := range []conversation.EventKind{conversation.Claimed, conversation.Resolved} {
				c := w.state()
				next, err := c.Apply(conversation.Event{Kind: e, Agent: "lin", At: w.now.Add(time.Second)})
				w.must(err)
				_, err = w.box.Commit(w.Context(), c, store.Change{Cause: string(e), Next: next})
				w.must(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ask := w.says("1", "转人工")
			_, first := w.call(ask)
			meanwhile(w)
			for range 3 {
				w.now = w.now.Add(patience)
				status, again := w.call(ask)
				if again != first {
					t.Errorf("first %q, then %q", first, again)
				}
				w.saidOnce(status, again)
			}
		})
	}
}

// TestARetryWhileTheFirstCallRuns: at each call of the store that the first makes, the
// platform calls again. One decision, and whoever answers says it.
func TestARetryWhileTheFirstCallRuns(t *testing.T) {
	for nth := 1; ; nth++ {
		w := newWorld(t)
		ask, calls, within := w.says("1", "转人工"), 0, ""
		w.store.before = func(string) {
			if calls++; calls == nth {
				w.store.before = nil
				_, within = w.call(ask)
			}
		}
		status, answer := w.call(ask)
		if within == "" {
			return
		}
		if within != answer {
			t.Errorf("at call %d: %q and %q", nth, within, answer)
		}
		w.saidOnce(status, answer)
	}
}

// TestALateCallIsAnsweredByTheNext: too late is silence, and nothing is taken for said.
func TestALateCallIsAnsweredByTheNext(t *testing.T) {
	w := newWorld(t)
	ask := w.says("1", "转人工")
	w.store.before = func(op string) {
		if op == "Commit" {
			w.now = w.now.Add(3 * time.Second)
		}
	}
	if status, answer := w.call(ask); status != http.StatusOK || answer != "success" {
		t.Fatalf("%d %q", status, answer)
	}
	if o := w.ours()[0].Outcome; o.Delivery != conversation.Attempting || !o.Inline || len(w.due(store.Deliver)) != 1 || len(w.bells.got) != 0 {
		t.Fatalf("%+v, %+v", o, w.bells.got)
	}
	w.store.before = nil
	w.now = w.now.Add(2 * time.Second)
	w.saidOnce(w.call(ask))
}

// TestWhatGoesOutOtherwiseIsNotSaid: once it is about to go by the API.
func TestWhatGoesOutOtherwiseIsNotSaid(t *testing.T) {
	w := newWorld(t)
	ask := w.says("1", "转人工")
	w.store.before = func(op string) {
		if op == "Outcome" {
			w.Fatal("it is recorded")
		}
		if op == "Commit" {
			w.now = w.now.Add(4 * time.Second)
		}
	}
	w.call(ask)
	w.now = w.now.Add(outbox.Grace - patience)
	if _, answer := w.call(ask); answer != "success" {
		t.Errorf("answered %q", answer)
	}
}

func TestWhatNoAnswerCarriesGoesOut(t *testing.T) {
	w := newWorld(t)
	w.platform.mute = true
	status, answer := w.call(w.says("1", "转人工"))
	if status != http.StatusOK || answer != "success" || len(w.bells.got) != 1 || w.ours()[0].Outcome.Delivery != conversation.Pending {
		t.Errorf("%d %q, rung %+v, %+v", status, answer, w.bells.got, w.ours())
	}
}

// TestEveryCallOfTheStoreMayFail: the platform calls again after an error, three times in
// all, and the ask is acknowledged once, if need be by the clock's decision.
func TestEveryCallOfTheStoreMayFail(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for nth := 1; ; nth++ {
			w := newWorld(t)
			w.store.at, w.store.lost = nth, lost
			ask := w.says("1", "转人工")
			status, answer := w.call(ask)
			for range 2 {
				if status < 500 {
					break
				}
				w.now = w.now.Add(patience)
				status, answer = w.call(ask)
			}
			if w.store.count < nth {
				break
			}
			w.saidOnce(status, answer)
		}
	}
}

func TestACallThatBringsNothingIsAnswered(t *testing.T) {
	w := newWorld(t)
	if status, answer := w.call(channel.Inbound{}); status != http.StatusOK || answer != "success" {
		t.Errorf("%d %q", status, answer)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader("forged")))
	if recorder.Code != http.StatusUnauthorized {
		t.Errorf("forged: %d", recorder.Code)
	}
}

// TestAWordSetsWhatWaitsFree: a message with a grant rings for what is undelivered.
func TestAWordSetsWhatWaitsFree(t *testing.T) {
	for _, down := range []bool{false, true} {
		w := newWorld(t)
		w.call(w.says("1", "转人工"))
		c := w.state()
		_, err := w.store.Store.Commit(t.Context(), store.Change{Cause: "x", Epoch: c.Epoch, Next: c, Messages: []conversation.Message{{
			Conversation: w.id, Key: conversation.OwnKey(w.now.Add(time.Second), "x", 0), Author: conversation.Person, Parts: conversation.TextParts("您好"),
			Outcome: conversation.Outcome{Delivery: conversation.Held, At: w.now},
		}}})
		w.must(err)
		w.now = w.now.Add(time.Minute)
		w.bells.down = down
		w.call(w.says("2", "在吗")) // it grants nothing
		if len(w.bells.got) != 0 || len(w.due(store.Deliver)) != 0 {
			t.Fatalf("rung %+v, due %+v", w.bells.got, w.due(store.Deliver))
		}
		in := w.says("3", "在吗")
		in.Grant = conversation.Grant{Messages: 5, Lasts: 48 * time.Hour}
		if status, _ := w.call(in); status != http.StatusOK || w.state().Allowance.Left != 5 {
			t.Fatalf("%d, %+v", status, w.state().Allowance)
		}
		if !down && len(w.bells.got) != 1 || down && len(w.due(store.Deliver)) != 1 {
			t.Errorf("down %v: rung %+v, due %+v", down, w.bells.got, w.due(store.Deliver))
		}
	}
}

func (w *world) leaves(id string) channel.Inbound {
	in := w.says(id, "")
	in.Parts, in.Gone = []conversation.Part{{Kind: conversation.Act, Text: "[取消了关注]"}}, true
	return in
}

// TestWhoLeavesIsForgotten in every status, though each call of the store fails once.
func TestWhoLeavesIsForgotten(t *testing.T) {
	for _, status := range conversation.Statuses() {
		for nth := 0; ; nth++ {
			w := newWorld(t)
			w.call(w.says("1", map[bool]string{true: "你好", false: "转人工"}[status == conversation.WithBot]))
			for i, e := range map[conversation.Status][]conversation.EventKind{
				conversation.WithPerson: {conversation.Claimed}, conversation.Ended: {conversation.Claimed, conversation.Resolved},
			}[status] {
				c := w.state()
				next, err := c.Apply(conversation.Event{Kind: e, Agent: "lin", At: w.now})
				w.must(err)
				_, err = w.box.Commit(t.Context(), c, store.Change{Cause: fmt.Sprint("agent", i), Next: next})
				w.must(err)
			}
			if got := w.state().Status; got != status {
				t.Fatalf("%s is %s", status, got)
			}
			ticket := w.state().Ticket
			w.must(w.blobs.Put(t.Context(), conversationBlob(w.id), "image/png", []byte("x")))
			w.now, w.told.got = w.now.Add(time.Hour), nil
			w.store.count, w.store.at = 0, nth
			gone := w.leaves("2")
			code, answer := w.call(gone)
			if code >= 500 {
				code, answer = w.call(gone)
			}
			if code != http.StatusOK || answer != "success" || w.state().Status != conversation.Ended {
				t.Fatalf("%s, %d: %d %q, %+v", status, nth, code, answer, w.state())
			}
			w.now = w.now.Add(2 * time.Minute)
			for range 2 {
				for _, work := range w.due(store.Erase) {
					_ = w.service.Erase(t.Context(), work) // the clock comes again
				}
			}
			w.forgotten(status, ticket)
			if w.store.count < nth {
				break
			}
		}
	}
}

func (w *world) forgotten(status conversation.Status, before conversation.Ticket) {
	w.Helper()
	messages, err := w.store.Store.Messages(w.Context(), w.id, "", 10)
	w.must(err)
	c := w.state()
	if len(messages) != 0 || c.Peer.User != "" || c.Name != "" || len(w.due(store.Erase)) != 0 {
		w.Errorf("%s: left are %+v, %+v, %+v", status, messages, c.Peer, w.due(store.Erase))
	}
	if _, err := w.blobs.Stat(w.Context(), conversationBlob(w.id)); !fault.Is(err, fault.NotFound) {
		w.Errorf("%s: the picture: %v", status, err)
	}
	abandoned := 0
	records, err := w.store.Store.Ledger(w.Context(), before.ID)
	w.must(err)
	for _, r := range records {
		if r.Event == conversation.RecordAbandoned && r.Why == "unfollowed" {
			abandoned++
		}
	}
	if want := map[bool]int{true: 1}[before.Open()]; abandoned != want || before.Open() && c.Ticket.Status != conversation.TicketUnfollowed {
		w.Errorf("%s: abandoned %d times; %+v", status, abandoned, c.Ticket)
	}
	left := false
	for _, n := range w.told.got {
		left = left || n.Left == "lin"
	}
	if left != (status == conversation.WithPerson) {
		w.Errorf("%s: the agent is told: %v", status, left)
	}
}

// TestWhoComesBackWithinTheMinute loses what was before, and nothing after.
func TestWhoComesBackWithinTheMinute(t *testing.T) {
	w := newWorld(t)
	w.call(w.says("1", "你好"))
	w.now = w.now.Add(time.Second)
	gone := w.leaves("2")
	w.call(gone)
	w.now = w.now.Add(10 * time.Second)
	w.call(w.says("3", "转人工"))
	w.call(gone) // a late retry
	if w.state().Status != conversation.Waiting {
		t.Fatalf("%+v", w.state())
	}
	w.must(w.blobs.Put(t.Context(), conversationBlob(w.id), "image/png", []byte("x")))
	w.now = w.now.Add(2 * time.Minute)
	w.must(w.service.Erase(t.Context(), w.due(store.Erase)[0]))
	messages, err := w.store.Store.Messages(t.Context(), w.id, "", 10)
	w.must(err)
	if w.state().Status != conversation.Waiting || w.state().Peer.User != "ann" || len(messages) != 2 || messages[0].Words() != "转人工" {
		t.Errorf("%+v, %+v", w.state(), messages)
	}
	if _, err := w.blobs.Stat(t.Context(), conversationBlob(w.id)); err != nil {
		t.Errorf("what was uploaded since: %v", err)
	}
}

func pngOf(size int) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, size, size)))
	return b.Bytes()
}

func content(b []byte, mediaType string) channel.Fetched {
	return channel.Fetched{Body: io.NopCloser(bytes.NewReader(b)), Type: mediaType, Size: -1}
}

// shows has the customer send media that lie with the provider.
func (w *world) shows(kinds ...conversation.PartKind) channel.Inbound {
	w.Helper()
	in := w.says("1", "")
	in.Parts = nil
	for i, k := range kinds {
		in.Parts = append(in.Parts, conversation.Part{Kind: k, Media: conversation.Media{Remote: fmt.Sprint("remote", i)}})
	}
	if status, _ := w.call(in); status != http.StatusOK {
		w.Fatal(status)
	}
	if len(w.bells.got) != 1 || w.bells.got[0].Fetch != in.Key || len(w.due(store.Fetch)) != 1 {
		w.Fatalf("rung %+v, due %+v", w.bells.got, w.due(store.Fetch))
	}
	return in
}

func (w *world) parts(key conversation.Key) []conversation.Part {
	w.Helper()
	m, err := w.store.Store.Message(w.Context(), w.id, key)
	w.must(err)
	return m.Parts
}

func TestMediaAreFetched(t *testing.T) {
	amr := append([]byte("#!AMR\n"), 1, 2, 3)
	film := append([]byte("\x00\x00\x00\x18ftypmp42"), make([]byte, 100)...)
	for name, c := range map[string]struct {
		kind  conversation.PartKind
		found channel.Fetched
		fault error
		want  conversation.PartKind
		told  string // the type, or what is in the words
	}{
		"a picture":              {conversation.Image, content(pngOf(3), "image/jpeg"), nil, conversation.Image, "image/png"},
		"a picture without type": {conversation.Image, content(pngOf(3), ""), nil, conversation.Image, "image/png"},
		"a voice note":           {conversation.Audio, content(amr, "audio/amr"), nil, conversation.Audio, "audio/amr"},
		"by another type":        {conversation.Audio, content(amr, "voice/speex"), nil, conversation.Audio, "audio/amr"},
		"a film":                 {conversation.Video, content(film, "video/mp4"), nil, conversation.Video, "video/mp4"},
		"a file":                 {conversation.File, content([]byte("%PDF-1.7"), ""), nil, conversation.File, "application/pdf"},
		"no picture":             {conversation.Image, content([]byte("%PDF-1.7"), "image/png"), nil, conversation.Unsupported, "对不上"},
		"no film":                {conversation.Video, content([]byte("<html>"), "text/html"), nil, conversation.Unsupported, "对不上"},
		"nothing":                {conversation.Image, content(nil, "image/png"), nil, conversation.Unsupported, "对不上"},
		"too large":              {conversation.File, content(make([]byte, 20_001), ""), nil, conversation.Unsupported, "太大"},
		"too large, it says":     {conversation.File, channel.Fetched{Body: http.NoBody, Size: 1 << 40}, nil, conversation.Unsupported, "太大"},
		"gone":                   {conversation.Image, channel.Fetched{}, fault.New(fault.NotFound, "test", ""), conversation.Unsupported, "已经没有"},
		"refused":                {conversation.Image, channel.Fetched{}, fault.New(fault.ProviderRefused, "test", ""), conversation.Unsupported, "已经没有"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.platform.fetch, w.platform.fault = map[string]channel.Fetched{"remote0": c.found}, c.fault
			in := w.shows(c.kind)
			w.told.got = nil
			w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
			p := w.parts(in.Key)[0]
			if p.Kind != c.want || !strings.Contains(p.Text+p.Media.Type, c.told) || p.Media.Remote != "" {
				t.Errorf("it became %+v", p)
			}
			if len(w.told.got) != 1 || w.told.got[0].Keys[0] != in.Key {
				t.Errorf("told %+v", w.told.got)
			}
			if p.Kind.Media() {
				if info, err := w.blobs.Stat(t.Context(), blobKey(p)); err != nil || string(info.Tag) != p.Media.Tag {
					t.Errorf("%+v, %v", info, err)
				}
			}
			fetched := w.platform.fetched
			w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
			w.must(w.service.Refetch(t.Context(), w.due(store.Fetch)[0]))
			if w.platform.fetched != fetched || len(w.due(store.Fetch)) != 0 || len(w.bells.got) != 1 {
				t.Errorf("it is fetched again, or due: %+v", w.due(store.Fetch))
			}
		})
	}
}

func TestMediaAreAskedForUntilThreeDaysHaveGone(t *testing.T) {
	for _, busy := range []error{
		&fault.Error{Code: fault.ProviderBusy, Op: "test", RetryAfter: time.Hour}, fault.New(fault.ProviderAuth, "test", ""),
		fault.New(fault.Unavailable, "test", ""), fault.New(fault.DeadlineExceeded, "test", ""), io.ErrUnexpectedEOF,
	} {
		w := newWorld(t)
		in := w.shows(conversation.Image, conversation.Audio)
		w.platform.fault = busy
		for _, day := range []int{0, 1, 2} {
			w.now = began.Add(time.Duration(day) * 24 * time.Hour)
			w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
			if w.parts(in.Key)[0].Media.Remote == "" || len(w.due(store.Fetch)) != 1 {
				t.Fatalf("%v: given up on day %d", busy, day)
			}
			if d := w.due(store.Fetch)[0].Due; fault.Is(busy, fault.ProviderBusy) && !d.Equal(w.now.Add(time.Hour)) {
				t.Errorf("asked again at %s", d)
			}
		}
		w.must(w.service.Refetch(t.Context(), w.due(store.Fetch)[0]))
		if len(w.bells.got) != 2 || w.bells.got[1].Fetch != in.Key {
			t.Errorf("rung %+v", w.bells.got)
		}
		w.now = began.Add(72 * time.Hour)
		w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
		if p := w.parts(in.Key); p[0].Kind != conversation.Unsupported || p[1].Kind != conversation.Unsupported {
			t.Errorf("%v: %+v", busy, p)
		}
	}
}

// TestAFetchThatBreaksIsRepeated: what was stored is there once, though the provider gives
// other bytes by then.
func TestAFetchThatBreaksIsRepeated(t *testing.T) {
	w := newWorld(t)
	in := w.shows(conversation.Image)
	w.platform.fetch = map[string]channel.Fetched{"remote0": content(pngOf(3), "image/png")}
	w.store.count, w.store.at = 0, 1
	if err := w.service.Fetch(t.Context(), w.platform, w.id, in.Key); err == nil {
		t.Fatal("Arrive did not fail")
	}
	w.platform.fetch["remote0"] = content(pngOf(5), "image/png")
	w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
	if p := w.parts(in.Key)[0]; p.Media.Width != 3 {
		t.Errorf("%+v", p)
	}
}

func TestMediaOfWhoLeftAreNotKept(t *testing.T) {
	w := newWorld(t)
	in := w.shows(conversation.Image)
	w.platform.fetch = map[string]channel.Fetched{"remote0": content(pngOf(3), "image/png")}
	w.store.before = func(op string) {
		if op == "Arrive" {
			w.must(w.store.Store.Erase(t.Context(), w.id, in.Key))
		}
	}
	w.must(w.service.Fetch(t.Context(), w.platform, w.id, in.Key))
	if _, err := w.blobs.Stat(t.Context(), fetchedBlob(w.id, in.Key, 0)); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is kept: %v", err)
	}
}

// TestLostMediaAreAskedForAgain: each call of the store fails once; the clock decides what
// nobody did, and the media stay due.
func TestLostMediaAreAskedForAgain(t *testing.T) {
	for nth := 1; ; nth++ {
		w := newWorld(t)
		w.store.at = nth
		in := w.says("1", "")
		in.Parts = []conversation.Part{{Kind: conversation.Image, Media: conversation.Media{Remote: "r"}}}
		w.call(in)
		if w.store.count < nth {
			return
		}
		for _, work := range w.due(store.Decide) {
			w.must(w.service.Redecide(t.Context(), work))
		}
		if _, err := w.store.Store.Message(t.Context(), w.id, in.Key); fault.Is(err, fault.NotFound) {
			continue // the platform was told to call again
		}
		if len(w.due(store.Fetch)) != 1 || len(w.ours()) != 1 || w.ours()[0].Purpose != conversation.Offer {
			t.Errorf("%d: due %+v, said %+v", nth, w.due(store.Fetch), w.ours())
		}
	}
}
