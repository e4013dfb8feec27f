package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/sqlitefile"
	"github.com/zhida-project/zhida/shared/vault"
	"github.com/zhida-project/zhida/shared/vault/sqlitevault"
)

// weChatCommand is `zhida wechat`: what is done to the company's accounts at WeChat.
type weChatCommand struct {
	Menu menuCommand `cmd:"" help:"Give your Official Accounts a menu with the way to a person."`
}

// menuCommand is `zhida wechat menu`.
type menuCommand struct {
	Config  string `required:"" placeholder:"FILE" help:"Your zhida.yaml; the AppSecrets come from the environment, as it says."`
	Account string `placeholder:"APPID" help:"One of its Official Accounts; all of them if none is named."`
	Replace bool   `help:"Replace a menu that shows no way to a person."`
}

// Help says what stays as it is.
func (menuCommand) Help() string {
	return "A menu that shows the way to a person stays as it is. WeChat answers only machines on the account's IP list: run it on one."
}

// Run gives each account its menu, and tells of each.
func (c menuCommand) Run(ctx context.Context, p process) error {
	text, err := readLimited(c.Config)
	if err != nil {
		return fault.Wrap(err, fault.Config, "--config", "name a zhida.yaml that can be read")
	}
	values, err := config.Parse(text).Load(p.lookup, config.WeChatSecrets)
	if err != nil {
		return named(err, c.Config)
	}
	accounts, err := c.accounts(values.Channels.WeChat)
	if err != nil {
		return err
	}
	return withVault(ctx, func(tokens vault.Vault) error {
		m, err := newMenus(values.Channels.WeChat, tokens)
		if err != nil {
			return err
		}
		failed := 0
		for _, id := range accounts {
			if err := m.install(ctx, id, values.Language, c.existing()); err != nil {
				failed++
				p.sayf("%s\t%s\n", id, why(err))
				continue
			}
			if _, err := fmt.Fprintf(p.out, "%s\tits menu shows the way to a person\n", id); err != nil {
				return fault.Wrap(err, fault.Unavailable, "zhida wechat menu", "nobody reads the output")
			}
		}
		if failed > 0 {
			return fault.New(fault.ProviderRefused, "zhida wechat menu",
				fmt.Sprintf("the menus of %d of %d accounts may show no way to a person: the lines above say why", failed, len(accounts)))
		}
		return nil
	})
}

func (c menuCommand) existing() wechat.Existing {
	if c.Replace {
		return wechat.Replace
	}
	return wechat.Keep
}

// accounts are those to give a menu: Mini Programs have none.
func (c menuCommand) accounts(settings *config.WeChat) (ids []string, err error) {
	if settings == nil {
		return nil, fault.New(fault.Config, "channels.wechat", "zhida.yaml names no account of WeChat's")
	}
	for _, a := range settings.Accounts {
		if !a.MiniProgram && (c.Account == "" || c.Account == a.ID) {
			ids = append(ids, a.ID)
		}
	}
	if len(ids) == 0 {
		return nil, fault.New(fault.Config, "--account", "zhida.yaml names no such Official Account")
	}
	return ids, nil
}

// menus gives accounts their menus.
type menus struct{ options wechat.Options }

// menuPatience is for one call of WeChat's.
const menuPatience = 20 * time.Second

func newMenus(settings *config.WeChat, tokens vault.Vault) (*menus, error) {
	client := &http.Client{Timeout: menuPatience}
	keeper, err := wechat.NewKeeper(wechat.KeeperOptions{
		Vault: tokens, API: settings.API, Client: client, Accounts: wechat.CredentialsOf(settings),
		Now: time.Now, Holder: rand.Text,
	})
	return &menus{wechat.Options{API: settings.API, Client: client, Tokens: keeper}}, err
}

func (m *menus) install(ctx context.Context, id string, lang conversation.Language, existing wechat.Existing) error {
	return wechat.InstallMenu(ctx, m.options, id, wechat.DefaultMenu(lang), existing)
}

// withVault runs work with a vault that ends with it. WeChat hands the same token to all
// who ask, so that whoever serves the account goes on with theirs.
func withVault(ctx context.Context, work func(vault.Vault) error) (err error) {
	const op = "zhida wechat"
	folder, err := os.MkdirTemp("", "zhida-wechat-")
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, op, "look at the disk")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file, err := sqlitefile.Open(ctx, sqlitefile.Options{Path: filepath.Join(folder, "tokens.db")})
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, op, "look at the disk")
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	v, err := sqlitevault.Open(ctx, file, sqlitevault.Options{Key: config.NewSecret(rand.Text() + rand.Text()), Now: time.Now})
	if err != nil {
		return err
	}
	return work(v)
}
