package scenario

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/bot/webhook"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

// slowBot thinks until it is told what to say. Hosts reach it as they reach a
// company's own bot: over HTTP, in the format of its kind.
type slowBot struct {
	monitor
	test    testing.TB
	kind    config.BotKind // "" for no bot
	time    func() time.Time
	address string
	turns   []chan outcome
}

// outcome is what becomes of a turn: an answer, or an error.
type outcome struct {
	bot.Answer
	fails bool
}

// newSlowBot makes the bot of a story, or none.
func newSlowBot(t testing.TB, kind config.BotKind, now func() time.Time) *slowBot {
	b := &slowBot{test: t, kind: kind, time: now}
	if kind != "" {
		server := httptest.NewServer(b)
		t.Cleanup(func() { b.release(); server.Close() })
		b.address = server.URL + "/"
	}
	return b
}

// settings is its block in zhida.yaml.
func (b *slowBot) settings() string {
	if b.kind == "" {
		return ""
	}
	return fmt.Sprintf("\nbot: { kind: %s, url: %q, secret: { env: ZHIDA_BOT_SECRET } }\n", b.kind, b.address)
}

// ServeHTTP implements http.Handler.
func (b *slowBot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // nobody waits
	}
	if !b.isQuestion(r, body) {
		b.test.Errorf("the bot is asked in another way than its own: %v", r.Header)
	}
	turn := make(chan outcome, 1)
	b.change(func() { b.turns = append(b.turns, turn) })
	select {
	case o := <-turn:
		b.answer(w, r, o)
	case <-r.Context().Done():
	}
}

func (b *slowBot) isQuestion(r *http.Request, body []byte) bool {
	var q struct{ Text, Message, Query, Conversation, Sender, User string }
	if json.Unmarshal(body, &q) != nil {
		return false
	}
	bearer := r.Header.Get("Authorization") == "Bearer "+botSecret
	switch b.kind {
	case config.BotZhida:
		signature := sign(r.Header.Get(webhook.TimestampHeader) + "." + string(body))
		return q.Text != "" && q.Conversation != "" && r.Header.Get(webhook.SignatureHeader) == signature
	case config.BotRasa:
		return q.Message != "" && q.Sender != "" && bearer
	case config.BotDify:
		return q.Query != "" && q.User != "" && bearer
	}
	return false
}

func (b *slowBot) answer(w http.ResponseWriter, r *http.Request, o outcome) {
	if o.fails {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	var says any
	switch b.kind {
	case config.BotZhida:
		answer := map[string]any{"answer": o.Text, "person": o.Person}
		if o.Card != (conversation.Card{}) {
			answer["link"] = o.Card
		}
		says = answer
	case config.BotRasa:
		all := []any{map[string]any{"recipient_id": "x", "text": o.Text}}
		if o.Person {
			all = append(all, map[string]any{"recipient_id": "x", "custom": map[string]any{config.DefaultPerson: true}})
		}
		says = all
	case config.BotDify:
		text := o.Text
		if o.Person {
			text += config.DefaultPerson
		}
		says = map[string]any{"event": "message", "conversation_id": "x", "answer": text}
	}
	body, err := json.Marshal(says)
	if err != nil {
		b.test.Error(err)
	}
	if b.kind == config.BotZhida {
		timestamp := strconv.FormatInt(b.time().Unix(), 10)
		w.Header().Set(webhook.TimestampHeader, timestamp)
		w.Header().Set(webhook.SignatureHeader, sign("answer."+timestamp+"."+r.Header.Get(webhook.SignatureHeader)+"."+string(body)))
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // whoever asked is gone
}

func sign(text string) string {
	mac := hmac.New(sha256.New, []byte(botSecret))
	mac.Write([]byte(text))
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// asked waits until the bot has n turns to answer.
func (b *slowBot) asked(n int) bool { return b.await(func() bool { return len(b.turns) >= n }) }

// thinking is how many turns it has.
func (b *slowBot) thinking() (n int) {
	b.look(func() { n = len(b.turns) })
	return n
}

// BotThinks is part of Host.
func (b *slowBot) BotThinks() {
	b.test.Helper()
	if !b.asked(1) {
		b.test.Error("the bot has no turn")
	}
}

// BotSays is part of Host.
func (b *slowBot) BotSays(a bot.Answer) { b.test.Helper(); b.end(outcome{Answer: a}) }

// BotFails is part of Host.
func (b *slowBot) BotFails() { b.test.Helper(); b.end(outcome{fails: true}) }

// end ends the turn it has had longest.
func (b *slowBot) end(o outcome) {
	b.test.Helper()
	if !b.asked(1) {
		b.test.Error("the bot has no turn")
		return
	}
	b.change(func() {
		b.turns[0] <- o
		b.turns = b.turns[1:]
	})
}

// release ends all thinking.
func (b *slowBot) release() {
	b.change(func() {
		for _, turn := range b.turns {
			close(turn)
		}
		b.turns = nil
	})
}
