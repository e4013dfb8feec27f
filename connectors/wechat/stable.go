package wechat

import (
	"context"
	"errors"
	"time"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

// fetch asks WeChat for the account's token. It is forced to make another only where it
// hands out the refused one again.
func (k *Keeper) fetch(ctx context.Context, a Credentials, refused config.Secret) (vault.Entry, error) {
	e, err := k.ask(ctx, a, stable)
	if err != nil || !same(e.Value, refused) {
		return e, err
	}
	if err := k.mayForce(ctx, a.ID); err != nil {
		return vault.Entry{}, err
	}
	e, err = k.ask(ctx, a, forced)
	if err == nil && same(e.Value, refused) {
		return vault.Entry{}, notYet(forceEvery)
	}
	return e, err
}

// mayForce takes the one right to force that there is in forceEvery, for all programs together.
func (k *Keeper) mayForce(ctx context.Context, account string) error {
	now := k.o.Now()
	_, err := k.o.Vault.Put(ctx, forcedEntry(account), vault.Entry{Value: config.NewSecret("forced"), Expires: now.Add(forceEvery)})
	if !fault.Is(err, fault.Conflict) {
		return fault.Wrap(err, fault.Unavailable, "wechat.Token", "look at the vault")
	}
	last, err := k.get(ctx, forcedEntry(account))
	if err != nil {
		return err
	}
	return notYet(max(last.Expires.Sub(now), time.Second))
}

func notYet(after time.Duration) error {
	return &fault.Error{Code: fault.ProviderBusy, Op: "wechat.Token", RetryAfter: after,
		Hint: "WeChat refuses the access token that it hands out, and makes another only twice a minute: where this stays, look at the account's notices in 微信公众平台"}
}

// mode is how a token is asked for.
type mode bool

const (
	stable mode = false // the same token as long as it is good: for everybody who asks
	forced mode = true  // another one, and the old one ends
)

// ask makes one call for a token. The AppSecret is in its body, never in its address.
// Source: https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
func (k *Keeper) ask(ctx context.Context, a Credentials, m mode) (vault.Entry, error) {
	call, err := post("wechat.Token", "/cgi-bin/stable_token", struct {
		Grant  string `json:"grant_type"`
		ID     string `json:"appid"`
		Secret string `json:"secret"`
		Force  bool   `json:"force_refresh"`
	}{"client_credential", a.ID, string(a.Secret.Reveal()), bool(m)})
	if err != nil {
		return vault.Entry{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	asked := k.o.Now() // what WeChat says of the rest of its time counts from later
	var got struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	if err := newAPI(k.o.API, k.o.Client, nil).ask(ctx, call, &got); err != nil {
		return vault.Entry{}, ofAccount(err)
	}
	if got.Token == "" || got.Seconds <= 0 || got.Seconds > longestToken {
		return vault.Entry{}, call.lost(errors.New("the answer has no token, or none that lasts"))
	}
	return vault.Entry{Value: config.NewSecret(got.Token), Expires: asked.Add(time.Duration(got.Seconds) * time.Second)}, nil
}

// ofAccount makes every no to who asks for a token one to the account. What waits for the token
// to be sent was not refused: it waits until somebody has put the account right.
func ofAccount(err error) error {
	var no *fault.Error
	if !errors.As(err, &no) || no.Code == fault.ProviderBusy || no.Code == fault.ProviderAuth {
		return err
	}
	return &fault.Error{Code: fault.ProviderAuth, Op: no.Op, Hint: no.Hint, Err: no.Err}
}

// longestToken is how long a token lasts at most, in seconds.
const longestToken = 7200
