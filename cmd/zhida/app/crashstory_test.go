package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/conversation"
)

// customer is a customer and their client.
type customer struct {
	world *world
	token string
	id    conversation.ID
	said  []*said
}

// said is one message of a customer's, as their client keeps it.
type said struct {
	by    *customer
	id    string
	at    time.Time
	text  string
	asks  bool // it must become a ticket of its own
	faq   bool // it is answered by the bot
	acked bool
}

func (m *said) key() conversation.Key { return conversation.InboundKey(m.at, m.id) }

func (c *customer) unacknowledged() (left []*said) {
	for _, m := range c.said {
		if !m.acked {
			left = append(left, m)
		}
	}
	return left
}

func (w *world) newCustomer(name string) *customer {
	w.t.Helper()
	user := w.name + " " + name
	token, err := w.app.vouch(user, name)
	if err != nil {
		w.t.Fatal(err)
	}
	id := w.app.inbound.ID(conversation.Peer{Channel: inapp.Name, Account: "main", User: user})
	c := &customer{world: w, token: token, id: id}
	w.customers = append(w.customers, c)
	return c
}

// says has a customer write something. A client that got no acknowledgement
// submits again: at once, or, if it is lazy, after something else has happened.
func (c *customer) says(text string) *said {
	m := &said{by: c, id: fmt.Sprintf("m%d", len(c.said)+1), at: c.world.file.clock.Now(), text: text}
	c.world.step(func() {
		c.said = append(c.said, m)
		for range 3 {
			c.world.submit(m)
			c.world.revive()
			if m.acked || c.world.point.lazy {
				return
			}
		}
	})
	return m
}

func (c *customer) asks(text string) *said {
	m := c.says(text)
	m.asks = true
	return m
}

// submit submits a message once.
func (w *world) submit(m *said) {
	w.t.Helper()
	status, answer := w.send(http.MethodPost, "/channels/"+inapp.Name, m.by.token, map[string]any{
		"type": "message", "id": m.id, "at": m.at.UnixMilli(), "text": m.text,
	})
	if status == 0 || status >= 500 {
		w.refused++
		return
	}
	var got struct {
		Accepted []conversation.Key `json:"accepted"`
	}
	if err := json.Unmarshal(answer, &got); err != nil || status != http.StatusOK || len(got.Accepted) != 1 || got.Accepted[0] != m.key() {
		w.errorf("%q was answered with %d %s", m.text, status, answer)
	}
	m.acked = true
}

// act makes a desk call as agents' tools do: the same call again until there is
// an answer. again says that an earlier call may have taken effect.
func (w *world) act(agent conversation.AgentID, path string, body any) (status int, answer []byte, again bool) {
	w.t.Helper()
	token, err := w.app.sessions.sign(agent, w.file.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	for range 4 {
		status, answer = w.send(http.MethodPost, path, token, body)
		w.revive()
		if status != 0 && status < 500 {
			return status, answer, again
		}
		again = true
	}
	w.errorf("%s of %s never worked: %d %s", path, agent, status, answer)
	return status, answer, again
}

// claim takes the next in line.
func (w *world) claim(agent conversation.AgentID) conversation.ID {
	w.t.Helper()
	return w.claimAt(agent, "/desk/v1/claim")
}

// claimAsk takes the one ticket that a message asked for.
func (w *world) claimAsk(agent conversation.AgentID, m *said) conversation.ID {
	w.t.Helper()
	return w.claimAt(agent, fmt.Sprintf("/desk/v1/tickets/%s/claim", conversation.NewTicketID(m.by.id, m.key())))
}

func (w *world) claimAt(agent conversation.AgentID, path string) (got conversation.ID) {
	w.t.Helper()
	w.claims++
	id := fmt.Sprintf("%s-c%d", strings.ReplaceAll(w.name, " ", "-"), w.claims)
	w.step(func() {
		status, answer, _ := w.act(agent, path, map[string]any{"id": id})
		var h struct {
			Conversation struct {
				ID conversation.ID `json:"id"`
			} `json:"conversation"`
		}
		if err := json.Unmarshal(answer, &h); err != nil || status != http.StatusOK {
			w.errorf("%s claims: %d %s", agent, status, answer)
		}
		got = h.Conversation.ID
	})
	return got
}

// claimByPermit takes a permit from the queue first, as a company's own tool does.
func (w *world) claimByPermit(agent conversation.AgentID) (got conversation.ID) {
	w.t.Helper()
	ctx := context.Background()
	for range 3 {
		permits, err := w.app.engines.Transfers.Receive(ctx, 1, 0)
		w.revive()
		if err != nil {
			continue
		}
		if len(permits) != 1 {
			w.errorf("%s finds no permit", agent)
			return ""
		}
		got = w.claim(agent)
		_ = w.app.engines.Transfers.Ack(ctx, permits[0]) // else it comes again
		w.revive()
		return got
	}
	w.errorf("%s gets no permit", agent)
	return ""
}

func (w *world) reply(agent conversation.AgentID, to conversation.ID, text string) {
	w.t.Helper()
	w.step(func() {
		status, answer, _ := w.act(agent, fmt.Sprintf("/desk/v1/conversations/%s/replies", to), map[string]any{"id": "r-" + text, "text": text})
		if status != http.StatusOK {
			w.errorf("%s replies: %d %s", agent, status, answer)
			return
		}
		w.replies[text] = to
	})
}

// hands ends an agent's part. Whoever asks again because the first answer was
// lost is told that it is over already.
func (w *world) hands(agent conversation.AgentID, what string, id conversation.ID) {
	w.t.Helper()
	w.step(func() {
		status, answer, again := w.act(agent, fmt.Sprintf("/desk/v1/conversations/%s/%s", id, what), w.allRead())
		if status != http.StatusOK && (status != http.StatusConflict || !again) {
			w.errorf("%s: %s: %d %s", agent, what, status, answer)
		}
	})
}

// allRead says that whatever has come by then was read.
func (w *world) allRead() any { return map[string]int64{"seen": w.file.clock.Now().UnixMilli()} }

// play is the story.
func (w *world) play() {
	ann, bob, cui := w.newCustomer("ann"), w.newCustomer("bob"), w.newCustomer("cui")
	ann.says("退款多久到账").faq = true
	bob.says("你好")
	ann.asks("人工")
	bob.asks("转人工")
	cui.asks("我要找真人客服")
	cui.says("还要多久")

	w.expect("chen takes the first", w.claim("chen"), ann.id)
	w.reply("chen", ann.id, "chen-1")
	w.file.clock.Advance(crashLease + time.Second)
	w.quiet()
	w.expectLine("chen vanished", ann, bob, cui)

	ann.says("还在吗")
	w.expect("lin takes the first again", w.claimByPermit("lin"), ann.id)
	ann.says("订单 123 没有收到")
	w.reply("lin", ann.id, "lin-1")
	w.expect("wang takes the second", w.claim("wang"), bob.id)
	w.reply("wang", bob.id, "wang-1")
	bob.says("好的")
	w.hands("wang", "return-to-bot", bob.id)
	w.pending(cui)
	cui.says("不等了")
	w.hands("lin", "resolve", ann.id)
	ann.says("谢谢")
	ann.says("退款还是没到").faq = true
	again := bob.asks("还是转人工吧")
	cui.asks("人工")
	w.expect("wang takes the second again", w.claimAsk("wang", again), bob.id)
	w.reply("wang", bob.id, "wang-2")
	w.quiet("wang")
	w.expectLine("the end", cui)
}

// pending lets a customer's client get its acknowledgements first.
func (w *world) pending(c *customer) {
	for _, m := range c.unacknowledged() {
		w.submit(m)
		w.revive()
	}
}
