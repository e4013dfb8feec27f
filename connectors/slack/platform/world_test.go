package platform_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const (
	signingSecret = "8f742231b10e8888abcd99yyyzzz85a5"
	clientID      = "123.456"
	clientSecret  = "the-secret-of-the-app"
	spoken        = "我的订单在哪"
)

// world is a platform, its Web API over HTTP, and an app whose address it calls.
type world struct {
	t     *testing.T
	clock queuetest.Clock
	p     *platform.Platform
	api   *httptest.Server

	mu     sync.Mutex
	calls  []call
	answer func(n int, rw http.ResponseWriter) // of the n-th call, from 1; nil: 200
	log    bytes.Buffer
}

// call is one that the app got.
type call struct {
	header http.Header
	body   []byte
	outer  map[string]any // of an event
	form   url.Values     // of an interaction or a command
}

func (c call) event() map[string]any { return c.outer["event"].(map[string]any) }

// newWorld makes one with the app in the workspace T1, whose token it returns; change may alter it.
func newWorld(t *testing.T, change func(*platform.Options)) (w *world, token string) {
	t.Helper()
	w = &world{t: t, clock: queuetest.NewClock(start)}
	app := httptest.NewServer(w)
	o := platform.Options{
		Clock: w.clock, Rand: rand.Reader, Client: app.Client(), Log: slog.New(slog.NewJSONHandler(w, nil)),
		App: platform.App{ID: "A1", SigningSecret: signingSecret, ClientID: clientID, ClientSecret: clientSecret, Address: app.URL},
	}
	if change != nil {
		change(&o)
	}
	var err error
	w.p, err = platform.New(o)
	w.must(err)
	w.api = httptest.NewServer(w.p)
	t.Cleanup(func() { w.p.Close(); w.must(w.p.Settled(w.patience())); w.api.Close(); app.Close() })
	token = w.exchange(w.p.Install("T1")).text("access_token")
	t.Cleanup(func() { w.keepsQuiet(token) })
	return w, token
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) patience() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	w.t.Cleanup(cancel)
	return ctx
}

// Write is the log's.
func (w *world) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(b)
}

// keepsQuiet fails a test whose log says what no log may.
func (w *world) keepsQuiet(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, never := range []string{token, signingSecret, clientSecret, spoken} {
		if never != "" && strings.Contains(w.log.String(), never) {
			w.t.Errorf("the log has %q", never)
		}
	}
}

// ServeHTTP is the app's address.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c := call{header: r.Header, body: body}
	if r.Header.Get("Content-Type") == "application/json" {
		_ = json.Unmarshal(body, &c.outer)
	} else {
		c.form, _ = url.ParseQuery(string(body))
	}
	w.mu.Lock()
	w.calls = append(w.calls, c)
	n, answer := len(w.calls), w.answer
	w.mu.Unlock()
	if answer != nil {
		answer(n, rw)
	}
}

// hears returns what the app was called with since it was last asked, once nothing is under way.
func (w *world) hears(n int) []call {
	w.t.Helper()
	w.must(w.p.Settled(w.patience()))
	w.mu.Lock()
	defer w.mu.Unlock()
	got := w.calls
	if w.calls = nil; len(got) != n {
		w.t.Fatalf("the app was called %d times, want %d", len(got), n)
	}
	return got
}

// passes moves the clock on once everything waits for it.
func (w *world) passes(d time.Duration) {
	w.t.Helper()
	w.must(w.p.Rests(w.patience()))
	w.clock.Advance(d)
}

// said is an answer of the Web API.
type said struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (s said) text(name string) string {
	text, _ := s.body[name].(string)
	return text
}

// call calls a method with a token; a broken connection is status 0.
func (w *world) call(method, token string, form url.Values) said {
	w.t.Helper()
	form = maps.Clone(form)
	if token != "" {
		form.Set("token", token)
	}
	return w.get(http.MethodPost, "/api/"+method, "", "application/x-www-form-urlencoded", form.Encode())
}

func (w *world) get(verb, path, bearer, kind, body string) said {
	w.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = w.api.URL + path
	}
	r, err := http.NewRequestWithContext(w.patience(), verb, path, strings.NewReader(body))
	w.must(err)
	r.Header.Set("Content-Type", kind)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return w.do(r)
}

func (w *world) do(r *http.Request) said {
	client := *w.api.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		return said{}
	}
	defer func() { _ = answer.Body.Close() }()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return said{}
	}
	s := said{status: answer.StatusCode, header: answer.Header, raw: raw}
	_ = json.Unmarshal(raw, &s.body)
	return s
}

func (w *world) exchange(code string) said {
	w.t.Helper()
	return w.call("oauth.v2.access", "", url.Values{"client_id": {clientID}, "client_secret": {clientSecret}, "code": {code}})
}

func (w *world) refresh(token string) said {
	w.t.Helper()
	return w.call("oauth.v2.access", "", url.Values{
		"client_id": {clientID}, "client_secret": {clientSecret}, "grant_type": {"refresh_token"}, "refresh_token": {token},
	})
}

// wants fails where an answer is not that error; "" is ok.
func (w *world) wants(s said, failure string) {
	w.t.Helper()
	if s.body["ok"] != (failure == "") || s.text("error") != failure {
		w.t.Errorf("answered %d %s, want %q", s.status, s.raw, failure)
	}
}

// posts posts words to somebody or a channel.
func (w *world) posts(token, to, text string, more ...string) said {
	w.t.Helper()
	form := url.Values{"channel": {to}, "text": {text}}
	for pair := range slices.Chunk(more, 2) {
		form.Set(pair[0], pair[1])
	}
	return w.call("chat.postMessage", token, form)
}
