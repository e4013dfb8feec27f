package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// place is where clients find a host; it may be another after a restart.
type place interface {
	CustomersLive() string // where customers connect, ws://host:port/…
	URL() string           // where everything is called over HTTP
	Now() time.Time
	Token(user string) string // as the company's backend vouches for a customer
	Private(text string)      // nobody may read it in a log
	Still()
}

// client is a customer with the in-app channel's protocol.
type client struct {
	monitor
	t     testing.TB
	at    place
	user  string
	was   string // the token of the visitor whom they were before, if any
	calls bool   // it comes by calls, not with a WebSocket
	web   *http.Client
	conn  line
	ready int // how often it was let in

	in    bool     // ready has come on this connection
	early []func() // what came before it, which is older

	conversation conversation.ID
	received     []Message // every message frame, in the order of arrival
	known        map[conversation.Key]bool
	fresh        []Message // not the customer's own, and not heard yet
	shown        Stand
	written      int
	results      map[string]Submitted
	pongs        int
	pages        int
	uploads      map[string]uploading // by the ids of their offers
	album        album
	typing       string           // whoever typed last
	more         bool             // there is something before the last page
	oldest       conversation.Key // of the last page
}

func newClient(t testing.TB, at place, user string) *client {
	return &client{
		t: t, at: at, user: user, known: map[conversation.Key]bool{}, results: map[string]Submitted{},
		uploads: map[string]uploading{}, album: album{},
		web: &http.Client{Timeout: patience},
	}
}

// ByCalls is part of Customer.
func (c *client) ByCalls(calls bool) Customer {
	c.calls = calls
	return c
}

// Connect is part of Customer.
func (c *client) Connect() {
	c.t.Helper()
	before, known := 0, conversation.Key("")
	c.change(func() {
		before, c.in, c.early = c.ready, false, nil
		if all := byKey(c.received); len(all) > 0 {
			known = all[len(all)-1].Key
		}
	})
	if c.calls {
		c.conn = callIn(c.t, c.web, c.at.URL()+"/channels/inapp/live", c.at.Token(c.user), c.was, c.hear, func() { c.change(func() {}) })
	} else {
		ws := open(c.t, c.at.CustomersLive(), c.hear, func(error) { c.change(func() {}) })
		c.conn = ws
		hello := map[string]any{"type": "hello", "token": c.at.Token(c.user)}
		if c.was != "" {
			hello["visitor"] = c.was
		}
		ws.say(c.t, hello)
	}
	if !c.await(func() bool { return c.ready > before }) {
		c.t.Fatalf("%s is not let in", c.user)
	}
	c.fill(known)
}

// fill fetches page by page what was missed since a message that is known.
func (c *client) fill(known conversation.Key) {
	c.t.Helper()
	for known != "" {
		var oldest conversation.Key
		hole, pages := false, 0
		c.look(func() { oldest, hole, pages = c.oldest, c.more && c.oldest > known, c.pages })
		if !hole {
			return
		}
		c.conn.say(c.t, map[string]any{"type": "history", "before": oldest})
		if !c.await(func() bool { return c.pages > pages }) {
			c.t.Fatalf("%s: no page of history", c.user)
		}
	}
}

// Drop is part of Customer.
func (c *client) Drop() {
	if c.conn != nil {
		c.conn.drop()
		c.conn = nil
	}
}

// Connected is part of Customer.
func (c *client) Connected() bool {
	if c.conn == nil {
		return false
	}
	select {
	case <-c.conn.ended():
		return false
	default:
		return true
	}
}

func (c *client) hear(kind string, frame []byte) {
	var f struct {
		Conversation conversation.ID  `json:"conversation"`
		Messages     []Message        `json:"messages"`
		Message      Message          `json:"message"`
		State        Stand            `json:"state"`
		ID           string           `json:"id"`
		Key          conversation.Key `json:"key"`
		Error        fault.Public     `json:"error"`
		More         bool             `json:"more"`
		Name         string           `json:"name"`
	}
	mustUnmarshal(c.t, frame, &f)
	take := func() {
		c.album.look(c.t, frame)
		switch kind {
		case "upload":
			var up uploading
			mustUnmarshal(c.t, frame, &up)
			c.uploads[up.ID] = up
		case "ready":
			c.conversation, c.shown = f.Conversation, f.State
			c.takePage(f.Messages, f.More)
			c.ready++
		case "page":
			c.takePage(f.Messages, f.More)
			c.pages++
		case "message":
			c.take(f.Message)
		case "state":
			if f.State.Epoch >= c.shown.Epoch { // else it was overtaken on its way
				c.shown = f.State
			}
		case "ack":
			c.results[f.ID] = Submitted{Key: f.Key}
		case "error":
			c.results[f.ID] = Submitted{Code: f.Error.Code}
		case "pong":
			c.pongs++
		case "typing":
			c.typing = f.Name
		}
	}
	c.change(func() {
		switch {
		case kind == "ready":
			take()
			for _, take := range c.early {
				take()
			}
			c.in, c.early = true, nil
		case c.in || kind == "error":
			take()
		default:
			c.early = append(c.early, take)
		}
	})
}

// takePage takes what was said before, or while the client was away.
func (c *client) takePage(messages []Message, more bool) {
	if c.more = more; len(messages) > 0 {
		c.oldest = messages[0].Key
	}
	for _, m := range messages {
		c.take(m)
	}
}

// take merges by key, as real clients do.
func (c *client) take(m Message) {
	c.received = append(c.received, m)
	if c.known[m.Key] {
		return
	}
	c.known[m.Key] = true
	if m.Author != conversation.Customer {
		c.fresh = append(c.fresh, m)
	}
}

// Write is part of Customer.
func (c *client) Write(text string) fault.Code {
	c.t.Helper()
	return c.Submit(Submission{ID: c.messageID(), At: c.at.Now(), Text: text}).Code
}

func (c *client) messageID() string {
	c.written++
	return fmt.Sprintf("m-%d", c.written)
}

// Submit is part of Customer.
func (c *client) Submit(s Submission) Submitted {
	c.t.Helper()
	c.at.Private(s.Text)
	c.change(func() { delete(c.results, s.ID) })
	var done Submitted
	frame := map[string]any{"type": "message", "id": s.ID, "at": s.At.UnixMilli(), "text": s.Text}
	if s.Media != nil {
		frame["media"] = s.Media
	}
	c.say("acknowledgement", frame, func() (ok bool) {
		done, ok = c.results[s.ID]
		return ok
	})
	return done
}

// say says something until it is answered: again on a new connection if one ends.
func (c *client) say(what string, frame map[string]any, answered func() bool) {
	c.t.Helper()
	for {
		c.conn.say(c.t, frame)
		there := false
		if !c.await(func() bool { there = answered(); return there || !c.Connected() }) {
			c.t.Fatalf("%s: no %s", c.user, what)
		}
		if there {
			return
		}
		c.Connect()
	}
}

// Type is part of Customer.
func (c *client) Type() { c.conn.say(c.t, map[string]any{"type": "typing"}) }

// Tell is part of Customer.
func (c *client) Tell(read bool) {
	c.t.Helper()
	said := map[string]any{"type": "seen"}
	c.look(func() {
		for _, m := range byKey(c.received) {
			if m.Author == conversation.Person {
				said["received"] = m.Key
			}
		}
	})
	if read {
		said["read"] = said["received"]
	}
	c.conn.say(c.t, said)
}

// Next is part of Customer.
func (c *client) Next(want func(Message) bool) (m Message, ok bool) {
	c.await(func() bool { return len(c.fresh) > 0 })
	c.look(func() {
		if len(c.fresh) == 0 {
			return
		}
		m, c.fresh = c.fresh[0], c.fresh[1:]
		ok = want(m)
	})
	return m, ok
}

// Unheard is part of Customer. What was pushed before a pong arrives before it.
func (c *client) Unheard() (unheard []Message) {
	c.t.Helper()
	c.at.Still()
	c.ping()
	c.look(func() { unheard = slices.Clone(c.fresh) })
	return unheard
}

func (c *client) ping() {
	c.t.Helper()
	before := 0
	c.look(func() { before = c.pongs })
	c.say("pong", map[string]any{"type": "ping"}, func() bool { return c.pongs > before })
}

// Heard is part of Customer.
func (c *client) Heard() (all []Message) {
	c.look(func() { all = slices.Clone(c.received) })
	return all
}

// Shown is part of Customer.
func (c *client) Shown(want func(Stand) bool) (now Stand, ok bool) {
	ok = c.await(func() bool { now = c.shown; return want(now) })
	return now, ok
}

// Stands is part of Customer: what another window shows first is the truth.
func (c *client) Stands() (now Stand) {
	c.t.Helper()
	window := c.window()
	window.look(func() { now = window.shown })
	return now
}

// History is part of Customer.
func (c *client) History() (all []Message) {
	c.t.Helper()
	window := newClient(c.t, c.at, c.user)
	window.Connect()
	defer window.Drop()
	for window.more {
		before, pages := byKey(window.Heard())[0].Key, window.pages
		window.conn.say(c.t, map[string]any{"type": "history", "before": before})
		if !window.await(func() bool { return window.pages > pages }) {
			c.t.Fatalf("%s: no page of history", c.user)
		}
	}
	return byKey(window.Heard())
}

// window opens a second window of the same customer's and closes it again.
func (c *client) window() *client {
	c.t.Helper()
	window := newClient(c.t, c.at, c.user)
	window.Connect()
	window.Drop()
	return window
}

// Conversation is part of Customer.
func (c *client) Conversation() (id conversation.ID) {
	c.look(func() { id = c.conversation })
	return id
}

// Typing is part of Customer.
func (c *client) Typing(want string) bool { return c.await(func() bool { return c.typing == want }) }
