package app

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/queue"
)

// wireWeChat adds the channel, where zhida.yaml names accounts of the company's.
func (a *App) wireWeChat() error {
	settings := a.o.Config.Channels.WeChat
	if settings == nil {
		return nil
	}
	client := channel.NewClient(platformPatience)
	tokens, err := wechat.NewKeeper(wechat.KeeperOptions{
		Vault: a.engines.Vault, API: settings.API, Client: client, Accounts: wechat.CredentialsOf(settings),
		Now: a.o.Clock.Now, Holder: rand.Text, Wait: Waiter(a.o.Clock),
	})
	if err != nil {
		return err
	}
	connector, err := wechat.New(wechat.Options{
		Accounts: wechat.AccountsOf(settings), API: settings.API, Client: client, Tokens: tokens,
		Rand: rand.Reader, Language: a.o.Config.Language,
	})
	if err != nil {
		return err
	}
	a.platforms = append(a.platforms, connector)
	return nil
}

// platformPatience is for one call, also for one that fetches what a customer sent.
const platformPatience = 40 * time.Second

// Waiter returns what waits by a clock: until d has passed, or with ctx's error sooner.
func Waiter(clock queue.Clock) func(ctx context.Context, d time.Duration) error {
	return func(ctx context.Context, d time.Duration) error {
		fired, stop := clock.Timer(d)
		defer stop()
		select {
		case <-fired:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
