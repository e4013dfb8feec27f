package platform

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/simulation"
)

// maxCall is the size of a call, in bytes.
const maxCall = 32 << 20

// method is one of the Web API.
type method struct {
	do   func(p *Platform, w *workspace, form url.Values) map[string]any // with p.mu held
	tier int                                                             // calls a minute and workspace; 0: not by the minute
}

// Each method's page says its tier: https://docs.slack.dev/reference/methods
var methods = map[string]method{
	"chat.postMessage":             {do: (*Platform).postMessage},
	"chat.update":                  {(*Platform).update, tier3},
	"conversations.open":           {(*Platform).open, tier3},
	"conversations.replies":        {(*Platform).thread, tier3},
	"files.getUploadURLExternal":   {(*Platform).uploadPlace, tier4},
	"files.completeUploadExternal": {(*Platform).completeUpload, tier4},
	"files.info":                   {(*Platform).fileInfo, tier4},
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
		answer(w, http.StatusOK, no("invalid_form_data"))
		return
	}
	p.mu.Lock()
	f := p.callFault(name)
	var said map[string]any
	wait := perChannel
	if f == NoCallFault || f == Swallow {
		said, wait = p.take(name, r, form)
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
			w.Header().Set("Retry-After", seconds(wait))
		}
		answer(w, http.StatusTooManyRequests, no("ratelimited"))
	default:
		answer(w, http.StatusOK, said)
	}
}

// take carries a call out. Where it is told ratelimited, wait is how long it is to wait. p.mu is held.
func (p *Platform) take(name string, r *http.Request, form url.Values) (said map[string]any, wait time.Duration) {
	if name == "oauth.v2.access" {
		return p.access(r, form), 0
	}
	m, known := methods[name]
	if !known {
		return no("unknown_method"), 0
	}
	w, refusal := p.caller(name, r, form)
	if refusal != "" {
		return no(refusal), 0
	}
	if wait := p.tooMany(w, name, m.tier); wait > 0 {
		return no("ratelimited"), wait
	}
	return m.do(p, w, form), perChannel
}

// caller is the workspace that a call's token is of, or the error; p.mu is held.
func (p *Platform) caller(name string, r *http.Request, form url.Values) (w *workspace, refusal string) {
	shown := form.Get("token")
	if bearer, there := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); there {
		shown = bearer
	}
	t := p.tokens[shown]
	switch {
	case shown == "":
		return nil, "not_authed"
	case t == nil:
		return nil, "invalid_auth"
	case !t.of.installed:
		if t.of.removal.heard() {
			p.violations = append(p.violations, Violation{At: p.o.Clock.Now(), Method: name, Error: "account_inactive"})
		}
		return nil, "account_inactive"
	case t.over(p.o.Clock.Now()):
		return nil, "token_expired"
	}
	return t.of, ""
}

func answer(w http.ResponseWriter, status int, said map[string]any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(said) // a caller that hung up asks again
}

// What a message may hold. What is longer than the first is cut, says
// https://docs.slack.dev/changelog/2018-truncating-really-long-messages; the second is of
// https://docs.slack.dev/reference/methods/chat.update.
const (
	maxText    = 40_000
	maxChanged = 4_000
)

// postMessage is https://docs.slack.dev/reference/methods/chat.postMessage; p.mu is held.
func (p *Platform) postMessage(w *workspace, form url.Values) map[string]any {
	c := p.named(w, form.Get("channel"))
	if c == nil {
		return no("channel_not_found")
	}
	if who := w.person(form.Get("channel")); who != nil && form.Get("username")+form.Get("icon_emoji")+form.Get("icon_url") != "" {
		c = p.dialogue("slackbot ", who) // which is where Slack puts what is not by the app's own name and picture
	}
	l, wrong := rendered(form.Get("blocks"))
	if wrong != "" {
		return no(wrong)
	}
	if l.text == "" {
		l.text = unescape(cutTo(form.Get("text"), maxText))
	}
	switch {
	case strings.TrimSpace(l.text) == "":
		return no("no_text")
	case form.Get("thread_ts") != "" && c.post(form.Get("thread_ts")) == nil:
		return no("thread_not_found")
	case !p.paced(c):
		return no("ratelimited")
	}
	post := &Post{
		TS: p.ts(), Thread: form.Get("thread_ts"), By: w.bot, Bot: true, Username: form.Get("username"),
		Text: l.text, Blocks: l.blocks, Button: l.button,
	}
	c.posts = append(c.posts, post)
	return map[string]any{"ok": true, "channel": c.ID, "ts": post.TS, "message": map[string]any{"text": form.Get("text"), "ts": post.TS, "bot_id": "B1", "type": "message"}}
}

func cutTo(text string, n int) string {
	if all := []rune(text); len(all) > n {
		return string(all[:n])
	}
	return text
}

// update is https://docs.slack.dev/reference/methods/chat.update, which knows direct messages by their
// channel only; p.mu is held.
func (p *Platform) update(w *workspace, form url.Values) map[string]any {
	c := p.byID(w, form.Get("channel"))
	if c == nil {
		return no("channel_not_found")
	}
	post := c.post(form.Get("ts"))
	l, wrong := rendered(form.Get("blocks"))
	switch {
	case post == nil:
		return no("message_not_found")
	case !post.Bot:
		return no("cant_update_message")
	case wrong != "":
		return no(wrong)
	case len([]rune(form.Get("text"))) > maxChanged:
		return no("msg_too_long")
	}
	if l.text == "" {
		l.text = unescape(form.Get("text"))
	}
	if strings.TrimSpace(l.text) == "" {
		return no("no_text")
	}
	post.Text, post.Blocks, post.Button, post.Edited = l.text, l.blocks, l.button, true
	return map[string]any{"ok": true, "channel": c.ID, "ts": post.TS, "text": form.Get("text")}
}

// thread is https://docs.slack.dev/reference/methods/conversations.replies, for apps that are not limited to
// fifteen messages; p.mu is held.
func (p *Platform) thread(w *workspace, form url.Values) map[string]any {
	c := p.byID(w, form.Get("channel"))
	if c == nil {
		return no("channel_not_found")
	}
	root := c.post(form.Get("ts"))
	if root == nil {
		return no("thread_not_found")
	}
	messages := []any{}
	for _, post := range c.posts {
		if post != root && post.Thread != root.TS || form.Get("latest") != "" && post.TS >= form.Get("latest") {
			continue
		}
		m := map[string]any{"type": "message", "ts": post.TS, "thread_ts": root.TS, "user": post.By, "text": c.of.written(post.Text)}
		if post.Bot {
			m["bot_id"], m["username"] = "B1", post.Username
		}
		messages = append(messages, m)
	}
	return map[string]any{"ok": true, "messages": messages, "has_more": false}
}

// open is https://docs.slack.dev/reference/methods/conversations.open; p.mu is held.
func (p *Platform) open(w *workspace, form url.Values) map[string]any {
	c := p.named(w, form.Get("users"))
	if c == nil || c.direct == nil {
		return no("user_not_found")
	}
	return map[string]any{"ok": true, "channel": map[string]any{"id": c.ID}}
}
