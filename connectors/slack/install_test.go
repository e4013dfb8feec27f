package slack_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const callback = "https://zhida.example/channels/slack/oauth"

// The example of https://docs.slack.dev/reference/methods/oauth.v2.access
const installed = `{"ok":true,"access_token":"xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcBrzbqgy","token_type":"bot","scope":"commands,incoming-webhook",` +
	`"bot_user_id":"U0KRQLJ9H","app_id":"A0KRD7HC3","team":{"name":"Slack Pickleball Team","id":"T9TK3CUKW"},"enterprise":{"name":"slack-pickleball","id":"E12345678"},` +
	`"authed_user":{"id":"U1234","scope":"chat:write","access_token":"xoxp-1234","token_type":"user"}}`

// browser is who installs the app.
type browser struct {
	t         *testing.T
	office    *office
	installer *slack.Installer
	cookies   []*http.Cookie
	failed    []error
}

func newBrowser(t *testing.T) *browser {
	b := &browser{t: t, office: newOffice(t)}
	i, err := slack.NewInstaller(slack.InstallerOptions{
		Keeper: b.office.keeper(), Callback: callback, Random: func() string { return "the-nonce" }, Language: conversation.English,
		Failed: func(_ context.Context, err error) { b.failed = append(b.failed, err) },
	})
	b.office.must(err)
	b.installer = i
	return b
}

func (b *browser) get(address string) *http.Response {
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.installer.ServeHTTP(w, r)
	return w.Result()
}

// leave goes to Slack and returns the state that it was given.
func (b *browser) leave() string {
	b.t.Helper()
	answer := b.get("https://zhida.example/channels/slack/install")
	to, err := answer.Location()
	b.office.must(err)
	if q := to.Query(); to.Host != "slack.com" || q.Get("client_id") != "123.456" || q.Get("redirect_uri") != callback || !strings.Contains(q.Get("scope"), "chat:write") {
		b.t.Errorf("led to %s", to)
	}
	b.cookies = answer.Cookies()
	if c := b.cookies[0]; !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode {
		b.t.Errorf("the cookie is %+v", c)
	}
	return to.Query().Get("state")
}

func (b *browser) back(query url.Values) int {
	return b.get(callback + "?" + query.Encode()).StatusCode
}

func TestInstall(t *testing.T) {
	b := newBrowser(t)
	for range 2 { // again in the place of the first
		state := b.leave()
		b.office.answer = installed
		if status := b.back(url.Values{"code": {"1234.5678"}, "state": {state}}); status != http.StatusOK {
			t.Fatalf("status %d, %v", status, b.failed)
		}
	}
	asked := b.office.asked[0]
	if asked.Get("code") != "1234.5678" || asked.Get("redirect_uri") != callback || asked.Get("client_id") != "123.456" {
		t.Errorf("asked %v", asked)
	}
	got, err := b.office.keeper().Token(t.Context(), "T9TK3CUKW")
	if err != nil || !strings.HasPrefix(string(got.Reveal()), "xoxb-17653672481") {
		t.Errorf("kept %v, %v", got, err)
	}
}

func TestInstallOfAnOrganisation(t *testing.T) {
	b := newBrowser(t)
	b.office.answer = strings.Replace(installed, `{"ok":true,`, `{"ok":true,"is_enterprise_install":true,"refresh_token":"xoxe-1","expires_in":43200,`, 1)
	if status := b.back(url.Values{"code": {"1"}, "state": {b.leave()}}); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	k := b.office.keeper()
	if _, err := k.Token(t.Context(), "E12345678"); err != nil {
		t.Error(err)
	}
	b.office.answer = ""
	b.office.pass(12 * time.Hour)
	got, err := k.Token(t.Context(), "E12345678")
	if err != nil || string(got.Reveal()) != "xoxe.xoxb-1" {
		t.Errorf("renewed: %v", err)
	}
}

// TestWhoMayNotInstall: somebody who was sent here with another's code, who took too long, who said no.
func TestWhoMayNotInstall(t *testing.T) {
	for name, c := range map[string]struct {
		change func(b *browser, q url.Values)
		status int
	}{
		"no cookie":       {func(b *browser, _ url.Values) { b.cookies = nil }, 400},
		"another cookie":  {func(b *browser, _ url.Values) { b.cookies[0].Value = "another" }, 400},
		"an empty cookie": {func(b *browser, _ url.Values) { b.cookies[0].Value = "" }, 400},
		"no state":        {func(_ *browser, q url.Values) { q.Del("state") }, 400},
		"a later state":   {func(_ *browser, q url.Values) { q.Set("state", "9"+q.Get("state")) }, 400},
		"too late":        {func(b *browser, _ url.Values) { b.office.pass(10 * time.Minute) }, 400},
		"declined":        {func(_ *browser, q url.Values) { q.Set("error", "access_denied") }, 200},
		"no code":         {func(_ *browser, q url.Values) { q.Del("code") }, 400},
		"a used code":     {func(b *browser, _ url.Values) { b.office.answer = `{"ok":false,"error":"invalid_code"}` }, 502},
		"no bot":          {func(b *browser, _ url.Values) { b.office.answer = `{"ok":true,"team":{"id":"T1"}}` }, 502},
	} {
		b := newBrowser(t)
		b.office.answer = installed
		q := url.Values{"code": {"1234.5678"}, "state": {b.leave()}}
		c.change(b, q)
		if status := b.back(q); status != c.status {
			t.Errorf("%s: status %d, want %d", name, status, c.status)
		}
		if _, err := b.office.keeper().Token(t.Context(), "T9TK3CUKW"); !fault.Is(err, fault.RecipientGone) {
			t.Errorf("%s: a token is kept (%v)", name, err)
		}
	}
}
