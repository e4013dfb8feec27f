// Command slack is the channel of the company's Slack app on AWS: Slack's calls, the delivery of
// what we say, and the pages where workspaces install the app. It has the app's client secret: a
// token is renewed by who needs it.
package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/functions/internal/bucket"
	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/manager"
	"github.com/zhida-project/zhida/functions/internal/talk"
	"github.com/zhida-project/zhida/functions/internal/tokens"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/intent"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/outbox"
)

func main() { os.Exit(cloud.Run(os.Environ(), os.Stdout, time.Now, parts)) }

// The times of a call of Slack's API, and of keeping what it gave us: together less than
// the function has.
const (
	callWithin = 20 * time.Second
	keepWithin = 5 * time.Second
)

func parts(d *cloud.Deployment) (o lambdahost.Options, err error) {
	go intent.Prepare() // while the secrets are fetched
	values := d.ConfigWith(manager.Of(d), config.DeploymentKey, config.SlackSigningSecret, config.SlackClientSecret)
	shown, kept := bucket.Media(d, values, keepWithin), tokens.Vault(d)
	settings := values.Channels.Slack
	if settings == nil {
		return o, fault.New(fault.Config, "channels.slack", "zhida.yaml does not name this function's channel")
	}
	connector, installer, err := slack.Open(settings, slack.Host{
		Vault: kept, Client: channel.NewClient(callWithin), Now: d.Now, Wait: wait, Random: rand.Text,
		Failed: func(ctx context.Context, err error) { notInstalled(ctx, d.Log(), err) }, Language: values.Language,
	})
	if err != nil {
		return o, err
	}
	talks, err := talk.New(d, values, connector, shown)
	if err != nil {
		return o, err
	}
	mux := http.NewServeMux()
	mux.Handle(slack.CallsPath, talks.Inbound.NewHandler(connector, nil))
	mux.Handle("GET "+slack.InstallPath, installer)
	mux.Handle("GET "+slack.OAuthPath, installer)
	return lambdahost.Options{
		HTTP: jsonhttp.Known(mux),
		Queues: map[string]func(context.Context, []byte) error{
			"outbound-slack":       talks.Drain.Handle,
			"outbound-slack-later": talks.Outbox.RingOn(slack.Name),
			"slack-lines":          outbox.Watch(talks.Drain.ShowLine),
		},
	}, nil
}

// notInstalled tells why somebody could not install the app.
func notInstalled(ctx context.Context, log *slog.Logger, err error) {
	log.LogAttrs(ctx, slog.LevelError, "the app was not installed",
		slog.String("channel", slack.Name), slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
}

// wait returns after d, or ctx's error sooner.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
