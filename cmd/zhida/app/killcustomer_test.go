package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/conversation"
)

// frame is any frame to a customer.
type frame struct {
	Type     string           `json:"type"`
	ID       string           `json:"id"`
	Key      conversation.Key `json:"key"`
	More     bool             `json:"more"`
	Message  shown            `json:"message"`
	Messages []shown          `json:"messages"`
	State    struct {
		Status conversation.Status `json:"status"`
	} `json:"state"`
}

// shown is a message as a customer's client shows it.
type shown struct {
	Key    conversation.Key    `json:"key"`
	Author conversation.Author `json:"author"`
	Text   string              `json:"text"`
	ID     string              `json:"id"`
}

// liveCustomer is a customer over a real connection: it submits its messages, again
// after every reconnection those that were not acknowledged, with the same id
// and time, and merges what it hears by key.
type liveCustomer struct {
	run   *killRun
	name  string
	token string
	id    conversation.ID
	total int

	mu     sync.Mutex
	said   []*liveSaid
	next   int
	lastAt int64
	seen   map[conversation.Key]shown
	ended  int // how often an agent was heard to end it

	finished chan struct{} // closed when everything is acknowledged
}

type liveSaid struct {
	id, text string
	at       int64
	asks     bool
	acked    bool
}

// pipelined is how many messages may be on their way at once.
const pipelined = 2

// live talks, and listens until ctx ends.
func (c *liveCustomer) live(ctx context.Context) {
	for ctx.Err() == nil {
		_ = c.connected(ctx) // whatever ended it, the client comes back
	}
}

// through reports whether everything is said and acknowledged.
func (c *liveCustomer) through() bool {
	for _, m := range c.said {
		if !m.acked {
			return false
		}
	}
	return c.next == c.total
}

// dial connects and says hello.
func (c *liveCustomer) dial(ctx context.Context) (*websocket.Conn, error) {
	base, err := c.run.server.address(ctx)
	if err != nil {
		return nil, err
	}
	ws, _, err := websocket.Dial(ctx, strings.Replace(base, "http", "ws", 1)+"/inapp/live", nil)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(1 << 20)
	hello, _ := json.Marshal(map[string]string{"type": "hello", "token": c.token})
	if err := ws.Write(ctx, websocket.MessageText, hello); err != nil {
		_ = ws.CloseNow()
		return nil, err
	}
	return ws, nil
}

// connected is one connection's life.
func (c *liveCustomer) connected(ctx context.Context) error {
	ws, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ws.CloseNow() }()
	inFlight := map[string]bool{}
	for {
		f, err := read(ctx, ws)
		if err != nil {
			return err
		}
		c.hear(f)
		if f.Type == "error" {
			return fmt.Errorf("refused: %+v", f)
		}
		delete(inFlight, f.ID)
		for _, m := range c.toSubmit(inFlight) {
			inFlight[m.id] = true
			text, _ := json.Marshal(map[string]any{"type": "message", "id": m.id, "at": m.at, "text": m.text})
			if err := ws.Write(ctx, websocket.MessageText, text); err != nil {
				return err
			}
		}
	}
}

func read(ctx context.Context, ws *websocket.Conn) (f frame, err error) {
	_, text, err := ws.Read(ctx)
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	return f, err
}

// hear takes in one frame.
func (c *liveCustomer) hear(f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch f.Type {
	case "ready":
		for _, m := range f.Messages {
			c.show(m)
		}
	case "message":
		c.show(f.Message)
	case "ack":
		for _, m := range c.said {
			if m.id == f.ID && !m.acked {
				m.acked = true
				c.run.acknowledged()
				if c.through() {
					close(c.finished)
				}
			}
		}
	}
}

func (c *liveCustomer) show(m shown) {
	if _, known := c.seen[m.Key]; known {
		return
	}
	c.seen[m.Key] = m
	if m.Author == conversation.Bot && (strings.HasPrefix(m.Text, "本次人工服务已结束") || strings.HasPrefix(m.Text, "现在由机器人")) {
		c.ended++
	}
}

// toSubmit returns what to submit now: what was not acknowledged, oldest first,
// and new messages up to the pipeline's length. A customer asks for a person
// again only after the first one has ended it.
func (c *liveCustomer) toSubmit(inFlight map[string]bool) (out []*liveSaid) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.said {
		if !m.acked && !inFlight[m.id] {
			out = append(out, m)
		}
	}
	for c.next < c.total && len(inFlight)+len(out) < pipelined {
		asks := c.next == 3 || c.next == 13
		if c.next == 13 && c.ended == 0 {
			break
		}
		c.lastAt = max(c.lastAt+1, time.Now().UnixMilli())
		m := &liveSaid{id: fmt.Sprintf("m%d", c.next), at: c.lastAt, asks: asks, text: fmt.Sprintf("第 %d 条", c.next)}
		switch {
		case asks:
			m.text = "转人工"
		case c.next%5 == 0:
			m.text = "退款多久到账？"
		}
		c.said = append(c.said, m)
		c.next++
		out = append(out, m)
	}
	return out
}

// history reads the whole conversation on a new connection.
func (c *liveCustomer) history(ctx context.Context) (all []shown, err error) {
	ws, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = ws.CloseNow() }()
	for {
		f, err := read(ctx, ws)
		if err != nil {
			return nil, err
		}
		if f.Type != "ready" && f.Type != "page" {
			continue
		}
		all = append(f.Messages, all...)
		if !f.More || len(all) == 0 {
			return all, nil
		}
		ask, _ := json.Marshal(map[string]any{"type": "history", "before": all[0].Key})
		if err := ws.Write(ctx, websocket.MessageText, ask); err != nil {
			return nil, err
		}
	}
}
