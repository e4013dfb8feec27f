package scenario

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/sqlitefile"
)

// binary is the single binary in this process: its own wiring on SQLite, behind
// a real HTTP server.
type binary struct {
	front
	dir   string
	setup Setup
	demo  bool
	calls bool // customers come by calls
	shop  config.Config
	clock queuetest.Clock
	hook  hook
	*slowBot
	wechat *weChat    // nil unless the story has it
	beside *slackSide // likewise
	texts  *smsSide   // likewise

	mu   sync.Mutex
	base string
	run  *running
}

// running is one life of the program, from start to stop.
type running struct {
	app      *app.App
	file     *sqlitefile.File
	engines  app.Engines
	outbound map[string]*watched // by channel
	inbound  *watched            // of AWS's notifications
	stop     func()
}

func startBinary(t testing.TB, s Setup) *binary { return startDemo(t, s, false) }

func startDemo(t testing.TB, s Setup, demo bool) *binary {
	t.Helper()
	b := &binary{
		dir: t.TempDir(), setup: s, demo: demo, calls: s.Calls, clock: queuetest.NewClock(opening),
	}
	b.slowBot = newSlowBot(t, s.Bot, b.Now)
	if s.WeChat {
		b.wechat = startWeChat(t, b.clock)
		s.wechat = b.wechat
	}
	if s.Slack {
		b.beside = startSlack(t, b.clock)
		s.slack = b.beside
	}
	if s.SMS {
		b.texts = startSMS(t, b.clock, smsPlace{"arn:aws:sns:us-east-1:123456789012:sms", "zhida"}, nil)
		b.texts.inFile, s.sms = true, b.texts
	}
	b.shop = shop(t, s, b.slowBot)
	b.front = newFront(t, b.URL, b.Now)
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
	engines, file, err := app.OpenEngines(ctx, b.dir, b.shop.DeploymentKey, b.clock)
	if err != nil {
		b.t.Fatal(err)
	}
	outbound := map[string]*watched{}
	for name, q := range engines.Outbound {
		outbound[name] = newWatched(q, b.Now)
		engines.Outbound[name] = outbound[name]
	}
	inbound := newWatched(engines.Inbound["sms"], b.Now)
	engines.Inbound["sms"] = inbound
	engines.Store = interrupted{engines.Store, &b.hook}
	if engines.Turns, err = openLeaping(ctx, file, b.clock); err != nil {
		b.t.Fatal(err)
	}
	options := app.Options{
		Config: b.shop, Clock: b.clock, Rand: rand.Reader, Demo: b.demo,
		Log: slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if b.texts != nil {
		options.SMS = b.texts.client()
	}
	if b.setup.Proxy {
		options.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	}
	if asked := b.shop.Bot; asked != nil {
		client := &http.Client{Transport: &http.Transport{}}
		b.t.Cleanup(client.CloseIdleConnections)
		if options.Bot, err = webhook.New(webhook.Options{Bot: *asked, Client: client, Now: b.Now}); err != nil {
			b.t.Fatal(err)
		}
		options.BotPatience = asked.Patience
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
	b.run = &running{app: a, file: file, engines: engines, outbound: outbound, inbound: inbound, stop: func() {
		cancel()
		b.release()
		ending, done := context.WithTimeout(context.Background(), patience)
		defer done()
		err := errors.Join(a.Close(ending), server.Shutdown(ending))
		<-worked
		if err = errors.Join(err, file.Close()); err != nil {
			b.t.Errorf("it does not stop cleanly: %v", err)
		}
	}}
	if b.wechat != nil {
		b.wechat.open(b, b.base, b.log.forbid)
	}
	if b.beside != nil {
		b.beside.open(b, b.base, b.log.forbid)
	}
	if b.texts != nil {
		b.texts.open(b, b.putter, b.log.forbid)
	}
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
	if b.wechat != nil {
		b.wechat.rest()
		defer b.wechat.rest()
	}
	if b.beside != nil {
		b.beside.rest()
		defer b.beside.rest()
	}
	if b.texts != nil {
		b.texts.rest()
		defer b.texts.rest()
	}
	b.clock.Advance(d)
	if err := b.life().app.Tick(context.Background()); err != nil {
		b.t.Errorf("the clock fails: %v", err)
	}
}

// Still is part of Host.
func (b *binary) Still() {
	b.t.Helper()
	if !b.life().inbound.empty() {
		b.t.Error("AWS's notifications do not come to an end")
	}
	for name, q := range b.life().outbound {
		if !q.empty() {
			b.t.Errorf("deliveries on %s do not come to an end", name)
		}
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

// Customer is part of Host.
func (b *binary) Customer(name string) Customer {
	return newClient(b.t, b, b.user(name)).ByCalls(b.calls)
}

// Agent is part of Host.
func (b *binary) Agent(name string) Agent { return newDesker(b.t, b, name) }

// CustomersLive is part of place.
func (b *binary) CustomersLive() string { return b.live("/inapp/live") }

// AgentsLive is part of office.
func (b *binary) AgentsLive() string { return b.live("/desk/live") }

func (b *binary) live(path string) string { return "ws" + strings.TrimPrefix(b.URL(), "http") + path }

// URL is part of place.
func (b *binary) URL() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.base
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
