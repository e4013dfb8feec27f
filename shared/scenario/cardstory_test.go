package scenario

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// linkSeen is a link as somebody sees it, among the parts of a message.
type linkSeen conversation.Card

// UnmarshalJSON reads parts, and keeps the link.
func (l *linkSeen) UnmarshalJSON(data []byte) error {
	var parts []channel.ShownPart
	err := json.Unmarshal(data, &parts)
	for _, p := range parts {
		if p.Kind == conversation.Link {
			*l = linkSeen{p.Title, p.Description, p.URL, p.Picture}
		}
	}
	return err
}

// customs is what a bot and an agent's tool show.
var customs = conversation.Card{
	Title: "海关要多久", Description: "清关的三个步骤", URL: "https://www.shop.example/help/customs?from=chat", Picture: "https://cdn.shop.example/customs.png",
}

// isCard expects that an entry of a phone shows the card of customs, by whoever says it.
func isCard(t *testing.T, e platform.Entry, kind, label string) {
	t.Helper()
	if e.Kind != kind || e.By != platform.API || e.Text != customs.Title || e.URL != customs.URL || e.Picture != customs.Picture ||
		e.Description != label+customs.Description {
		t.Errorf("the phone shows %+v", e)
	}
}

// A bot shows a card and then an agent's tool does; between them the customer shares one.
func TestWeChatCards(t *testing.T) {
	onWeChatWith(t, Setup{Bot: config.BotZhida}, func(t *testing.T, w *weChat, lin Agent) {
		for _, text := range []string{customs.Title, customs.Description, customs.URL, customs.Picture} {
			w.private(text)
		}
		u := w.follower("李雷")
		u.does(u.Write("我的包裹为什么在海关"))
		w.host.BotSays(bot.Answer{Text: "清关一般要三天", Card: customs})
		said := u.awaits(2)
		if len(said) != 2 || said[0].Text != "【机器人】清关一般要三天\n回复 0 转人工" {
			t.Fatalf("the phone shows %+v", said)
		}
		isCard(t, said[1], "news", "【机器人】")

		u.does(u.SendLink("这双鞋", "蓝色", "https://mall.example/shoes"))
		w.host.BotSays(bot.Answer{Person: true})
		if said = u.awaits(1); len(said) != 1 || !matches("【机器人】已为您转人工…", said[0].Text) {
			t.Fatalf("the phone shows %+v", said)
		}
		id := takes(t, lin)
		w.host.Still()
		u.hears(platform.API, "【机器人】人工客服小林已接入…")
		shoes := linkSeen{Title: "这双鞋", Description: "蓝色", URL: "https://mall.example/shoes"}
		sees(t, lin, id, conversation.Customer, "这双鞋\n蓝色\nhttps://mall.example/shoes", shoes)
		sees(t, lin, id, conversation.Bot, "清关一般要三天\n海关要多久\n清关的三个步骤\n"+customs.URL, linkSeen(customs))

		m, code := lin.Shows(id, "", customs)
		if code != "" {
			t.Fatalf("the card is refused: %s", code)
		}
		w.host.Still()
		if said = u.news(); len(said) != 1 {
			t.Fatalf("the phone shows %+v", said)
		}
		isCard(t, said[0], "news", "【人工·小林】")
		told(t, lin, id, m.Key).wants(t, conversation.Sent, "")
		if _, code = lin.Shows(id, "x", conversation.Card{Title: "a", URL: "http://shop.example/"}); code != fault.BadLink {
			t.Errorf("a card of http is answered %q", code)
		}
	})
}

// A mini program's cards are of another form; the words below one may ride in the next call.
func TestMiniProgramCards(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.customer(miniAccount, "韩梅梅")
		u.does(u.EnterSession("order"))
		u.does(u.Write("0"))
		id := takes(t, lin)
		w.host.Still()
		u.news()
		if _, code := lin.Shows(id, "您看看这一页", customs); code != "" {
			t.Fatalf("the card is refused: %s", code)
		}
		w.host.Still()
		said := u.news()
		if len(said) != 2 || said[0].Text != "【人工·小林】您看看这一页" {
			t.Fatalf("the phone shows %+v", said)
		}
		isCard(t, said[1], "link", "【人工·小林】")
	})
}

// The same in the app, whose clients get it in frames: the card, and all of it as text.
func TestCardsInTheApp(t *testing.T) {
	onAll(t, Setup{Bot: config.BotZhida}, func(t *testing.T, c *Cast) {
		ann := c.Customer("ann")
		c.write(t, ann, "我的包裹为什么在海关")
		c.host.BotSays(bot.Answer{Text: "清关一般要三天", Card: customs})
		m, heard := ann.Next(func(m Message) bool { return m.Purpose == conversation.Answer })
		if !heard || m.Link != linkSeen(customs) || !m.Way || !strings.HasSuffix(m.Text, "清关的三个步骤\n"+customs.URL) {
			t.Errorf("ann hears %+v", m)
		}
	})
}

// sees expects that the agent reads a message with a link.
func sees(t *testing.T, a Agent, id conversation.ID, author conversation.Author, text string, link linkSeen) {
	t.Helper()
	history, code := a.History(id)
	if code != "" {
		t.Fatalf("the history is refused: %s", code)
	}
	for _, m := range history {
		if m.Author == author && m.Text == text && m.Link == link {
			return
		}
	}
	t.Errorf("nobody said %q with %+v: %+v", text, link, history)
}
