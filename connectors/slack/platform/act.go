package platform

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
)

// escape is what Slack does to what people write: https://docs.slack.dev/messaging/formatting-message-text
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Bot is how somebody mentions the app in a text: what nobody writes who means something else.
const Bot = "<@app>"

// written is a text as events have it: escaped, with the app's mention as a mark.
func (w *workspace) written(text string) string {
	return strings.ReplaceAll(escape.Replace(text), escape.Replace(Bot), "<@"+w.bot+">")
}

// Write sends a direct message to the app; in a thread of theirs where one is named. It returns the
// message's timestamp.
func (u *Person) Write(text, thread string) (string, *Delivery) {
	return u.say(u.Direct(), text, thread, nil)
}

// Say writes in a channel, or in a thread there.
func (u *Person) Say(c *Channel, text, thread string) (string, *Delivery) {
	return u.say(c, text, thread, nil)
}

// Attach sends a direct message with a file.
func (u *Person) Attach(text, name, kind string, content []byte) (string, *Delivery) {
	u.p.mu.Lock()
	f := u.p.addFile(u.of, name, kind, content)
	u.p.mu.Unlock()
	return u.say(u.Direct(), text, "", []*file{f})
}

func (u *Person) say(c *Channel, text, thread string, files []*file) (string, *Delivery) {
	p := u.p
	p.mu.Lock()
	post := &Post{TS: p.ts(), Thread: thread, By: u.ID, Text: text, client: p.id("m")}
	for _, f := range files {
		post.Files = append(post.Files, f.id)
	}
	c.posts = append(c.posts, post)
	event := p.message(c, post)
	mention := c.direct == nil && strings.Contains(text, Bot)
	p.mu.Unlock()
	d := p.event(c.of, event)
	if mention { // the app is told twice, of the same message
		event["type"] = "app_mention"
		delete(event, "channel_type")
		p.event(c.of, event)
	}
	return post.TS, d
}

// message is an event: https://docs.slack.dev/reference/events/message; p.mu is held.
func (p *Platform) message(c *Channel, post *Post) map[string]any {
	e := p.said(c, post)
	e["channel"], e["channel_type"], e["event_ts"] = c.ID, c.kind(), post.TS
	return e
}

// said is a message as it stands within an event; p.mu is held.
func (p *Platform) said(c *Channel, post *Post) map[string]any {
	e := map[string]any{
		"type": "message", "user": post.By, "text": c.of.written(post.Text), "ts": post.TS, "team": c.of.id, "client_msg_id": post.client,
		"blocks": []any{map[string]any{"type": "rich_text", "block_id": "x", "elements": []any{}}},
	}
	if post.Thread != "" {
		e["thread_ts"] = post.Thread
	}
	if len(post.Files) > 0 { // https://docs.slack.dev/reference/events/message/file_share
		var files []any
		for _, id := range post.Files {
			files = append(files, p.files[id].object(p.base))
		}
		e["subtype"], e["files"], e["upload"], e["display_as_bot"] = "file_share", files, true, false
	}
	return e
}

func (c *Channel) kind() string {
	if c.direct != nil {
		return "im"
	}
	return "channel"
}

// Edit changes a message of theirs: https://docs.slack.dev/reference/events/message/message_changed
func (u *Person) Edit(c *Channel, ts, text string) (*Delivery, error) {
	p := u.p
	p.mu.Lock()
	post := c.post(ts)
	if post == nil || post.By != u.ID {
		p.mu.Unlock()
		return nil, fault.New(fault.NotFound, "platform.Edit", "no such message of theirs is there")
	}
	before := p.said(c, post)
	post.Text, post.Edited = text, true
	after, now := p.said(c, post), p.ts()
	after["edited"] = map[string]any{"user": u.ID, "ts": now}
	p.mu.Unlock()
	return p.event(c.of, map[string]any{
		"type": "message", "subtype": "message_changed", "hidden": true, "channel": c.ID, "channel_type": c.kind(), "ts": now, "event_ts": now,
		"message": after, "previous_message": before,
	}), nil
}

// Delete removes a message of theirs: https://docs.slack.dev/reference/events/message/message_deleted
func (u *Person) Delete(c *Channel, ts string) (*Delivery, error) {
	p := u.p
	p.mu.Lock()
	post := c.post(ts)
	if post == nil || post.By != u.ID {
		p.mu.Unlock()
		return nil, fault.New(fault.NotFound, "platform.Delete", "no such message of theirs is there")
	}
	before, now := p.said(c, post), p.ts()
	for i, other := range c.posts {
		if other == post {
			c.posts = append(c.posts[:i], c.posts[i+1:]...)
			break
		}
	}
	p.mu.Unlock()
	return p.event(c.of, map[string]any{
		"type": "message", "subtype": "message_deleted", "hidden": true, "channel": c.ID, "channel_type": c.kind(), "ts": now, "event_ts": now,
		"deleted_ts": ts, "previous_message": before,
	}), nil
}

// post is one by its timestamp; nil where there is none.
func (c *Channel) post(ts string) *Post {
	for _, post := range c.posts {
		if post.TS == ts {
			return post
		}
	}
	return nil
}

// Tap taps the button that asks for a person, below a message of the app's.
// https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
func (u *Person) Tap(c *Channel, ts string) (*Delivery, error) {
	p := u.p
	p.mu.Lock()
	post := c.post(ts)
	if post == nil || !post.Button {
		p.mu.Unlock()
		return nil, fault.New(fault.NotFound, "platform.Tap", "no message with a button is there")
	}
	message := map[string]any{"type": "message", "ts": post.TS, "bot_id": "B1", "text": escape.Replace(post.Text)}
	container := map[string]any{"type": "message", "message_ts": post.TS, "channel_id": c.ID, "is_ephemeral": false}
	if post.Thread != "" {
		message["thread_ts"], container["thread_ts"] = post.Thread, post.Thread
	}
	payload, err := json.Marshal(map[string]any{
		"type": "block_actions", "team": map[string]any{"id": c.of.id, "domain": c.of.name}, "enterprise": nil, "is_enterprise_install": false,
		"user":       map[string]any{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": u.of.id},
		"api_app_id": p.o.App.ID, "container": container, "channel": map[string]any{"id": c.ID, "name": c.kind()}, "message": message,
		"trigger_id": p.secret("1.2."), "response_url": p.base + "/actions/" + p.secret(""),
		"actions": []any{map[string]any{"type": "button", "action_id": "human", "block_id": "b", "action_ts": p.ts()}},
	})
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return p.send(callOut{kind: "application/x-www-form-urlencoded", body: []byte(url.Values{"payload": {string(payload)}}.Encode()), once: true}, nil), nil
}

// Command gives a slash command; only they see what is answered.
// https://docs.slack.dev/interactivity/implementing-slash-commands
func (u *Person) Command(c *Channel, command, text string) *Delivery {
	p := u.p
	p.mu.Lock()
	form := url.Values{
		"token": {"deprecated"}, "team_id": {u.of.id}, "team_domain": {u.of.name}, "channel_id": {c.ID}, "channel_name": {c.kind()}, "user_id": {u.ID},
		"user_name": {u.Name}, "command": {command}, "text": {escape.Replace(text)}, "api_app_id": {p.o.App.ID}, "is_enterprise_install": {"false"},
		"response_url": {p.base + "/commands/" + p.secret("")}, "trigger_id": {p.secret("1.2.")},
	}
	p.mu.Unlock()
	return p.send(callOut{kind: "application/x-www-form-urlencoded", body: []byte(form.Encode()), once: true}, func(answer []byte) {
		var said struct {
			Text string `json:"text"`
		}
		if json.Unmarshal(answer, &said) != nil || said.Text == "" {
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		u.told = append(u.told, told{ts: p.ts(), in: c, text: said.Text})
	})
}
