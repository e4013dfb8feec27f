package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/vault"
)

// slackWindow is the Slack of the demo page, with one workspace: the example shop's.
type slackWindow struct {
	platform *platform.Platform
	server   *http.Server // of Slack's API
	team     string       // another one at every start: Slack begins anew, and names people as before
	settings *config.Slack
}

// The app of the example shop's, and the channel that it is in.
const (
	demoSlackApp     = "A0000000001"
	demoSlackClient  = "1000000000.1000000000"
	demoSlackChannel = "support"
)

// startSlack serves Slack's API. base is where it calls the app.
func startSlack(ctx context.Context, base string) (*slackWindow, error) {
	s := &slackWindow{team: "T" + strings.ToUpper(madeUp(10)), settings: &config.Slack{
		ClientID: demoSlackClient, Address: base,
		SigningSecret: config.NewSecret(madeUp(32)), ClientSecret: config.NewSecret(madeUp(32)),
	}}
	var err error
	s.platform, err = platform.New(platform.Options{Clock: queue.SystemClock(time.Now), Rand: rand.Reader, Client: &http.Client{}, App: platform.App{
		ID: demoSlackApp, ClientID: demoSlackClient, Address: base + slack.CallsPath, Rotates: true,
		SigningSecret: string(s.settings.SigningSecret.Reveal()), ClientSecret: string(s.settings.ClientSecret.Reveal()),
	}})
	if err != nil {
		return nil, err
	}
	server, address, err := playAt(ctx, s.platform)
	if err != nil {
		return nil, err
	}
	s.server, s.settings.API, s.settings.Authorize = server, address+"/api/", address+"/oauth/v2/authorize"
	return s, nil
}

// console is what the page plays people of the workspace by.
func (s *slackWindow) console() http.Handler { return s.platform.Console(s.team, demoSlackChannel) }

// installPatience is for the one call that it takes.
const installPatience = 10 * time.Second

// install has the workspace install the app, and keeps its token where the channel finds it.
func (s *slackWindow) install(ctx context.Context, tokens vault.Vault) error {
	clock := queue.SystemClock(time.Now)
	keeper, err := slack.NewKeeper(slack.KeeperOptions{
		Vault: tokens, ClientID: demoSlackClient, ClientSecret: s.settings.ClientSecret, API: s.settings.API,
		Client: channel.NewClient(installPatience), Now: clock.Now, Holder: rand.Text, Wait: app.Waiter(clock),
	})
	if err != nil {
		return err
	}
	return keeper.Install(ctx, s.platform.Install(s.team), s.settings.Address+slack.OAuthPath)
}

// close ends what is played.
func (s *slackWindow) close() error {
	s.platform.Close()
	return s.server.Close()
}
