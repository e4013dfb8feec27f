package platform

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/simulation"
)

// maxCall is the size of a call, in bytes.
const maxCall = 32 << 20

// method is one of the Web API. It runs with p.mu held.
type method func(p *Platform, w *workspace, form url.Values) map[string]any

var methods = map[string]method{
	"chat.postMessage":             (*Platform).postMessage,
	"chat.update":                  (*Platform).update,
	"conversations.open":           (*Platform).open,
	"files.getUploadURLExternal":   (*Platform).uploadPlace,
	"files.completeUploadExternal": (*Platform).completeUpload,
	"files.info":                   (*Platform).fileInfo,
}

func no(name string) map[string]any { return map[string]any{"ok": false, "error": name} }

// ServeHTTP is https://slack.com: the Web API, the place of files, and the page where a workspace installs
// the app.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	if p.base == "" {
		p.base = "http://" + r.Host
	}
	down := simulation.Within(p.o.Faults.Down, p.o.Clock.Now())
	p.mu.Unlock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	switch {
	case err != nil:
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	case down:
		w.WriteHeader(http.StatusServiceUnavailable)
	case strings.HasPrefix(r.URL.Path, "/api/"):
		p.call(w, r, strings.TrimPrefix(r.URL.Path, "/api/"), body)
	case strings.HasPrefix(r.URL.Path, "/upload/"):
		p.upload(w, r, body)
	case strings.HasPrefix(r.URL.Path, "/files-pri/"):
		p.download(w, r)
	case r.URL.Path == "/oauth/v2/authorize":
		p.consent(w, r)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// call is one call of the Web API. Its token stands in the form, or in a header.
func (p *Platform) call(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		answer(w, no("invalid_form_data"))
		return
	}
	p.mu.Lock()
	f := p.callFault(name)
	var said map[string]any
	if f == NoCallFault || f == Swallow {
		said = p.take(name, r, form)
	}
	p.mu.Unlock()
	p.o.Log.Info("call", "method", name, "fault", int(f))
	switch {
	case f == ServerError:
		w.WriteHeader(http.StatusInternalServerError)
	case f == Reset || f == Swallow:
		panic(http.ErrAbortHandler) // net/http breaks the connection
	case f == Limited || f == LimitedSilently || said["error"] == "ratelimited":
		if f != LimitedSilently {
			w.Header().Set("Retry-After", strconv.Itoa(max(1, int(perChannel/time.Second))))
		}
		w.WriteHeader(http.StatusTooManyRequests)
		answer(w, no("ratelimited"))
	default:
		answer(w, said)
	}
}

// take carries a call out; p.mu is held.
func (p *Platform) take(name string, r *http.Request, form url.Values) map[string]any {
	if name == "oauth.v2.access" {
		return p.access(form)
	}
	do, known := methods[name]
	if !known {
		return no("unknown_method")
	}
	shown := form.Get("token")
	if bearer, there := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); there {
		shown = bearer
	}
	t := p.tokens[shown]
	switch {
	case shown == "":
		return no("not_authed")
	case t == nil:
		return no("invalid_auth")
	case !t.of.installed:
		p.violations = append(p.violations, Violation{At: p.o.Clock.Now(), Error: "token_revoked"})
		return no("token_revoked")
	case !t.ends.IsZero() && !p.o.Clock.Now().Before(t.ends):
		return no("token_expired")
	}
	return do(p, t.of, form)
}

func answer(w http.ResponseWriter, said map[string]any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(said) // a caller that hung up asks again
}

// perChannel is the time between two messages in a channel:
// https://docs.slack.dev/apis/web-api/rate-limits
const perChannel = time.Second

// paced reports whether the app may post in a channel now; p.mu is held.
func (p *Platform) paced(c *Channel) bool {
	now := p.o.Clock.Now()
	if now.Sub(c.last) < perChannel {
		p.violations = append(p.violations, Violation{At: now, Channel: c.ID, Error: "ratelimited"})
		return false
	}
	c.last = now
	return true
}

// postMessage is https://docs.slack.dev/reference/methods/chat.postMessage; p.mu is held.
func (p *Platform) postMessage(w *workspace, form url.Values) map[string]any {
	c := p.named(w, form.Get("channel"))
	if c == nil {
		return no("channel_not_found")
	}
	text, button, wrong := rendered(form.Get("blocks"))
	if wrong != "" {
		return no(wrong)
	}
	if text == "" {
		text = unescape(form.Get("text"))
	}
	switch {
	case strings.TrimSpace(text) == "":
		return no("no_text")
	case len([]rune(text)) > 13_000:
		return no("msg_too_long")
	case form.Get("thread_ts") != "" && c.post(form.Get("thread_ts")) == nil:
		return no("thread_not_found")
	case !p.paced(c):
		return no("ratelimited")
	}
	post := &Post{TS: p.ts(), Thread: form.Get("thread_ts"), By: w.bot, Bot: true, Username: form.Get("username"), Text: text, Button: button}
	c.posts = append(c.posts, post)
	return map[string]any{"ok": true, "channel": c.ID, "ts": post.TS, "message": map[string]any{"text": form.Get("text"), "ts": post.TS, "bot_id": "B1", "type": "message"}}
}

// update is https://docs.slack.dev/reference/methods/chat.update; p.mu is held.
func (p *Platform) update(w *workspace, form url.Values) map[string]any {
	c := p.named(w, form.Get("channel"))
	if c == nil {
		return no("channel_not_found")
	}
	post := c.post(form.Get("ts"))
	text, button, wrong := rendered(form.Get("blocks"))
	switch {
	case post == nil || !post.Bot:
		return no("message_not_found")
	case wrong != "":
		return no(wrong)
	}
	if text == "" {
		text = unescape(form.Get("text"))
	}
	post.Text, post.Button, post.Edited = text, button, true
	return map[string]any{"ok": true, "channel": c.ID, "ts": post.TS, "text": form.Get("text")}
}

// open is https://docs.slack.dev/reference/methods/conversations.open; p.mu is held.
func (p *Platform) open(w *workspace, form url.Values) map[string]any {
	c := p.named(w, form.Get("users"))
	if c == nil || c.direct == nil {
		return no("user_not_found")
	}
	return map[string]any{"ok": true, "channel": map[string]any{"id": c.ID}}
}
