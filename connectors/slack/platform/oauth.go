package platform

import (
	"net/http"
	"net/url"
	"time"
)

// lasts is how long a token lasts that ends: https://docs.slack.dev/authentication/using-token-rotation
const lasts = 12 * time.Hour

// Install gives the app its rights in a workspace, and returns the code that it is to exchange for a
// token.
func (p *Platform) Install(team string) (code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	code = p.secret("code")
	p.codes[code] = p.workspace(team)
	return code
}

// Uninstall takes the app's rights back, and tells it so: https://docs.slack.dev/reference/events/app_uninstalled
func (p *Platform) Uninstall(team string) *Delivery {
	p.mu.Lock()
	w := p.workspace(team)
	p.mu.Unlock()
	d := p.event(w, map[string]any{"type": "app_uninstalled"})
	p.mu.Lock()
	defer p.mu.Unlock()
	w.installed = false
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
	query.Set("code", p.Install(team))
	query.Set("state", r.FormValue("state"))
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// access is https://docs.slack.dev/reference/methods/oauth.v2.access; p.mu is held. A code and a refresh
// token are good once.
func (p *Platform) access(form url.Values) map[string]any {
	if form.Get("client_id") != p.o.App.ClientID || form.Get("client_secret") != p.o.App.ClientSecret {
		return no("bad_client_secret")
	}
	from, key, bad := p.codes, form.Get("code"), "invalid_code"
	if form.Get("grant_type") == "refresh_token" {
		from, key, bad = p.refreshes, form.Get("refresh_token"), "invalid_refresh_token"
	}
	w := from[key]
	if w == nil {
		return no(bad)
	}
	delete(from, key)
	w.installed = true
	t := &token{of: w}
	name := p.secret("xoxb-")
	said := map[string]any{
		"ok": true, "access_token": name, "token_type": "bot", "scope": "chat:write", "bot_user_id": w.bot, "app_id": p.o.App.ID,
		"team": map[string]any{"id": w.id, "name": w.name}, "enterprise": nil, "is_enterprise_install": false,
	}
	if p.o.App.Rotates {
		refresh := p.secret("xoxe-")
		p.refreshes[refresh], t.ends = w, p.o.Clock.Now().Add(lasts)
		said["refresh_token"], said["expires_in"] = refresh, int(lasts/time.Second)
	}
	delete(p.tokens, w.access)
	p.tokens[name], w.access = t, name
	return said
}
