package scenario

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// office is where agents work.
type office interface {
	place
	AgentsLive() string // where agents' pages connect
	// Session signs an agent in.
	Session(agent string) (token string, ends time.Time)
	// Call calls the desk API. body is nil for a GET.
	Call(method, path, token string, body any) (status int, answer []byte)
}

// desker is an agent with a desk page: it acts over HTTP and sees by WebSocket.
type desker struct {
	monitor
	t     testing.TB
	at    office
	id    string
	token string
	ends  time.Time
	conn  *conn
	ready int
	pongs int
	calls int
	seen  map[conversation.ID]map[conversation.Key]Message

	reached map[conversation.ID]reach
	album   album
}

func newDesker(t testing.TB, at office, id string) *desker {
	return &desker{t: t, at: at, id: id, seen: map[conversation.ID]map[conversation.Key]Message{}, reached: map[conversation.ID]reach{}, album: album{}}
}

// SignIn is part of Agent.
func (d *desker) SignIn() {
	d.t.Helper()
	d.Vanish()
	if d.token == "" || !d.at.Now().Before(d.ends.Add(-time.Minute)) {
		d.token, d.ends = d.at.Session(d.id)
	}
	before := 0
	d.look(func() { before = d.ready })
	d.conn = dial(d.t, d.at.AgentsLive(), d.token, d.hear, func(error) { d.change(func() {}) })
	if !d.await(func() bool { return d.ready > before }) {
		d.t.Fatalf("%s's desk does not open", d.id)
	}
}

// Vanish is part of Agent.
func (d *desker) Vanish() {
	if d.conn != nil {
		d.conn.drop()
		d.conn = nil
	}
}

// SignOut is part of Agent.
func (d *desker) SignOut() fault.Code {
	d.t.Helper()
	code := d.call(http.MethodPost, "logout", struct{}{}, &struct{}{})
	d.Vanish()
	return code
}

// Connected is part of Agent.
func (d *desker) Connected() bool {
	if d.conn == nil {
		return false
	}
	select {
	case <-d.conn.over:
		return false
	default:
		return true
	}
}

type messageSeen struct {
	Message
	Outcome *struct {
		Delivery conversation.Delivery `json:"delivery"`
		Code     fault.Code            `json:"code"`
		Hint     string                `json:"hint"`
	} `json:"outcome"`
}

func (m messageSeen) message() Message {
	if m.Outcome != nil {
		m.Message.Delivery, m.Message.Code, m.Message.Hint = m.Outcome.Delivery, m.Outcome.Code, m.Outcome.Hint
	}
	return m.Message
}

type historySeen struct {
	Conversation struct {
		ID     conversation.ID     `json:"id"`
		Status conversation.Status `json:"status"`
	} `json:"conversation"`
	Messages []messageSeen `json:"messages"`
	Seen     reach         `json:"seen"`
}

// reach is how far a customer's client has come.
type reach struct {
	Received conversation.Key `json:"received"`
	Read     conversation.Key `json:"read"`
}

func (d *desker) hear(kind string, frame []byte) {
	d.change(func() { d.album.look(d.t, frame) })
	switch kind {
	case "ready":
		var f struct {
			Held []historySeen `json:"held"`
		}
		mustUnmarshal(d.t, frame, &f)
		d.change(func() {
			for _, h := range f.Held {
				d.see(h.Conversation.ID, h.Messages...)
				d.reached[h.Conversation.ID] = h.Seen
			}
			d.ready++
		})
	case "message":
		var f struct {
			Conversation conversation.ID `json:"conversation"`
			Message      messageSeen     `json:"message"`
		}
		mustUnmarshal(d.t, frame, &f)
		d.change(func() { d.see(f.Conversation, f.Message) })
	case "seen":
		var f struct {
			Conversation conversation.ID `json:"conversation"`
			Seen         reach           `json:"seen"`
		}
		mustUnmarshal(d.t, frame, &f)
		d.change(func() { d.reached[f.Conversation] = f.Seen })
	case "pong":
		d.change(func() { d.pongs++ })
	}
}

func (d *desker) see(id conversation.ID, messages ...messageSeen) {
	if d.seen[id] == nil {
		d.seen[id] = map[conversation.Key]Message{}
	}
	for _, m := range messages {
		d.seen[id][m.Key] = m.message()
	}
}

// Renew is part of Agent.
func (d *desker) Renew() {
	d.t.Helper()
	before := 0
	d.look(func() { before = d.pongs })
	for pong := false; !pong; {
		d.conn.say(d.t, map[string]any{"type": "ping"})
		if !d.await(func() bool { pong = d.pongs > before; return pong || !d.Connected() }) {
			d.t.Fatalf("%s: no pong", d.id)
		}
		if !pong {
			d.SignIn()
		}
	}
}

// call calls the desk API and returns the fault's code, if it is one.
func (d *desker) call(method, path string, body, into any) fault.Code {
	d.t.Helper()
	status, answer := d.at.Call(method, "/desk/v1/"+path, d.token, body)
	if status == http.StatusOK {
		d.change(func() { d.album.look(d.t, answer) })
		mustUnmarshal(d.t, answer, into)
		return ""
	}
	var refused struct {
		Error fault.Public `json:"error"`
	}
	mustUnmarshal(d.t, answer, &refused)
	return refused.Error.Code
}

func (d *desker) callID() string {
	d.calls++
	return fmt.Sprintf("%s-%d", d.id, d.calls)
}

// Reached is part of Agent.
func (d *desker) Reached(c conversation.ID, read bool) bool {
	return d.await(func() bool {
		var newest conversation.Key
		for key, m := range d.seen[c] {
			if m.Author == conversation.Person {
				newest = max(newest, key)
			}
		}
		got := d.reached[c]
		return newest != "" && got.Received == newest && (got.Read == newest) == read
	})
}

// Type is part of Agent.
func (d *desker) Type(c conversation.ID) fault.Code {
	return d.call("POST", "conversations/"+string(c)+"/typing", struct{}{}, &struct{}{})
}

// Claim is part of Agent.
func (d *desker) Claim() (conversation.ID, fault.Code) {
	d.t.Helper()
	var h historySeen
	code := d.call(http.MethodPost, "claim", map[string]string{"lane": "front", "id": d.callID()}, &h)
	d.change(func() { d.see(h.Conversation.ID, h.Messages...) })
	return h.Conversation.ID, code
}

// Take is part of Agent.
func (d *desker) Take(ticket conversation.TicketID) fault.Code {
	d.t.Helper()
	var h historySeen
	code := d.call(http.MethodPost, "tickets/"+string(ticket)+"/claim", map[string]string{"id": d.callID()}, &h)
	d.change(func() { d.see(h.Conversation.ID, h.Messages...) })
	return code
}

// Reply is part of Agent.
func (d *desker) Reply(c conversation.ID, id, text string) (Message, fault.Code) {
	d.t.Helper()
	if id == "" {
		id = d.callID()
	}
	d.at.Private(text)
	return d.reply(c, map[string]any{"id": id, "text": text})
}

// Shows is part of Agent.
func (d *desker) Shows(c conversation.ID, text string, card conversation.Card) (Message, fault.Code) {
	d.t.Helper()
	for _, said := range []string{text, card.Title, card.Description, card.URL, card.Picture} {
		if said != "" {
			d.at.Private(said)
		}
	}
	return d.reply(c, map[string]any{"id": d.callID(), "text": text, "link": card})
}

func (d *desker) reply(c conversation.ID, body any) (Message, fault.Code) {
	d.t.Helper()
	var said struct {
		Message messageSeen `json:"message"`
	}
	code := d.call(http.MethodPost, "conversations/"+string(c)+"/replies", body, &said)
	return said.Message.message(), code
}

func (d *desker) act(c conversation.ID, act string, body any) fault.Code {
	d.t.Helper()
	return d.call(http.MethodPost, "conversations/"+string(c)+"/"+act, body, &struct{}{})
}

// allRead says that whatever has come by then was read.
func (d *desker) allRead() any {
	return map[string]int64{"seen": d.at.Now().UnixMilli()}
}

// Resolve is part of Agent.
func (d *desker) Resolve(c conversation.ID) fault.Code { return d.act(c, "resolve", d.allRead()) }

// ToBot is part of Agent.
func (d *desker) ToBot(c conversation.ID) fault.Code { return d.act(c, "return-to-bot", d.allRead()) }

// ToLine is part of Agent.
func (d *desker) ToLine(c conversation.ID) fault.Code { return d.act(c, "return-to-line", struct{}{}) }

// Line is part of Agent.
func (d *desker) Line() []conversation.TicketID {
	d.t.Helper()
	var line struct {
		Tickets []struct {
			Ticket conversation.TicketID `json:"ticket"`
		} `json:"tickets"`
	}
	if code := d.call(http.MethodGet, "line", nil, &line); code != "" {
		d.t.Errorf("%s cannot see the line: %s", d.id, code)
	}
	tickets := make([]conversation.TicketID, len(line.Tickets))
	for i, t := range line.Tickets {
		tickets[i] = t.Ticket
	}
	return tickets
}

// History is part of Agent.
func (d *desker) History(c conversation.ID) ([]Message, fault.Code) {
	d.t.Helper()
	var h historySeen
	code := d.call(http.MethodGet, "conversations/"+string(c), nil, &h)
	all := make([]Message, len(h.Messages))
	for i, m := range h.Messages {
		all[i] = m.message()
	}
	return all, code
}

// Sees is part of Agent.
func (d *desker) Sees(c conversation.ID, want func([]Message) bool) bool {
	return d.await(func() bool { return want(byKey(slices.Collect(maps.Values(d.seen[c])))) })
}
