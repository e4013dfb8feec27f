package scenario

import (
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

// asks are clear asks for a person, in many wordings.
var asks = []string{
	"转人工", "找个活人", "我要投诉", "12315", "叫你们经理", "rep please", "0", "人工客服", "转接真人", "有人吗", "我要找人工",
	"agent", "I want to talk to a human", "can I speak to a manager", "real person pls", "Zhuan rengong",
	"别再让机器人回复我了，找个真人来", "退款怎么还没到，给我转人工",
}

// noAsks are not, close as they come.
var noAsks = []string{"投诉进度查询", "退款", "opening hours", "人工智能是什么", "你好"}

// TestPromise01OneAskIsEnough: a clear ask makes one ticket and one permit, at
// any turn, and is acknowledged at once.
func TestPromise01OneAskIsEnough(t *testing.T) {
	playAll(t, "p01-*")
	turns := map[string]func(*testing.T, *Cast, Customer){
		"first words": func(*testing.T, *Cast, Customer) {},
		"after answers": func(t *testing.T, c *Cast, who Customer) {
			for _, text := range []string{"退款", "你们支持比特币吗"} {
				c.write(t, who, text)
				hears(t, who, conversation.Bot, "…")
			}
		},
		"after an end": func(t *testing.T, c *Cast, who Customer) {
			c.write(t, who, "转人工")
			hears(t, who, conversation.Bot, "已为您转人工…")
			id, code := c.Agent("lin").Claim()
			if code != "" || id != who.Conversation() || c.Agent("lin").Resolve(id) != "" {
				t.Fatalf("lin cannot serve: %q", code)
			}
			hears(t, who, conversation.Bot, "人工客服小林…")
			hears(t, who, conversation.Bot, "本次人工服务已结束…")
		},
	}
	for name, before := range turns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wordings := asks
			if name != "first words" {
				wordings = asks[:7] // what a text means does not depend on the turn; what follows might
			}
			onAll(t, Setup{}, func(t *testing.T, c *Cast) { askInEveryWording(t, c, wordings, before) })
		})
	}
}

func askInEveryWording(t *testing.T, c *Cast, wordings []string, before func(*testing.T, *Cast, Customer)) {
	for i, text := range wordings {
		who := c.Customer(fmt.Sprintf("asker%02d", i))
		before(t, c, who)
		permits := len(c.host.Permits())
		c.write(t, who, text)
		m := hears(t, who, conversation.Bot, "…")
		if m.Purpose != conversation.Acknowledgement {
			t.Errorf("%q is answered with a %s: %s", text, m.Purpose, m.Text)
		}
		if got := len(c.host.Permits()); got != permits+1 {
			t.Errorf("%q: %d permits more", text, got-permits)
		}
		if now := who.Stands(); now.Status != conversation.Waiting || now.Position != 1 {
			t.Errorf("%q: %+v", text, now)
		}
		// Served, so that the next is first again.
		if id, code := c.Agent("lin").Claim(); code != "" || id != who.Conversation() {
			t.Errorf("%q: nobody to claim: %q", text, code)
		}
		hears(t, who, conversation.Bot, "…")
		who.Drop()
	}
	if _, code := c.Agent("lin").Claim(); code != "nobody_waiting" {
		t.Errorf("there are more tickets than asks: %q", code)
	}
}

// TestPromise01WhatIsNoAsk: not everything with the words in it is an ask.
func TestPromise01WhatIsNoAsk(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		for i, text := range noAsks {
			who := c.Customer(fmt.Sprintf("other%02d", i))
			c.write(t, who, text)
			hears(t, who, conversation.Bot, "…")
			if now := who.Stands(); now.Status != conversation.WithBot {
				t.Errorf("%q: %+v", text, now)
			}
		}
		if n := len(c.host.Permits()); n != 0 {
			t.Errorf("%d permits", n)
		}
	})
}

// TestPromise01ABotThatHangsDelaysNobody: while a bot thinks, an ask is
// acknowledged in less than a second of real time, and the bot's late answer is
// for the agent alone.
func TestPromise01ABotThatHangsDelaysNobody(t *testing.T) {
	onAll(t, Setup{Bot: config.BotZhida}, func(t *testing.T, c *Cast) {
		ann := c.Customer("ann")
		c.write(t, ann, "我的包裹为什么在海关")
		c.Pass(30 * time.Second)
		took := timeToAcknowledge(t, ann)
		for _, name := range []string{"bob", "cid"} {
			c.Pass(time.Second)
			took = min(took, timeToAcknowledge(t, c.Customer(name)))
		}
		if took > time.Second { // the best of three, since other tests keep the machine busy
			t.Errorf("the acknowledgement took %s", took)
		}
		c.host.BotSays(bot.Answer{Text: "清关一般要三天"})
		lin := c.Agent("lin")
		if id, code := lin.Claim(); code != "" || id != ann.Conversation() {
			t.Fatalf("lin cannot claim: %q", code)
		}
		hears(t, ann, conversation.Bot, "人工客服小林…")
		late := Speech{Author: conversation.Bot, Text: "清关一般要三天", NotSent: true}
		if why := c.sees(lin, Step{Who: "lin", Whom: "ann", Says: late}, ann.Conversation()); why != "" {
			t.Error(why)
		}
		if unheard := ann.Unheard(); len(unheard) > 0 {
			t.Errorf("ann heard %v", unheard)
		}
		for _, m := range ann.History() {
			if m.Text == late.Text {
				t.Error("ann finds the late answer in her history")
			}
		}
	})
}

// timeToAcknowledge is real time.
func timeToAcknowledge(t *testing.T, who Customer) time.Duration {
	t.Helper()
	began := time.Now()
	if code := who.Write("转人工"); code != "" {
		t.Fatal(code)
	}
	hears(t, who, conversation.Bot, "已为您转人工…")
	return time.Since(began)
}

// write lets a customer write, a second later.
func (c *Cast) write(t testing.TB, who Customer, text string) {
	t.Helper()
	c.Pass(time.Second)
	if code := who.Write(text); code != "" {
		t.Fatalf("%q is refused: %s", text, code)
	}
}

// hears takes the next message unheard, which must be this; … is any text.
func hears(t testing.TB, who Customer, author conversation.Author, text string) Message {
	t.Helper()
	m, ok := who.Next(func(m Message) bool { return m.Author == author && matches(text, m.Text) })
	if !ok {
		t.Fatalf("heard %s, and not %q", shown(m), text)
	}
	return m
}
