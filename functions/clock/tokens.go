package main

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/manager"
	"github.com/zhida-project/zhida/functions/internal/tokens"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// renewWithin is what all accounts' tokens take of the clock's minute: two calls of five
// seconds each, and the vault.
const renewWithin = 15 * time.Second

// renewer fetches WeChat's access tokens, if there are accounts: nobody else on AWS has
// their AppSecrets. Without them the rest of the clock goes on, as does every other account
// where one has none, and each minute says so.
func renewer(d *cloud.Deployment) func(context.Context) error {
	if d.Environment("ZHIDA_OUTBOUND_WECHAT") == "" {
		return func(context.Context) error { return nil }
	}
	kept := tokens.Vault(d)
	values, spared, err := d.TryConfig(manager.Of(d), config.WeChatSecrets)
	settings := values.Channels.WeChat
	if err == nil && settings == nil {
		err = fault.New(fault.Config, "channels.wechat", "zhida.yaml names no account of WeChat's: name them, or deploy with WeChatChannel=off")
	}
	if err != nil || kept == nil {
		return func(context.Context) error { return err }
	}
	keeper, err := wechat.NewKeeper(wechat.KeeperOptions{
		Vault: kept, API: settings.API, Client: channel.NewClient(renewWithin), Accounts: withSecrets(settings),
		Now: d.Now, Holder: rand.Text,
	})
	if err != nil {
		return func(context.Context) error { return err }
	}
	return func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, renewWithin)
		defer cancel()
		return errors.Join(spared, keeper.Renew(ctx))
	}
}

// withSecrets are the accounts whose tokens can be asked for.
func withSecrets(settings *config.WeChat) []wechat.Credentials {
	return slices.DeleteFunc(wechat.CredentialsOf(settings), func(c wechat.Credentials) bool { return c.Secret.Empty() })
}
