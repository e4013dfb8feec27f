package inbound_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/blob"
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
	late    time.Duration              // how long calls are on their way
	reports []channel.Report           // what calls without a message tell
	revoked string                     // the account that calls say took its rights back
	forgot  []string                   // the accounts that were forgotten
	fetch   map[string]channel.Fetched // by Media.Remote
	fault   error                      // of Fetch
	fetched int
}

func (*platform) Info() channel.Info {
	return channel.Info{Name: "x", AckWithin: patience, MaxBody: 1 << 20, MaxText: 600, Limited: true}
}

func (p *platform) Receive(_ context.Context, r channel.Request) (channel.Receipt, error) {
	var in channel.Inbound
	if err := json.Unmarshal(r.Body, &in); err != nil {
		return channel.Receipt{}, fault.New(fault.Unauthenticated, "test", "")
	}
	if in.Key == "" {
		return channel.Receipt{Ignored: "test", Reports: p.reports, Revoked: p.revoked, RevokedAt: time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)}, nil
	}
	return channel.Receipt{Messages: []channel.Inbound{in}, Began: r.At.Add(-p.late)}, nil
}

func (p *platform) Inline(_ channel.Request, out channel.Outbound) (*channel.Answer, bool) {
	return &channel.Answer{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(out.Message.Words())}, !p.mute
}

func (p *platform) Forget(_ context.Context, account string, at time.Time) error {
	p.forgot = append(p.forgot, account+" at "+at.Format(time.TimeOnly))
	return p.fault
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
	always    bool            // and all that come after it
	lost      bool            // the call takes effect, and its reply is lost
	before    func(op string) // called before each call
}

func (f *faulty) around(op string, do func() error) error {
	if f.before != nil {
		f.before(op)
	}
	f.count++
	if f.count != f.at && !(f.always && f.count > f.at) {
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

func (f *faulty) Turn(ctx context.Context, scope string, from, until time.Time) (free time.Time, err error) {
	err = f.around("Turn", func() (err error) { free, err = f.Store.Turn(ctx, scope, from, until); return err })
	return free, err
}

func (f *faulty) PutConsent(ctx context.Context, id conversation.ID, said conversation.Consent) error {
	return f.around("PutConsent", func() error { return f.Store.PutConsent(ctx, id, said) })
}

func (f *faulty) Report(ctx context.Context, o store.Outcome) (changed bool, err error) {
	err = f.around("Report", func() (err error) { changed, err = f.Store.Report(ctx, o); return err })
	return changed, err
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
	log      *bytes.Buffer // of the service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, now: began, platform: &platform{}, bells: &bells{}, told: &told{}, log: &bytes.Buffer{}, peer: conversation.Peer{Channel: "x", Account: "a", User: "ann"}}
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
	w.service, err = inbound.New(inbound.Options{IDs: ids, Store: w.store, Outbox: w.box, Decider: router, Media: pictures, Now: clock, Log: slog.New(slog.NewTextHandler(w.log, nil))})
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

// conversationBlob is something that lies in the store for a conversation.
func conversationBlob(id conversation.ID) blob.Key { return blob.KeyOf(id, "test") }

func blobKey(p conversation.Part) blob.Key { return blob.Key(p.Media.Key) }

// fetchedBlob is where the nth part of a message is put.
func fetchedBlob(id conversation.ID, key conversation.Key, nth int) blob.Key {
	return blob.KeyOf(id, "fetched", string(key), strconv.Itoa(nth))
}
