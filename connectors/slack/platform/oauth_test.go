package platform_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
)

func rotates(o *platform.Options) { o.App.Rotates = true }

// works fails where a token does not open the Web API with that answer; "" is ok.
func (w *world) works(token, failure string) {
	w.t.Helper()
	w.wants(w.call("conversations.open", token, url.Values{"users": {w.p.Person("T1", "li").ID}}), failure)
}

// TestTokensThatAreRefused: in the form or in a header, as
// https://docs.slack.dev/authentication/installing-with-oauth has it (Using tokens).
func TestTokensThatAreRefused(t *testing.T) {
	w, token := newWorld(t, nil)
	w.works(token, "")
	w.works("", "not_authed")
	w.works("xoxb-another", "invalid_auth")
	who := url.Values{"users": {w.p.Person("T1", "li").ID}}.Encode()
	const form = "application/x-www-form-urlencoded"
	w.wants(w.get(http.MethodPost, "/api/conversations.open", token, form, who), "")
	w.wants(w.get(http.MethodPost, "/api/conversations.open", "xoxb-another", form, who+"&token="+token), "invalid_auth")
	w.clock.Advance(1_000 * time.Hour)
	w.works(token, "")
	if got := w.p.Violations(); len(got) > 0 {
		t.Errorf("violations: %+v", got)
	}
	w.must(w.p.Uninstall("T1").Wait(w.patience()))
	w.works(token, "account_inactive")
	if got := w.p.Violations(); len(got) != 1 || got[0].Method != "conversations.open" || got[0].Error != "account_inactive" {
		t.Errorf("violations: %+v", got)
	}
	again := w.exchange(w.p.Install("T1")).text("access_token")
	w.works(again, "")
	w.works(token, "invalid_auth")
}

// TestWhoWasNotToldOfARemoval breaks no rule by calling: it cannot know.
func TestWhoWasNotToldOfARemoval(t *testing.T) {
	w, token := newWorld(t, nil)
	w.p.FailPushes(platform.LoseRequest)
	removal := w.p.Uninstall("T1")
	w.must(w.p.Rests(w.patience()))
	w.works(token, "account_inactive")
	if got := w.p.Violations(); len(got) > 0 {
		t.Errorf("before it is told: violations %+v", got)
	}
	w.passes(3 * time.Second) // Slack gives up, and calls again at once
	w.must(removal.Wait(w.patience()))
	w.works(token, "account_inactive")
	if got := w.p.Violations(); len(got) != 1 {
		t.Errorf("once it is told: violations %+v", got)
	}
}

// TestCodesAreGoodOnce, and for ten minutes: https://docs.slack.dev/authentication/installing-with-oauth
func TestCodesAreGoodOnce(t *testing.T) {
	w, first := newWorld(t, nil)
	code := w.p.Install("T1")
	s := w.exchange(code)
	w.wants(s, "")
	w.works(s.text("access_token"), "")
	w.works(first, "invalid_auth")
	w.wants(w.exchange(code), "invalid_code")
	w.wants(w.exchange("another"), "invalid_code")
	for after, want := range map[time.Duration]string{10*time.Minute - 1: "", 10 * time.Minute: "invalid_code"} {
		code := w.p.Install("T1")
		w.clock.Advance(after)
		w.wants(w.exchange(code), want)
	}
	// The shape of https://docs.slack.dev/reference/methods/oauth.v2.access (Response).
	example := map[string]any{"ok": true, "access_token": "", "token_type": "", "scope": "", "bot_user_id": "", "app_id": "", "team": map[string]any{"name": "", "id": ""}}
	if lacks := missing("", example, s.body); len(lacks) > 0 || s.body["refresh_token"] != nil {
		t.Errorf("%s lacks %q", s.raw, lacks)
	}
}

func TestWhoMayExchange(t *testing.T) {
	w, _ := newWorld(t, nil)
	ask := func(id, secret, kind string) said {
		return w.call("oauth.v2.access", "", url.Values{"client_id": {id}, "client_secret": {secret}, "code": {w.p.Install("T1")}, "grant_type": {kind}})
	}
	w.wants(ask("1.2", clientSecret, ""), "invalid_client_id")
	w.wants(ask(clientID, "x", ""), "bad_client_secret")
	w.wants(ask(clientID, clientSecret, "password"), "invalid_grant_type")
	w.wants(ask(clientID, clientSecret, "authorization_code"), "")
	form := strings.NewReader(url.Values{"code": {w.p.Install("T1")}}.Encode())
	r, err := http.NewRequestWithContext(w.patience(), http.MethodPost, w.api.URL+"/api/oauth.v2.access", form)
	w.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(clientID, clientSecret)
	w.wants(w.do(r), "")
}

// TestTokensEnd after twelve hours. A refresh token is good once, and the token before works beside the
// new one; a third ends the first. https://docs.slack.dev/authentication/using-token-rotation
func TestTokensEnd(t *testing.T) {
	w, _ := newWorld(t, rotates)
	one := w.exchange(w.p.Install("T1"))
	if !strings.HasPrefix(one.text("access_token"), "xoxe.xoxb-1-") || !strings.HasPrefix(one.text("refresh_token"), "xoxe-1-") || one.body["expires_in"] != 43_200.0 {
		t.Errorf("given %s", one.raw)
	}
	w.clock.Advance(12*time.Hour - 1)
	w.works(one.text("access_token"), "")
	w.clock.Advance(1)
	w.works(one.text("access_token"), "token_expired")
	two := w.refresh(one.text("refresh_token"))
	w.wants(two, "")
	w.works(two.text("access_token"), "")
	w.works(one.text("access_token"), "token_expired")
	w.wants(w.refresh(one.text("refresh_token")), "invalid_refresh_token")
	w.wants(w.refresh("another"), "invalid_refresh_token")
	three := w.refresh(two.text("refresh_token"))
	w.works(two.text("access_token"), "")
	w.works(three.text("access_token"), "")
	four := w.refresh(three.text("refresh_token"))
	w.works(two.text("access_token"), "invalid_auth")
	w.works(three.text("access_token"), "")
	w.works(four.text("access_token"), "")
	if got := w.p.Violations(); len(got) > 0 {
		t.Errorf("violations: %+v", got)
	}
	w.must(w.p.Uninstall("T1").Wait(w.patience()))
	w.wants(w.refresh(four.text("refresh_token")), "invalid_refresh_token")
	w.works(w.exchange(w.p.Install("T1")).text("access_token"), "")
	w.works(four.text("access_token"), "invalid_auth")
}

// TestConsent: the page sends who agrees back with a code, which is good for that address only.
func TestConsent(t *testing.T) {
	w, _ := newWorld(t, nil)
	const back = "https://zhida.example/oauth?a=1"
	page := func(id string) said {
		return w.get(http.MethodGet, "/oauth/v2/authorize?"+url.Values{"client_id": {id}, "redirect_uri": {back}, "state": {"the state"}, "team": {"T7"}}.Encode(), "", "", "")
	}
	if got := page("1.2").status; got != http.StatusBadRequest {
		t.Errorf("another app's: status %d", got)
	}
	s := page(clientID)
	to, err := url.Parse(s.header.Get("Location"))
	w.must(err)
	query := to.Query()
	if s.status != http.StatusFound || to.Host != "zhida.example" || query.Get("a") != "1" || query.Get("state") != "the state" {
		t.Errorf("sent to %s with status %d", to, s.status)
	}
	ask := func(back string) said {
		return w.call("oauth.v2.access", "", url.Values{"client_id": {clientID}, "client_secret": {clientSecret}, "code": {query.Get("code")}, "redirect_uri": {back}})
	}
	w.wants(ask("https://elsewhere.example/"), "bad_redirect_uri")
	s = ask(back)
	w.wants(s, "")
	if team := s.body["team"].(map[string]any)["id"]; team != "T7" {
		t.Errorf("installed in %v", team)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	if _, err := platform.New(platform.Options{}); err == nil {
		t.Error("a platform of nothing")
	}
}
