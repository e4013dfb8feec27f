package routing_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// line is a Line that always gives the same place.
type line struct {
	place store.Place
	err   error
}

func (l line) Position(context.Context, conversation.Lane, string) (store.Place, error) {
	return l.place, l.err
}

var refunds = faq.New([]config.Entry{{ID: "refund", Match: []string{"退款", "refund"}, Answer: config.Text{
	conversation.Chinese: "退款三天到账。", conversation.English: "Refunds take three days.",
}}})

func router(t *testing.T, l line, slow bool) *routing.Router {
	t.Helper()
	r, err := routing.New(routing.Options{Language: conversation.Chinese, Answers: refunds, Line: l, SlowBot: slow})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func said(text string) conversation.Message {
	return conversation.Message{
		Key: conversation.InboundKey(noon, "m"), Author: conversation.Customer,
		Parts: conversation.TextParts(text), Received: noon.Add(50 * time.Millisecond),
	}
}

func state(s conversation.Status) conversation.Conversation {
	c := conversation.New("abcdefghijklmnopqrstuvwxyz", conversation.Peer{Channel: "x"})
	c.Status = s
	if s == conversation.Waiting {
		c.Ticket = conversation.Ticket{ID: "t", Status: conversation.TicketWaiting, Lane: conversation.Front, AskedAt: noon}
	}
	return c
}

func decide(t *testing.T, r *routing.Router, c conversation.Conversation, text string) routing.Decision {
	t.Helper()
	d, err := r.Decide(t.Context(), c, said(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAskMakesATicketFromEveryOpenStatus(t *testing.T) {
	r := router(t, line{place: store.Place{Ahead: 1, Exact: true}}, true)
	for _, s := range []conversation.Status{conversation.WithBot, conversation.Ended} {
		for _, text := range []string{"转人工", "0", "０", " 0. ", "我要投诉", "rep please"} {
			d := decide(t, r, state(s), text)
			if d.Next.Status != conversation.Waiting || d.Turn || len(d.Replies) != 1 {
				t.Errorf("%s, %q: %+v", s, text, d)
				continue
			}
			ack := d.Replies[0]
			if ack.Purpose != conversation.Acknowledgement || ack.Ask != d.Next.Ticket.ID || !strings.Contains(ack.Text, "2") {
				t.Errorf("%s, %q: acknowledged with %+v", s, text, ack)
			}
		}
	}
}

func TestBotAnswersNameTheWay(t *testing.T) {
	r := router(t, line{}, false)
	for text, purpose := range map[string]conversation.Purpose{
		"我想问下退款": conversation.Answer, "refund?": conversation.Answer, "蓝色的有货吗": conversation.Offer,
		"你根本没听懂": conversation.Offer, "还要多久": conversation.Offer,
	} {
		d := decide(t, r, state(conversation.WithBot), text)
		if len(d.Replies) != 1 || !d.Replies[0].Way || d.Replies[0].Purpose != purpose {
			t.Errorf("%q: %+v", text, d.Replies)
		}
		if d.Next.Offered != (purpose == conversation.Offer) {
			t.Errorf("%q: offered %v", text, d.Next.Offered)
		}
	}
}

func TestYesAfterAnOfferIsAnAsk(t *testing.T) {
	r := router(t, line{place: store.Place{Exact: true}}, false)
	offered := state(conversation.WithBot)
	offered.Offered = true
	for _, text := range []string{"好的", "要", "1", "yes please", "OK", "嗯嗯"} {
		if d := decide(t, r, offered, text); d.Next.Status != conversation.Waiting {
			t.Errorf("%q after an offer: %s", text, d.Next.Status)
		}
		if d := decide(t, r, state(conversation.WithBot), text); d.Next.Status == conversation.Waiting {
			t.Errorf("%q without an offer made a ticket", text)
		}
	}
}

func TestWhileWaiting(t *testing.T) {
	r := router(t, line{place: store.Place{Ahead: 2, Exact: true}}, true)
	for _, text := range []string{"还要多久", "还要多久啊？", "前面还有几个人", "how long?", "How much longer", "转人工"} {
		d := decide(t, r, state(conversation.Waiting), text)
		if len(d.Replies) != 1 || !strings.Contains(d.Replies[0].Text, "3") || d.Next.Status != conversation.Waiting {
			t.Errorf("%q: %+v", text, d)
		}
	}
	for _, text := range []string{"我的订单号是 12345", "等一下", "谢谢", "好的", "还要退款", "没用", "不用转人工"} {
		if d := decide(t, r, state(conversation.Waiting), text); !d.Empty(d.Next) || d.Next.Status != conversation.Waiting {
			t.Errorf("%q: %+v", text, d)
		}
	}
	for _, text := range []string{"不等了", "取消排队", "leave the line", "不等了啊"} {
		if d := decide(t, r, state(conversation.Waiting), text); d.Next.Status != conversation.WithBot || len(d.Records) != 1 {
			t.Errorf("%q: %+v", text, d)
		}
	}
}

func TestAPersonIsNotInterrupted(t *testing.T) {
	r := router(t, line{}, true)
	for _, text := range []string{"转人工", "0", "退款", "还要多久", "谢谢"} {
		if d := decide(t, r, state(conversation.WithPerson), text); !d.Empty(d.Next) || d.Next.Epoch != 1 {
			t.Errorf("%q: %+v", text, d)
		}
	}
}

func TestTheEstimateIsHonest(t *testing.T) {
	for _, c := range []struct {
		place store.Place
		zh    string
		en    string
	}{
		{store.Place{Exact: true}, "下一位就是您，暂时无法估计", "You are next; no estimate"},
		{store.Place{Ahead: 4, Exact: true, Every: time.Minute}, "第 5 位，预计约 5 分钟", "number 5 in line; it should take about 5 min"},
		{store.Place{Ahead: 0, Exact: true, Every: 20 * time.Second}, "不到 1 分钟", "less than a minute"},
		{store.Place{Ahead: 2, Exact: true, Every: 50 * time.Second}, "约 3 分钟", "about 3 min"},
		{store.Place{Ahead: 128, Every: time.Minute}, "前面超过 128 位，暂时无法估计", "More than 128 people are ahead of you; no estimate"},
		{store.Place{Ahead: 4700, About: true, Every: time.Minute}, "前面大约还有 4700 位，暂时无法估计", "About 4700 people are ahead of you; no estimate"},
	} {
		r := router(t, line{place: c.place}, false)
		if got := decide(t, r, state(conversation.WithBot), "转人工").Replies[0].Text; !strings.Contains(got, c.zh) {
			t.Errorf("%+v: %q lacks %q", c.place, got, c.zh)
		}
		if got := decide(t, r, state(conversation.WithBot), "agent please").Replies[0].Text; !strings.Contains(got, c.en) {
			t.Errorf("%+v: %q lacks %q", c.place, got, c.en)
		}
	}
}

func TestAClockCannotJumpTheLine(t *testing.T) {
	r := router(t, line{place: store.Place{Exact: true}}, false)
	for _, c := range []struct{ key, received, want time.Time }{
		{noon, noon.Add(time.Second), noon},
		{noon, noon.Add(15 * time.Second), noon},
		{noon.Add(-20 * time.Hour), noon, noon.Add(-routing.MaxBackdate)},
		{noon.Add(2 * time.Minute), noon, noon},
	} {
		m := conversation.Message{Key: conversation.InboundKey(c.key, "m"), Parts: conversation.TextParts("人工"), Received: c.received}
		d, err := r.Decide(t.Context(), state(conversation.WithBot), m)
		if err != nil || !d.Next.Ticket.AskedAt.Equal(c.want) {
			t.Errorf("written %s, arrived %s: in line since %s, %v", c.key, c.received, d.Next.Ticket.AskedAt, err)
		}
	}
}

func TestSlowBot(t *testing.T) {
	r := router(t, line{place: store.Place{Exact: true}}, true)
	c := state(conversation.WithBot)
	if d := decide(t, r, c, "蓝色的有货吗"); !d.Turn || len(d.Replies) != 0 {
		t.Errorf("no turn: %+v", d)
	}
	if d := decide(t, r, c, "好的"); !d.Turn {
		t.Errorf("a yes to what the bot asked does not reach it: %+v", d)
	}
	offered := c
	offered.Offered = true
	if d := decide(t, r, offered, "好的"); d.Next.Status != conversation.Waiting {
		t.Errorf("a yes to an offer: %+v", d)
	}
	for _, tc := range []struct {
		answer  bot.Answer
		purpose conversation.Purpose
	}{
		{bot.Answer{Text: "有货"}, conversation.Answer},
		{bot.Answer{Text: "有货", Card: conversation.Card{Title: "蓝色", URL: "https://shop.example/blue"}}, conversation.Answer},
		{bot.Answer{}, conversation.Offer},
		{bot.Answer{Person: true}, conversation.Acknowledgement},
	} {
		d, err := r.Answered(t.Context(), c, said("蓝色的有货吗"), tc.answer)
		if err != nil || len(d.Replies) != 1 || d.Replies[0].Purpose != tc.purpose || d.Replies[0].Card != tc.answer.Card {
			t.Errorf("%+v: %+v, %v", tc.answer, d, err)
		}
	}
}

func TestUnreadableMessagesGetAnOffer(t *testing.T) {
	m := said("")
	m.Parts = []conversation.Part{{Kind: conversation.Unsupported, Text: "voice"}}
	d, err := router(t, line{}, true).Decide(t.Context(), state(conversation.WithBot), m)
	if err != nil || len(d.Replies) != 1 || d.Replies[0].Purpose != conversation.Offer {
		t.Errorf("%+v, %v", d, err)
	}
	if !routing.Consequential(m) {
		t.Error("an unreadable message is not marked")
	}
}

// TestALinkIsAQuestion: a bot can read it, and what its author called it asks for nobody.
func TestALinkIsAQuestion(t *testing.T) {
	m := said("")
	m.Parts = []conversation.Part{{Kind: conversation.Link, Card: conversation.Card{Title: "转人工", URL: "https://shop.example/"}}}
	d, err := router(t, line{}, true).Decide(t.Context(), state(conversation.WithBot), m)
	if err != nil || !d.Turn {
		t.Errorf("%+v, %v", d, err)
	}
	if routing.Asks(m) || routing.Consequential(m) {
		t.Error("a link's title is read as the customer's words")
	}
}

func TestLanguageFollowsTheCustomer(t *testing.T) {
	r := router(t, line{place: store.Place{Exact: true}}, false)
	for text, want := range map[string]conversation.Language{
		"转人工": conversation.Chinese, "talk to an agent": conversation.English,
		"zhuan rengong": conversation.Chinese, "0": conversation.Chinese,
	} {
		if got := decide(t, r, state(conversation.WithBot), text).Next.Language; got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
	c := state(conversation.WithBot)
	c.Language, c.Offered = conversation.Chinese, true
	if got := decide(t, r, c, "ok").Next.Language; got != conversation.Chinese {
		t.Errorf("a lone ok switched to %s", got)
	}
}

func TestThanksOweNoAnswer(t *testing.T) {
	for _, s := range []conversation.Status{conversation.WithBot, conversation.Ended} {
		for _, text := range []string{"谢谢", "thanks!", "再见"} {
			if d := decide(t, router(t, line{}, true), state(s), text); !d.Empty(d.Next) {
				t.Errorf("%s, %q: %+v", s, text, d)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	if _, err := routing.New(routing.Options{Language: "xx", Answers: refunds, Line: line{}}); !fault.Is(err, fault.Config) {
		t.Errorf("a language without texts: %v", err)
	}
	down := line{err: errors.New("down")}
	if _, err := router(t, down, false).Decide(t.Context(), state(conversation.Waiting), said("还要多久")); !errors.Is(err, down.err) {
		t.Errorf("the line is down: %v", err)
	}
	if d := decide(t, router(t, down, false), state(conversation.WithBot), "人工"); d.Next.Status != conversation.Waiting {
		t.Error("an ask waited for a position")
	}
}

func TestADeclinedOfferIsOver(t *testing.T) {
	r := router(t, line{}, false)
	c := state(conversation.WithBot)
	c.Offered = true
	d := decide(t, r, c, "不用了")
	if d.Next.Offered || d.Empty(c) {
		t.Fatalf("the offer stands: %+v", d)
	}
	if d := decide(t, r, d.Next, "好的"); d.Next.Status == conversation.Waiting {
		t.Error("a later yes made a ticket")
	}
}
