package scenario

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// These play on Lambda alone what happens there alone: services that are away for a
// moment while functions go on.

// TestPromise13BellsThatCannotBeRung: while no queue answers, an ask is acknowledged all
// the same, and the clock rings later what was missed. A question for the bot is
// refused, so that the customer's client repeats it.
func TestPromise13BellsThatCannotBeRung(t *testing.T) {
	t.Parallel()
	l := startLambda(t, Setup{Bot: config.BotZhida})
	c := NewCast(t, l)
	ann, bob := c.Customer("ann"), c.Customer("bob")
	l.cloud.Break(func(call localcloud.Call) bool { return call.Function == "inapp" && call.Action == "sqs:SendMessage" })
	c.write(t, ann, "转人工")
	question := Submission{ID: "question", At: l.Now(), Text: "我的包裹为什么在海关"}
	if done := bob.Submit(question); done.Code != fault.Unavailable {
		t.Errorf("the question is answered with %q", done.Code)
	}
	l.cloud.Break(nil)
	if n := len(l.Permits()); n != 0 {
		t.Fatalf("%d permits could be rung", n)
	}
	if done := bob.Submit(question); done.Code != "" {
		t.Errorf("the repeat is answered with %q", done.Code)
	}
	l.BotSays(bot.Answer{Text: "清关一般要三天"})
	hears(t, bob, conversation.Bot, "清关一般要三天")
	c.Pass(5 * time.Minute)
	hears(t, ann, conversation.Bot, "已为您转人工…")
	if n := len(l.Permits()); n != 1 {
		t.Errorf("%d permits", n)
	}
	c.Curtain()
}

// TestPromise13NobodyCallsAgain: a function that ends between keeping a message and
// deciding upon it leaves a mark. Where the platform does not retry, questions have
// one, too, and the clock gives them to the bot.
func TestPromise13NobodyCallsAgain(t *testing.T) {
	t.Parallel()
	l := startLambda(t, Setup{Bot: config.BotZhida})
	c := NewCast(t, l)
	ann := c.Customer("ann")
	c.Pass(time.Second)
	m := conversation.Message{
		Conversation: ann.Conversation(), Key: conversation.InboundKey(l.Now(), "question"), Author: conversation.Customer,
		Parts: conversation.TextParts("我的包裹为什么在海关"), ClientID: "question", Received: l.Now(),
	}
	peer := conversation.Peer{Channel: "inapp", Account: "main", User: l.user("ann")}
	if _, err := l.store().Receive(t.Context(), store.Incoming{Peer: peer, Message: m, Mark: l.Now().Add(time.Second)}); err != nil {
		t.Fatal(err)
	}
	c.Pass(5 * time.Minute)
	l.BotSays(bot.Answer{Text: "清关一般要三天"})
	hears(t, ann, conversation.Bot, "清关一般要三天")
}

// TestPromise13ATurnThatComesTwice: a queue may hand out a turn again when it has long
// been taken. The bot is not asked again.
func TestPromise13ATurnThatComesTwice(t *testing.T) {
	t.Parallel()
	l := startLambda(t, Setup{Bot: config.BotZhida})
	c := NewCast(t, l)
	ann := c.Customer("ann")
	c.write(t, ann, "我的包裹为什么在海关")
	l.BotSays(bot.Answer{Text: "清关一般要三天"})
	hears(t, ann, conversation.Bot, "清关一般要三天")
	question := ann.History()[0]
	queue, url := l.cloud.Queue("bot")
	body := object(map[string]any{"conversation": ann.Conversation(), "key": question.Key}, nil)
	if _, err := queue.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
	l.Still()
	if l.thinking() > 0 {
		t.Error("the bot is asked again")
	}
	if unheard := ann.Unheard(); len(unheard) > 0 {
		t.Errorf("ann heard %v", unheard)
	}
	if history := ann.History(); len(history) != 2 {
		t.Errorf("the history has %d messages", len(history))
	}
	c.Curtain()
}

// TestRefusedConnections: API Gateway names no reason when it closes, so an error frame
// comes before.
func TestRefusedConnections(t *testing.T) {
	t.Parallel()
	l := startLambda(t, Setup{})
	ann := l.Token(l.user("ann"))
	lin, _ := l.Session("lin")
	hello := func(token string) string { return object(map[string]any{"type": "hello", "token": token}, nil) }
	for name, c := range map[string]struct{ url, first, code string }{
		"no hello":             {l.CustomersLive(), `{"type":"message","id":"1","text":"` + private + `"}`, "bad_request"},
		"no JSON":              {l.CustomersLive(), private, "bad_request"},
		"no token":             {l.CustomersLive(), hello(""), "unauthenticated"},
		"an agent's token":     {l.CustomersLive(), hello(lin), "unauthenticated"},
		"no hello at a desk":   {l.AgentsLive(), `{"type":"ping"}`, "bad_request"},
		"a customer at a desk": {l.AgentsLive(), hello(ann), "unauthenticated"},
	} {
		t.Run(name, func(t *testing.T) {
			ended, frames := make(chan error, 1), make(chan []byte, 8)
			open(t, c.url, func(_ string, f []byte) { frames <- f }, func(err error) { ended <- err }).raw(websocket.MessageText, []byte(c.first))
			frame := receive(t, frames)
			if got := errorIn(t, frame); string(got.Code) != c.code || strings.Contains(string(frame), private) {
				t.Errorf("refused with %s", frame)
			}
			_ = receive(t, ended) // however it ends
		})
	}
}
