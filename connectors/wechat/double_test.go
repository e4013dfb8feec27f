package wechat_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const (
	openid    = "oABCD1234567890abcdefghijklm"
	theToken  = "ACCESS-TOKEN-1"
	nextToken = "ACCESS-TOKEN-2"
	official  = "wx1111111111111111"
	menus     = "wx2222222222222222"
	program   = "wx3333333333333333"

	okAnswer = `{"errcode":0,"errmsg":"ok"}`
)

// weixin stands in for WeChat: it answers each path by its handler, and keeps what it got.
type weixin struct {
	*httptest.Server
	mu    sync.Mutex
	calls []gotCall
}

type gotCall struct {
	path, token, body string
	header            http.Header
	query             map[string][]string
}

func newWeixin(t testing.TB, handle func(w http.ResponseWriter, r *http.Request, body string)) *weixin {
	t.Helper()
	x := &weixin{}
	x.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the caller went away
		}
		x.mu.Lock()
		x.calls = append(x.calls, gotCall{r.URL.Path, r.URL.Query().Get("access_token"), string(body), r.Header, r.URL.Query()})
		x.mu.Unlock()
		handle(w, r, string(body))
	}))
	t.Cleanup(x.Close)
	return x
}

// always is a handler with one answer.
func always(text string) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, _ *http.Request, _ string) { _, _ = io.WriteString(w, text) }
}

func (x *weixin) got() []gotCall {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]gotCall(nil), x.calls...)
}

// fixed hands out a token, and another one where that is refused; "" where there is none.
type fixed struct{ token, other string }

func (f fixed) Token(context.Context, string) (config.Secret, error) {
	if f.token == "" {
		return config.Secret{}, fault.New(fault.ProviderAuth, "test", "no token")
	}
	return config.NewSecret(f.token), nil
}

func (f fixed) Refused(_ context.Context, _ string, token config.Secret) (config.Secret, error) {
	if f.other == "" || string(token.Reveal()) != f.token {
		return config.Secret{}, fault.New(fault.ProviderAuth, "test", "another token comes soon")
	}
	return config.NewSecret(f.other), nil
}

func sendOptions(api string, tokens wechat.Tokens) wechat.Options {
	token := config.NewSecret("webhook-token")
	return wechat.Options{
		Accounts: []wechat.Account{
			{ID: official, Kind: wechat.Official, Token: token},
			{ID: menus, Kind: wechat.Official, Token: token, Menus: true},
			{ID: program, Kind: wechat.MiniProgram, Token: token},
		},
		API: api, Client: &http.Client{Transport: &http.Transport{}}, Tokens: tokens, Rand: zeros{},
	}
}

func newConnector(t testing.TB, api string, tokens wechat.Tokens) *wechat.Connector {
	t.Helper()
	return connector(t, sendOptions(api, tokens))
}

func peerAt(account string) conversation.Peer {
	return conversation.Peer{Channel: wechat.Name, Account: account, User: openid}
}

func botText(account, words string) channel.Outbound {
	return channel.Outbound{
		Peer: peerAt(account), Language: conversation.Chinese, Attempt: 1,
		Message: conversation.Message{Author: conversation.Bot, Parts: conversation.TextParts(words)},
	}
}

// bodyOf reads a body in JSON.
func bodyOf(t *testing.T, c gotCall) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(c.body), &body); err != nil {
		t.Fatalf("%v in %s", err, c.body)
	}
	return body
}

// wantFault checks what faultOf does.
func wantFault(t *testing.T, err error, want fault.Code) {
	t.Helper()
	_ = faultOf(t, err, want)
}

// faultOf checks an error's code, and that nothing secret is in anything that it tells.
func faultOf(t *testing.T, err error, want fault.Code) *fault.Error {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != want {
		t.Fatalf("got %v, want %s", err, want)
	}
	shown := err.Error() + " " + fault.PublicOf(err).Hint + " " + f.Hint
	for _, secret := range []string{theToken, nextToken, openid, "access_token=", "APP-SECRET", "words of the customer"} {
		if strings.Contains(shown, secret) {
			t.Errorf("an error holds %q: %s", secret, shown)
		}
	}
	if f.Hint == "" {
		t.Errorf("%v has no hint", err)
	}
	return f
}
