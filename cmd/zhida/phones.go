package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/vault"
)

// phones are the WeChat phones of the demo page, for two accounts of the example shop's.
type phones struct {
	platform *platform.Platform
	server   *http.Server // of WeChat's API
	accounts []platform.Account
	settings *config.WeChat
}

// The AppIDs of the example shop's accounts.
const (
	demoOfficial    = "wx00000000000000aa"
	demoMiniProgram = "wx00000000000000bb"
)

// startPhones serves WeChat's API at a free port of this machine's.
func startPhones(ctx context.Context) (*phones, error) {
	played, err := platform.New(platform.Options{Clock: queue.SystemClock(time.Now), Rand: rand.Reader, Client: &http.Client{}})
	if err != nil {
		return nil, err
	}
	server, address, err := playAt(ctx, played)
	if err != nil {
		return nil, err
	}
	p := &phones{
		platform: played, server: server,
		accounts: []platform.Account{
			demoAccount(platform.Account{AppID: demoOfficial, Original: "gh_0000000000aa", Kind: platform.Official, Format: platform.XML, Menus: true}),
			demoAccount(platform.Account{AppID: demoMiniProgram, Original: "gh_0000000000bb", Kind: platform.MiniProgram, Format: platform.JSON}),
		},
		settings: &config.WeChat{API: address},
	}
	for _, a := range p.accounts {
		p.settings.Accounts = append(p.settings.Accounts, config.WeChatAccount{
			ID: a.AppID, Original: a.Original, MiniProgram: a.Kind == platform.MiniProgram, Menus: a.Menus,
			Token: config.NewSecret(a.Token), AESKey: config.NewSecret(a.AESKey), Secret: config.NewSecret(a.Secret),
		})
	}
	return p, nil
}

// demoAccount adds what the console of an account makes up.
func demoAccount(a platform.Account) platform.Account {
	a.Mode, a.Verified = platform.Safe, true
	a.Secret, a.Token, a.AESKey = madeUp(32), madeUp(32), madeUp(43)
	return a
}

// connect says where the webhooks are, and gives the Official Account its menu.
func (p *phones) connect(ctx context.Context, base string, tokens vault.Vault, lang conversation.Language) error {
	for _, a := range p.accounts {
		a.Webhook = base + "/channels/" + wechat.Name + "/" + a.AppID
		if err := p.platform.AddAccount(a); err != nil {
			return err
		}
	}
	m, err := newMenus(p.settings, tokens)
	if err != nil {
		return err
	}
	return m.install(ctx, demoOfficial, lang, wechat.Keep)
}

// close ends what is played.
func (p *phones) close() error {
	p.platform.Close()
	return p.server.Close()
}
