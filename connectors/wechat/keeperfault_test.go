package wechat_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

func TestOneAccountsFaultIsItsOwn(t *testing.T) {
	b := newBench(t)
	x := newWeixin(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if strings.Contains(body, menus) {
			_, _ = io.WriteString(w, `{"errcode":40164,"errmsg":"invalid ip 101.45.43.1 ipv6 ::ffff:101.45.43.1, not in whitelist hint: [jotvMa01143580]"}`)
			return
		}
		b.handle(w, r, body)
	})
	b.url = x.URL
	err := b.keeper(t, menus, official).Renew(t.Context())
	f := faultOf(t, err, fault.ProviderAuth)
	if !strings.Contains(f.Hint, "101.45.43.1") || !strings.Contains(err.Error(), "40164, of the address 101.45.43.1") || !strings.Contains(err.Error(), menus) || strings.Contains(err.Error(), official) {
		t.Errorf("%v: %s", err, f.Hint)
	}
	token, err := wechat.Reader{Vault: b.vault}.Token(t.Context(), official)
	wantToken(t, token, err, "TOKEN-"+official+"-0")
}

func TestKeeperFaults(t *testing.T) {
	for answer, want := range map[string]fault.Code{
		`{"errcode":40125,"errmsg":"invalid appsecret rid: 66b5fb8f-5e3c0071-3d7f539a"}`: fault.ProviderAuth,
		`{"errcode":40013,"errmsg":"invalid appid"}`:                                     fault.ProviderAuth,
		`{"errcode":50002,"errmsg":"user limited rid: 6094a306-4b2ff16d-09f2d74d"}`:      fault.ProviderAuth, // listed nowhere for this call
		`{"errcode":40003,"errmsg":"invalid openid"}`:                                    fault.ProviderAuth,
		`{"errcode":45009,"errmsg":"reach max api daily quota limit"}`:                   fault.ProviderBusy,
		`{"errcode":45011,"errmsg":"api minute-quota reach limit"}`:                      fault.ProviderBusy,
		`{}`:                                  fault.ProviderBusy,
		`<html>`:                              fault.ProviderBusy,
		`{"access_token":"T","expires_in":0}`: fault.ProviderBusy,
		`{"access_token":"T","expires_in":99999999}`: fault.ProviderBusy,
		strings.Repeat(" ", 10<<20):                  fault.ProviderBusy,
	} {
		b := newBench(t)
		b.answer = answer
		_, err := b.keeper(t, official).Token(t.Context(), official)
		wantFault(t, err, want)
	}
	_, err := newBench(t).keeper(t, official).Token(t.Context(), menus)
	wantFault(t, err, fault.ProviderAuth)
	for _, o := range []wechat.KeeperOptions{{}, {Accounts: []wechat.Credentials{{ID: official}, {Secret: config.NewSecret("APP-SECRET")}}}} {
		_, err := wechat.NewKeeper(o)
		wantFault(t, err, fault.Config)
		var all interface{ Unwrap() []error }
		if errors.As(err, &all) && len(all.Unwrap()) != 1+len(o.Accounts) {
			t.Errorf("not all is told: %v", err)
		}
	}
}

// TestSecretIsInNoError where the call itself fails.
func TestSecretIsInNoError(t *testing.T) {
	b := newBench(t)
	b.url = "http://127.0.0.1:1"
	_, err := b.keeper(t, official).Token(t.Context(), official)
	wantFault(t, err, fault.ProviderBusy)
}

// watched tells of looks at a vault.
type watched struct {
	vault.Vault
	looked func()
}

func (w watched) Get(ctx context.Context, name string) (vault.Entry, error) {
	defer w.looked()
	return w.Vault.Get(ctx, name)
}

// TestWhoHasNoTimeWaitsForNobody: WeChat may take its time with whoever asks first.
func TestWhoHasNoTimeWaitsForNobody(t *testing.T) {
	b := newBench(t)
	asked, answer := make(chan struct{}), make(chan struct{})
	var first sync.WaitGroup
	defer first.Wait()
	defer close(answer)
	b.before = func() { close(asked); <-answer }
	waits, end := context.WithCancel(t.Context())
	var looks atomic.Int64
	b.vault = watched{b.vault, func() {
		if looks.Add(1) == 0 {
			end()
		}
	}}
	k := b.keeper(t, official)
	first.Go(func() { _, _ = k.Token(t.Context(), official) }) // what it gets is another test's
	<-asked
	looks.Store(-4) // at both entries, and at both again where another goroutine asks already
	_, err := k.Token(waits, official)
	if f := faultOf(t, err, fault.ProviderBusy); !errors.Is(f, context.Canceled) {
		t.Errorf("it waits for a call that is not its own, though its time is over: %v", err)
	}
}

// forgetful is a vault that takes no token.
type forgetful struct{ vault.Vault }

func (f forgetful) Put(ctx context.Context, name string, e vault.Entry) (string, error) {
	if name == "wechat/"+official {
		return "", fault.New(fault.Unavailable, "test", "look at the vault")
	}
	return f.Vault.Put(ctx, name, e)
}

// TestATokenThatCannotBeKeptIsUsed: WeChat gives the same to whoever asks next. Whoever renews is told.
func TestATokenThatCannotBeKeptIsUsed(t *testing.T) {
	b := newBench(t)
	b.vault = forgetful{b.vault}
	k := b.keeper(t, official)
	token, err := k.Token(t.Context(), official)
	wantToken(t, token, err, "TOKEN-"+official+"-0")
	token, err = k.Refused(t.Context(), official, token)
	wantToken(t, token, err, "TOKEN-"+official+"-1")
	wantFault(t, k.Renew(t.Context()), fault.Unavailable)
}
