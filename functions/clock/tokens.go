package main

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/manager"
	"github.com/zhida-project/zhida/functions/internal/tokens"
	"github.com/zhida-project/zhida/shared/config"
)

// renewWithin is what all accounts' tokens take of the clock's minute: two calls of five
// seconds each, and the vault.
const renewWithin = 15 * time.Second

// renewer fetches WeChat's access tokens, if there are accounts: nobody else on AWS has
// their AppSecrets. Without them the rest of the clock goes on, and says so each minute.
func renewer(d *cloud.Deployment) func(context.Context) error {
	if d.Environment("ZHIDA_OUTBOUND_WECHAT") == "" {
		return func(context.Context) error { return nil }
	}
	kept := tokens.Vault(d)
	values, err := d.TryConfig(manager.Of(d), config.WeChatSecrets)
	settings := values.Channels.WeChat
	if err != nil || settings == nil || kept == nil {
		return func(context.Context) error { return err }
	}
	keeper, err := wechat.NewKeeper(wechat.KeeperOptions{
		Vault: kept, API: settings.API, Client: wechat.NewClient(renewWithin), Accounts: wechat.CredentialsOf(settings),
		Now: d.Now, Holder: rand.Text,
	})
	if err != nil {
		return func(context.Context) error { return err }
	}
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, renewWithin)
		defer cancel()
		return keeper.Renew(ctx)
	}
}
