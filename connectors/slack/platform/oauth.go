package platform

import (
	"net/http"
	"net/url"
	"time"
)

// How long a token lasts that ends, and how many are good at once:
// https://docs.slack.dev/authentication/using-token-rotation; and how long a code waits to be exchanged:
// https://docs.slack.dev/authentication/installing-with-oauth
const (
	lasts       = 12 * time.Hour
	goodAtOnce  = 2
	codeExpires = 10 * time.Minute
)

// token is one that opens the Web API to an app.
type token struct {
	of   *workspace
	ends time.Time // zero: never
}

func (t *token) over(now time.Time) bool { return !t.ends.IsZero() && !now.Before(t.ends) }

// code is what is exchanged for a token.
type code struct {
	of   *workspace
	ends time.Time
	back string // where it was sent; "": the exchange may name any address
}

// Install gives the app its rights in a workspace, and returns the code that it is to exchange for a
// token.
func (p *Platform) Install(team string) (code string) { return p.allow(team, "") }

func (p *Platform) allow(team, back string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := p.secret("code")
	p.codes[name] = code{of: p.workspace(team), ends: p.o.Clock.Now().Add(codeExpires), back: back}
	return name
}

// Uninstall takes the app's rights back, and tells it so: https://docs.slack.dev/reference/events/app_uninstalled
func (p *Platform) Uninstall(team string) *Delivery {
	p.mu.Lock()
	w := p.workspace(team)
	p.mu.Unlock()
	d := p.event(w, map[string]any{"type": "app_uninstalled"})
	p.mu.Lock()
	defer p.mu.Unlock()
	w.installed, w.removal = false, d
	for refresh, of := range p.refreshes {
		if of == w {
			delete(p.refreshes, refresh)
		}
	}
	return d
}

// consent is the page where somebody of the workspace that stands in the query agrees: here they do
// at once.
func (p *Platform) consent(w http.ResponseWriter, r *http.Request) {
	back, err := url.Parse(r.FormValue("redirect_uri"))
	if err != nil || r.FormValue("client_id") != p.o.App.ClientID {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	team := r.FormValue("team")
	if team == "" {
		team = "T00000001"
	}
	query := back.Query()
	query.Set("code", p.allow(team, r.FormValue("redirect_uri")))
	query.Set("state", r.FormValue("state"))
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// access is https://docs.slack.dev/reference/methods/oauth.v2.access; p.mu is held. A code and a refresh
// token are good once.
func (p *Platform) access(r *http.Request, form url.Values) map[string]any {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	switch {
	case id != p.o.App.ClientID:
		return no("invalid_client_id")
	case secret != p.o.App.ClientSecret:
		return no("bad_client_secret")
	}
	switch form.Get("grant_type") {
	case "", "authorization_code":
		return p.exchange(form.Get("code"), form.Get("redirect_uri"))
	case "refresh_token":
		w := p.refreshes[form.Get("refresh_token")]
		if w == nil {
			return no("invalid_refresh_token")
		}
		delete(p.refreshes, form.Get("refresh_token"))
		return p.issue(w)
	}
	return no("invalid_grant_type")
}

// exchange gives a token for a code; p.mu is held.
func (p *Platform) exchange(name, back string) map[string]any {
	c := p.codes[name]
	switch {
	case c.of == nil || !p.o.Clock.Now().Before(c.ends):
		return no("invalid_code")
	case c.back != "" && c.back != back:
		return no("bad_redirect_uri")
	}
	delete(p.codes, name)
	if !c.of.installed { // what it had before is gone with the installation that it was of
		p.keep(c.of, 0)
	}
	c.of.installed = true
	return p.issue(c.of)
}

// issue makes a token; p.mu is held. With rotation the one before is good beside it until it ends.
func (p *Platform) issue(w *workspace) map[string]any {
	said := map[string]any{
		"ok": true, "token_type": "bot", "scope": "chat:write", "bot_user_id": w.bot, "app_id": p.o.App.ID,
		"team": map[string]any{"id": w.id, "name": w.name}, "enterprise": nil, "is_enterprise_install": false,
	}
	t, prefix, most := &token{of: w}, "xoxb-", 1
	if p.o.App.Rotates {
		refresh := p.secret("xoxe-1-")
		p.refreshes[refresh], t.ends = w, p.o.Clock.Now().Add(lasts)
		said["refresh_token"], said["expires_in"] = refresh, int(lasts/time.Second)
		prefix, most = "xoxe.xoxb-1-", goodAtOnce
	}
	name := p.secret(prefix)
	p.tokens[name], w.tokens = t, append(w.tokens, name)
	p.keep(w, most)
	said["access_token"] = name
	return said
}

// keep revokes all but so many of a workspace's newest tokens; p.mu is held.
func (p *Platform) keep(w *workspace, most int) {
	for len(w.tokens) > most {
		delete(p.tokens, w.tokens[0])
		w.tokens = w.tokens[1:]
	}
}
