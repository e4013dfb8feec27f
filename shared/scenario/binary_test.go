package scenario

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/sqlitefile"
)

// secrets are those of testdata/zhida.yaml. None may ever be read in a log or an
// answer.
var secrets = map[string]string{
	"ZHIDA_DEPLOYMENT_KEY": base64.StdEncoding.EncodeToString([]byte("deployment-key-of-the-stories-00")),
	"ZHIDA_INAPP_SECRET":   "customers-secret-of-the-stories-0123456789",
	"ZHIDA_DESK_SECRET":    "agents-secret-of-the-stories-01234567890123",
}

// shop reads testdata/zhida.yaml.
func shop(t testing.TB) config.Config {
	t.Helper()
	text, err := os.ReadFile("testdata/zhida.yaml")
	if err != nil {
		t.Fatal(err)
	}
	values, err := config.Load(text, func(name string) (string, bool) { v, ok := secrets[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// opening is when every story begins.
var opening = time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)

// binary is the single binary in this process: its own wiring on SQLite, behind
// a real HTTP server.
type binary struct {
	t     testing.TB
	dir   string
	setup Setup
	demo  bool
	shop  config.Config
	clock queuetest.Clock
	log   *journal
	bot   *slowBot
	web   *http.Client

	mu   sync.Mutex
	base string
	run  *running
}

// running is one life of the program, from start to stop.
type running struct {
	app      *app.App
	file     *sqlitefile.File
	engines  app.Engines
	outbound *watched
	stop     func()
}

func startBinary(t testing.TB, s Setup) *binary { return startDemo(t, s, false) }

func startDemo(t testing.TB, s Setup, demo bool) *binary {
	t.Helper()
	b := &binary{
		t: t, dir: t.TempDir(), setup: s, demo: demo, shop: shop(t), clock: queuetest.NewClock(opening),
		log: &journal{}, bot: newSlowBot(), web: &http.Client{Timeout: patience},
	}
	b.start()
	t.Cleanup(func() {
		b.stop()
		b.web.CloseIdleConnections()
		b.log.check(t)
	})
	return b
}

func (b *binary) start() {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	engines, file, err := app.OpenEngines(ctx, b.dir, b.clock)
	if err != nil {
		b.t.Fatal(err)
	}
	outbound := newWatched(engines.Outbound)
	engines.Outbound = outbound
	if engines.Turns, err = openLeaping(ctx, file, b.clock); err != nil {
		b.t.Fatal(err)
	}
	options := app.Options{
		Config: b.shop, Clock: b.clock, Rand: rand.Reader, Demo: b.demo,
		Log: slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if b.setup.SlowBot {
		options.Bot = b.bot
	}
	a, err := app.New(options, engines)
	if err != nil {
		b.t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	server := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: patience}
	worked := make(chan struct{})
	go func() { a.Run(ctx); close(worked) }()
	go func() { _ = server.Serve(listener) }() // ends with Shutdown
	b.mu.Lock()
	defer b.mu.Unlock()
	b.base = "http://" + listener.Addr().String()
	b.run = &running{app: a, file: file, engines: engines, outbound: outbound, stop: func() {
		cancel()
		b.bot.release()
		ending, done := context.WithTimeout(context.Background(), patience)
		defer done()
		err := errors.Join(a.Close(ending), server.Shutdown(ending))
		<-worked
		if err = errors.Join(err, file.Close()); err != nil {
			b.t.Errorf("it does not stop cleanly: %v", err)
		}
	}}
}

func (b *binary) life() *running {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.run
}

func (b *binary) stop() {
	if r := b.life(); r != nil {
		r.stop()
	}
}

// Restart is part of Host.
func (b *binary) Restart(away time.Duration) {
	b.t.Helper()
	b.stop()
	b.clock.Advance(away)
	b.start()
}

// Now is part of Host.
func (b *binary) Now() time.Time { return b.clock.Now() }

// Advance is part of Host.
func (b *binary) Advance(d time.Duration) {
	b.t.Helper()
	b.clock.Advance(d)
	if err := b.life().app.Tick(context.Background()); err != nil {
		b.t.Errorf("the clock fails: %v", err)
	}
}

// Still is part of Host.
func (b *binary) Still() {
	b.t.Helper()
	if !b.life().outbound.empty() {
		b.t.Error("deliveries do not come to an end")
	}
}

// Permits is part of Host.
func (b *binary) Permits() [][]byte {
	b.t.Helper()
	entries, err := b.life().engines.Permits.Peek(context.Background(), 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	bodies := make([][]byte, len(entries))
	for i, e := range entries {
		bodies[i] = e.Body
	}
	return bodies
}

// BotSays is part of Host.
func (b *binary) BotSays(text string) {
	b.t.Helper()
	if !b.bot.says(text) {
		b.t.Error("the bot has no turn")
	}
}

// Customer is part of Host.
func (b *binary) Customer(name string) Customer { return newClient(b.t, b, b.user(name)) }

// Agent is part of Host.
func (b *binary) Agent(name string) Agent { return newDesker(b.t, b, name) }

// Private is part of place.
func (b *binary) Private(text string) { b.log.forbid(text) }

// user is an id that looks like nothing else, so that it can be searched for.
func (b *binary) user(name string) string {
	b.log.forbid("user-of-" + name + "@shop")
	return "user-of-" + name + "@shop"
}

// URL is part of place.
func (b *binary) URL() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.base
}

func liveURL(p place) string { return "ws" + strings.TrimPrefix(p.URL(), "http") + "/inapp/live" }

// Token is part of place. It lasts longer than any story.
func (b *binary) Token(user string) string {
	now := b.clock.Now()
	return b.sign(jwt.SigningMethodHS256, []byte(secrets["ZHIDA_INAPP_SECRET"]), jwt.MapClaims{
		"sub": user, "name": "顾客", "aud": "zhida-inapp", "iss": "https://shop.example", "exp": now.Add(30 * 24 * time.Hour).Unix(),
	})
}

func (b *binary) sign(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	b.t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		b.t.Fatal(err)
	}
	b.log.forbid(token)
	return token
}

// Session is part of office.
func (b *binary) Session(agent string) (string, time.Time) {
	b.t.Helper()
	status, answer := b.Call(http.MethodPost, "/desk/login", "", map[string]string{"agent": agent, "code": b.life().app.Code()})
	var session struct {
		Token   string `json:"token"`
		Expires int64  `json:"expires"`
	}
	mustUnmarshal(b.t, answer, &session)
	if status != http.StatusOK || session.Token == "" {
		b.t.Fatalf("%s cannot sign in: %d %s", agent, status, answer)
	}
	b.log.forbid(session.Token)
	return session.Token, time.UnixMilli(session.Expires)
}

// Call is part of office.
func (b *binary) Call(method, path, token string, body any) (int, []byte) {
	b.t.Helper()
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		reader = bytes.NewReader(data)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return b.request(method, path, header, reader)
}

// request makes any request at all.
func (b *binary) request(method, path string, header http.Header, body io.Reader) (int, []byte) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, b.URL()+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header = header
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	answer, err := b.web.Do(r)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer.StatusCode, data
}
