package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

// The server's patience with slow callers and with its own end.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second // of a whole call; live connections are not bound by it
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
)

// runDev runs the single binary until ctx ends, and returns nil when it has
// stopped cleanly.
func runDev(ctx context.Context, o devOptions) (err error) {
	release, err := lock(o.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	clock := queue.SystemClock(time.Now)
	engines, file, err := app.OpenEngines(ctx, o.Data, o.Config.DeploymentKey, clock)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "--data "+o.Data, "look at the disk, and at which version wrote this folder")
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "--addr "+o.Addr, "take another port, or port 0 for a free one")
	}
	defer func() { _ = listener.Close() }() // serve has, unless it never came to that
	base := "http://" + listener.Addr().String()
	var played *stage
	if o.Phones {
		if played, err = openStage(ctx, base, engines.Inbound[sms.Name], &o.Config.Channels); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, played.close()) }()
	}
	options := app.Options{
		Config: o.Config, Clock: clock, Rand: rand.Reader, Demo: o.DevSecrets, Proxies: o.Proxies,
		Log: slog.New(slog.NewJSONHandler(o.Log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if played != nil {
		played.show(&options)
	}
	if err := addBot(&options, o.Config.Bot); err != nil {
		return err
	}
	if err := addSMS(ctx, &options, &engines, o.Config.Channels.SMS); err != nil {
		return err
	}
	a, err := app.New(options, engines)
	if err != nil {
		return err
	}
	if played != nil {
		if err := played.connect(ctx, base, engines.Vault, o.Config.Language); err != nil {
			return err
		}
	}
	welcome(o, listener.Addr(), a.Code())
	if o.Open && o.DevSecrets {
		browse(ctx, o.Out, base+"/")
	}
	return serve(ctx, a, listener)
}

// addBot adds the company's own bot, if zhida.yaml names one.
func addBot(o *app.Options, b *config.Bot) error {
	if b == nil {
		return nil
	}
	asked, err := webhook.New(webhook.Options{Bot: *b, Client: &http.Client{}, Now: o.Clock.Now})
	if err != nil {
		return err
	}
	o.Bot, o.BotPatience = asked, b.Patience
	return nil
}

// serve works until ctx ends: then callers are let finish, browsers are told to
// come back, and what was begun is ended.
func serve(ctx context.Context, a *app.App, listener net.Listener) error {
	server := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout}
	worked, served := make(chan struct{}), make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { a.Run(ctx); close(worked) }()
	go func() { served <- server.Serve(listener); stop() }()
	<-ctx.Done()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	err := errors.Join(a.Close(ending), server.Shutdown(ending))
	<-worked
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// welcome says where everything is: the demo page first.
func welcome(o devOptions, addr net.Addr, code string) {
	base := "http://" + addr.String()
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(o.Out, format, args...) } // nobody listens: nothing to do
	say("Zhida is running. Everything is kept in %s; stop it with Ctrl+C, start it again, and nothing is lost.\n\n", o.Data)
	if o.DevSecrets {
		say("  demo    %s/\n", base)
	}
	say("  desk    %s/desk/   sign in as ", base)
	for i, agent := range o.Config.Desk.Agents {
		if i > 0 {
			say(", ")
		}
		say("%s", agent.ID)
	}
	say(" with code %s\n", code)
	say("  widget  ws%s/inapp/live\n  health  %s/healthz\n", base[len("http"):], base)
}
