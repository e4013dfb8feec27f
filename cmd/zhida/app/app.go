// Package app wires the single binary: every use case on SQLite engines, behind
// one http.Handler and a handful of workers. Nothing is decided here.
package app

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/blob/dirblob"
	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/clock"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/hub"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbound/cut"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
)

// Options are what the binary is started with.
type Options struct {
	Config      config.Config
	Clock       queue.Clock
	Log         *slog.Logger
	Rand        io.Reader      // for the agents' sign-in code and the tools' tokens
	Bot         bot.Bot        // a slow bot for questions without a local answer; nil for none
	BotPatience time.Duration  // how long a slow bot may think; config.DefaultPatience if 0
	Proxies     []netip.Prefix // whose X-Forwarded-For is believed; none for nobody's
	Demo        bool           // serve the demo page and its endpoints, to this machine only
	Phones      http.Handler   // the WeChat phones of the demo page; nil where there are none
	SlackWindow http.Handler   // its window on Slack; nil where there is none
	TextPhones  http.Handler   // its phones that text; nil where there are none
	SMS         sms.Client     // AWS's, where zhida.yaml names numbers
}

// App is the running whole.
type App struct {
	o          Options
	engines    Engines
	hub        *hub.Hub
	inapp      *inapp.Connector
	platforms  []channel.Connector // the other channels', whose platforms call, or put calls into a queue
	installer  http.Handler        // of the Slack app; nil where there is none
	blobs      *dirblob.Store
	media      *media.Service
	toVisitors *inbound.Audience
	toAgents   *desk.Audience
	toNotes    *outbox.Lanes // the messages of platforms that show a place in line
	outbox     *outbox.Outbox
	inbound    *inbound.Service
	turns      *inbound.Turns
	drains     map[string]*outbound.Drain // by channel
	desk       *desk.Service
	clock      *clock.Clock
	sessions   *sessions
	people     *people
	handler    http.Handler
	ticking    sync.Mutex
}

// New wires the parts; faults are fault.Config.
func New(o Options, e Engines) (*App, error) {
	if o.BotPatience == 0 {
		o.BotPatience = config.DefaultPatience
	}
	a := &App{o: o, engines: e}
	for _, step := range []func() error{a.wireInApp, a.wireWeChat, a.wireSlack, a.wireSMS, a.wireMedia, a.wireOutbox, a.wireInbound, a.wireOutbound, a.wireDesk, a.wireClock, a.wireHandler} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *App) wireInApp() (err error) {
	settings := a.o.Config.Channels.InApp
	if settings == nil {
		return fault.New(fault.Config, "channels.inapp", "the single binary needs the in-app channel")
	}
	if a.hub, err = hub.New(hub.Options{Now: a.o.Clock.Now, Log: a.o.Log}); err != nil {
		return err
	}
	var visitors config.Secret
	if settings.Visitors {
		visitors = a.o.Config.DeploymentKey
	}
	a.inapp, err = inapp.New(inapp.Options{
		Account: settings.Account, Secret: settings.Secret, JWKS: settings.JWKS, Audience: settings.Audience, Issuer: settings.Issuer,
		Client: &http.Client{}, Visitors: visitors, Rand: a.o.Rand, Push: a.hub,
	})
	return err
}

func (a *App) wireOutbox() (err error) {
	if a.toVisitors, err = inbound.NewAudience(a.engines.Store, a.inapp, a.hub, a.media, a.o.Log); err != nil {
		return err
	}
	if a.toAgents, err = desk.NewAudience(a.engines.Store, a.hub, a.deskChannels(), a.media, a.o.Clock.Now, a.o.Log); err != nil {
		return err
	}
	a.toNotes = outbox.NewLanes()
	audience := outbox.Audiences{a.toVisitors, a.toAgents, a.toNotes}
	for _, c := range a.platforms {
		if _, shows := c.(channel.Typer); !shows {
			continue
		}
		audience = append(audience, outbox.Typing{Queue: a.engines.Outbound[c.Info().Name], Channel: c.Info().Name})
	}
	others := len(a.platforms) > 0 && a.o.Phones == nil // real customers, who wait behind nobody who is played
	if a.o.Demo && !others {
		a.people = newPeople(a)
		audience = append(audience, a.people)
	}
	a.outbox, err = outbox.New(outbox.Options{
		Store: a.engines.Store, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: a.engines.Transfers},
		Outbound: a.doorbells(), MaxText: a.maxText(),
		Audience: audience, Now: a.o.Clock.Now, Log: a.o.Log,
	})
	return err
}

func (a *App) wireInbound() error {
	ids, err := conversation.NewIDs(a.o.Config.DeploymentKey.Reveal())
	if err != nil {
		return err
	}
	router, err := routing.New(routing.Options{
		Language: a.o.Config.Language, Answers: faq.New(a.o.Config.FAQ), Line: a.engines.Store, SlowBot: a.o.Bot != nil,
	})
	if err != nil {
		return err
	}
	a.inbound, err = inbound.New(inbound.Options{
		IDs: ids, Store: a.engines.Store, Outbox: a.outbox, Decider: router, Turns: a.engines.Turns, Media: a.media,
		Now: a.o.Clock.Now, Log: a.o.Log,
	})
	if err != nil {
		return err
	}
	a.turns = a.inbound.NewTurns(a.o.Bot, a.o.BotPatience)
	return nil
}

// wireOutbound gives each channel its drain.
func (a *App) wireOutbound() (err error) {
	a.drains = map[string]*outbound.Drain{}
	for _, c := range a.channels() {
		a.drains[c.Info().Name], err = outbound.New(outbound.Options{
			Store: a.engines.Store, Outbox: a.outbox, Connector: c, Media: a.media, Now: a.o.Clock.Now, Log: a.o.Log,
			Cut: cut.Message,
			Fetch: func(ctx context.Context, id conversation.ID, key conversation.Key) error {
				return a.inbound.Fetch(ctx, c, id, key)
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *App) wireDesk() (err error) {
	if a.sessions, err = newSessions(a.o); err != nil {
		return err
	}
	a.desk, err = desk.New(desk.Options{
		Store: a.engines.Store, Outbox: a.outbox, Auth: a.sessions, Tools: a.engines.Tools, Rand: a.o.Rand, Channels: a.deskChannels(),
		Media: a.media, Lease: a.o.Config.Desk.Lease, Now: a.o.Clock.Now, Log: a.o.Log,
	})
	return err
}

func (a *App) wireClock() (err error) {
	a.clock, err = clock.New(a.engines.Store, clock.Duties{
		Decide:  a.inbound.Redecide,
		Deliver: a.outbox.Redeliver,
		Ring:    a.outbox.Permit,
		Lapse:   a.desk.Lapse,
		Fetch:   a.inbound.Refetch,
		Erase:   a.inbound.Erase,
		Spare:   a.desk.Spare,
		Show:    a.outbox.Show,
	}, a.o.Clock.Now, a.o.Log)
	return err
}

// Tick does what is due, one call at a time. Run calls it every second.
func (a *App) Tick(ctx context.Context) error {
	a.ticking.Lock()
	defer a.ticking.Unlock()
	return a.clock.Tick(ctx)
}

// The pauses between two updates of what people see move, two looks at what is
// due, and two clean-ups.
const (
	linePause = 50 * time.Millisecond
	notePause = time.Second // calls of others' platforms
	tick      = time.Second
	trimPause = time.Hour
)

// Run works until ctx ends, then lets what was begun finish.
func (a *App) Run(ctx context.Context) {
	if err := a.clock.Resume(ctx); err != nil && ctx.Err() == nil {
		a.o.Log.LogAttrs(ctx, slog.LevelError, "leases were not renewed at start", slog.String("error", err.Error()))
	}
	var running sync.WaitGroup
	for name, drain := range a.drains {
		running.Go(func() { a.work(ctx, a.engines.Outbound[name], 8, drain.Handle) })
	}
	for _, c := range a.platforms {
		if a.byQueue(c) {
			running.Go(func() { a.take(ctx, c) })
		}
	}
	if a.o.Bot != nil {
		running.Go(func() { a.work(ctx, a.engines.Turns, 8, a.turns.Handle) })
	}
	running.Go(func() { a.toVisitors.Run(ctx, linePause) })
	running.Go(func() { a.toAgents.Run(ctx, linePause) })
	running.Go(func() { a.toNotes.Run(ctx, notePause, a.showNotes) })
	running.Go(func() { a.every(ctx, tick, "the clock", a.Tick) })
	running.Go(func() { a.every(ctx, trimPause, "trimming", a.trim) })
	if a.blobs != nil {
		running.Go(func() { a.every(ctx, trimPause, "sweeping", a.blobs.Sweep) })
	}
	if a.people != nil {
		running.Go(func() { a.people.Run(ctx) })
	}
	running.Wait()
}

// showNotes changes what platforms show of places in a line that has moved.
func (a *App) showNotes(ctx context.Context, lane conversation.Lane) {
	for name, drain := range a.drains {
		if err := drain.ShowLine(ctx, lane); err != nil && ctx.Err() == nil {
			a.o.Log.LogAttrs(ctx, slog.LevelWarn, "places in line were not shown", slog.String("channel", name), slog.String("error", err.Error()))
		}
	}
}

// work hands a queue's messages to a handler. What the handler can never do is
// dropped with an error in the log: the queues only ring bells.
func (a *App) work(ctx context.Context, q queue.Queue, concurrency int, handle func(context.Context, []byte) error) {
	queue.Work(ctx, q, func(ctx context.Context, l queue.Lease) queue.Result {
		err := handle(ctx, l.Body)
		switch {
		case err == nil:
			return queue.Done()
		case fault.RetryOf(err) == fault.Never:
			a.o.Log.LogAttrs(ctx, slog.LevelError, "a bell that means nothing is dropped", slog.String("error", err.Error()))
			return queue.Done()
		default:
			return queue.Retry(0, err)
		}
	}, queue.WorkOptions{Clock: a.o.Clock, Concurrency: concurrency, KeepAlive: bellLease, Log: a.o.Log})
}

// every does something again and again until ctx ends. What fails is done again
// the next time.
func (a *App) every(ctx context.Context, pause time.Duration, what string, do func(context.Context) error) {
	for {
		fired, stop := a.o.Clock.Timer(pause)
		select {
		case <-ctx.Done():
			stop()
			return
		case <-fired:
		}
		if err := do(ctx); err != nil && ctx.Err() == nil {
			a.o.Log.LogAttrs(ctx, slog.LevelError, what+" stopped early", slog.String("error", err.Error()))
		}
	}
}

// trim removes what nobody has taken from the queues for two weeks: where no
// agent's tool takes permits, they would pile up.
func (a *App) trim(ctx context.Context) error {
	for _, q := range a.engines.Trimmed {
		removed, err := q.Trim(ctx)
		if err != nil {
			return err
		}
		if removed > 0 {
			a.o.Log.LogAttrs(ctx, slog.LevelInfo, "old queue messages are removed", slog.Int("count", removed))
		}
	}
	return nil
}

// Code is what the agents named in zhida.yaml sign in with.
func (a *App) Code() string { return a.sessions.code }

// Close tells connected browsers to come back later.
func (a *App) Close(ctx context.Context) error { return a.hub.Close(ctx) }

// Handler is everything the binary serves.
func (a *App) Handler() http.Handler { return a.handler }

func (a *App) wireHandler() error {
	byCode := func(context.Context) (desk.Login, error) { return desk.Login{Way: desk.LoginByCode}, nil }
	login, err := desk.NewLoginHandler(byCode, a.o.Log)
	if err != nil {
		return err
	}
	settings := a.o.Config.Channels.InApp
	pages := live.Origins(settings.Origins)
	door := inbound.NewDoor(inbound.DoorOptions{
		Origins: pages, Customer: inbound.Rate(settings.Limits.Customer), Address: inbound.Rate(settings.Limits.Address),
		Visitors: inbound.Rate(settings.Limits.Visitors), CustomerMB: inbound.Rate(settings.Limits.CustomerMB),
		AddressMB: inbound.Rate(settings.Limits.AddressMB),
	})
	visitors, err := a.inbound.NewVisitorHandler(a.inapp, door)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/channels/"+inapp.Name, a.inbound.NewHandler(a.inapp, door))
	mux.Handle("/channels/"+inapp.Name+"/visitor", visitors)
	windows := a.inbound.NewVisitors(a.inapp, a.toVisitors, door)
	mux.Handle("GET /inapp/live", a.hub.Endpoint(windows, pages))
	mux.Handle("/channels/"+inapp.Name+"/live", inbound.NewCalls(windows, a.hub))
	mux.Handle("GET /desk/live", a.hub.Endpoint(a.desk.Board(), nil))
	mux.Handle("/channels/"+inapp.Name+"/media", a.inbound.NewMediaHandler(a.inapp, door))
	for _, c := range a.platforms {
		if a.byQueue(c) { // it believes whoever puts something there
			continue
		}
		mux.Handle("/channels/"+c.Info().Name+"/", a.inbound.NewHandler(c, nil))
	}
	if a.installer != nil {
		mux.Handle("GET "+slack.InstallPath, a.installer)
		mux.Handle("GET "+slack.OAuthPath, a.installer)
	}
	if a.blobs != nil {
		mux.Handle(mediaPath, a.blobs)
	}
	mux.Handle("/desk/v1/", a.desk.Handler())
	mux.Handle("GET /desk/config", login)
	mux.HandleFunc("POST /desk/login", a.sessions.login)
	mux.HandleFunc("GET /healthz", a.health)
	a.handler = behind(a.o.Proxies, jsonhttp.Known(mux))
	return a.pages(mux)
}

func (a *App) health(w http.ResponseWriter, r *http.Request) {
	if _, err := a.engines.Store.Due(r.Context(), time.Time{}, 1); err != nil {
		http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ok\n") // whoever asked is gone
}
