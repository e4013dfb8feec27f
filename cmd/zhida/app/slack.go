package app

import (
	"context"
	"crypto/rand"
	"log/slog"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

// wireSlack adds the channel, where zhida.yaml names the company's app.
func (a *App) wireSlack() error {
	settings := a.o.Config.Channels.Slack
	if settings == nil {
		return nil
	}
	connector, installer, err := slack.Open(settings, slack.Host{
		Vault: a.engines.Vault, Client: channel.NewClient(platformPatience), Now: a.o.Clock.Now, Wait: Waiter(a.o.Clock),
		Random: rand.Text, Failed: a.notInstalled, Language: a.o.Config.Language,
	})
	if err != nil {
		return err
	}
	a.platforms, a.installer = append(a.platforms, connector), installer
	return nil
}

// notInstalled tells whoever runs this why somebody could not install the app.
func (a *App) notInstalled(ctx context.Context, err error) {
	a.o.Log.LogAttrs(ctx, slog.LevelError, "the app was not installed",
		slog.String("channel", slack.Name), slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
}
