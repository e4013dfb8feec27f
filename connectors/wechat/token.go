package wechat

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

// What the vault holds of an account.
func tokenEntry(account string) string   { return Name + "/" + account }              // its access token
func refusedEntry(account string) string { return Name + "/" + account + "/refused" } // the token that WeChat refused last
func forcedEntry(account string) string  { return Name + "/" + account + "/forced" }  // while none may be forced again

// Reader is the Tokens of a program that may not ask WeChat for tokens: it reads what a Keeper
// in another program keeps.
type Reader struct{ Vault vault.Vault }

var _ Tokens = Reader{}

// soon is when a Keeper that is run by the clock has looked again.
const soon = time.Minute

// Token implements Tokens.
func (r Reader) Token(ctx context.Context, account string) (config.Secret, error) {
	e, err := r.Vault.Get(ctx, tokenEntry(account))
	if fault.Is(err, fault.NotFound) {
		return config.Secret{}, &fault.Error{Code: fault.ProviderAuth, Op: "wechat.Token", RetryAfter: soon,
			Hint: "there is no access token for this account: look at what the program that fetches them reports, each minute", Err: err}
	}
	return e.Value, fault.Wrap(err, fault.Unavailable, "wechat.Token", "look at the vault")
}

// Refused implements Tokens: it returns what is kept meanwhile, or leaves word for the Keeper.
func (r Reader) Refused(ctx context.Context, account string, token config.Secret) (config.Secret, error) {
	const op = "wechat.Refused"
	e, err := r.Vault.Get(ctx, tokenEntry(account))
	switch {
	case err == nil && !same(e.Value, token):
		return e.Value, nil
	case err != nil && !fault.Is(err, fault.NotFound):
		return config.Secret{}, fault.Wrap(err, fault.Unavailable, op, "look at the vault")
	}
	if err := note(ctx, r.Vault, account, token); err != nil {
		return config.Secret{}, err
	}
	return config.Secret{}, &fault.Error{Code: fault.ProviderAuth, Op: op, RetryAfter: soon,
		Hint: "WeChat refuses the access token, and another one is fetched within a minute: where it never comes, compare the account's AppSecret"}
}

// note leaves word that WeChat refused a token.
func note(ctx context.Context, v vault.Vault, account string, token config.Secret) error {
	e, err := v.Get(ctx, refusedEntry(account))
	switch {
	case err == nil && same(e.Value, token):
		return nil
	case err == nil || fault.Is(err, fault.NotFound):
		_, err = v.Put(ctx, refusedEntry(account), vault.Entry{Value: token, Version: e.Version})
	}
	if fault.Is(err, fault.Conflict) {
		return nil // somebody else notes the same, or something newer
	}
	return fault.Wrap(err, fault.Unavailable, "wechat.Refused", "look at the vault")
}

func same(a, b config.Secret) bool { return string(a.Reveal()) == string(b.Reveal()) }
