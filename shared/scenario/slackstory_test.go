package scenario

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestSlackAskByDirectMessage(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		li := s.colleague(acme, "li")
		li.writes("转人工")
		if said := li.hears("机器人\n已为您转人工。下一位就是您…"); said.Thread != "" {
			t.Errorf("it stands in a thread: %+v", said)
		}
		id := takes(t, lin)
		li.hears("机器人\n人工客服小林已接入…")
		key := s.says(lin, id, "您好，我是小林")
		li.hears("人工·小林\n您好，我是小林")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
		li.writes("谢谢 <3 & 再见")
		if !lin.Sees(id, func(seen []Message) bool { return len(seen) > 0 && seen[len(seen)-1].Text == "谢谢 <3 & 再见" }) {
			t.Error("the agent does not see what the customer wrote")
		}
	})
}

func TestSlackFiles(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		li := s.colleague(acme, "li")
		li.writes("转人工")
		li.hears("机器人\n已为您转人工…")
		id := takes(t, lin)
		li.hears("机器人\n人工客服小林已接入…")
		li.Attach("坏在这里", "broken.png", "image/png", drawn(t))
		s.rest()
		s.host.Still()
		if got := lin.Opens("broken.png"); len(got) == 0 {
			t.Error("the agent cannot open what the customer sent")
		}
		m, code := lin.Send(id, "picture", "发票.png")
		if code != "" {
			t.Fatalf("the picture is refused: %s", code)
		}
		if said := li.hears("人工·小林…"); len(said.Files) != 1 {
			t.Errorf("the customer sees %+v", said)
		}
		told(t, lin, id, m.Key).wants(t, conversation.Sent, "")
	})
}

// A slow bot answers, with the way to a person below, and then knows that it is beaten.
func TestSlackBot(t *testing.T) {
	onSlack(t, Setup{Bot: config.BotZhida}, func(t *testing.T, s *slackSide, lin Agent) {
		li := s.colleague(acme, "li")
		li.writes("我的包裹为什么在海关")
		s.host.BotSays(bot.Answer{Text: "清关一般要三天"})
		if said := li.hears("机器人\n清关一般要三天"); !said.Button {
			t.Errorf("the way to a person is not in sight: %+v", said)
		}
		li.writes("可是已经五天了")
		s.host.BotSays(bot.Answer{Person: true})
		li.hears("机器人\n已为您转人工…")
		takes(t, lin)
		li.hears("机器人\n人工客服小林已接入…")
	})
}

// TestPromise03SlackFollowsTheLine: the one message that tells a place is changed as the line
// moves, whichever channel the others came by.
func TestPromise03SlackFollowsTheLine(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		ann := s.host.Customer("ann")
		ann.Connect()
		if code := ann.Write("转人工"); code != "" {
			t.Fatalf("it is refused: %s", code)
		}
		li := s.colleague(acme, "li")
		li.writes("转人工")
		place := li.hears("机器人\n已为您转人工。您排在第 2 位…")
		takes(t, lin)
		li.sees(place, "机器人\n…下一位就是您…")
	})
}

// Slack takes no more for now: what is said goes when it does, by the clock.
func TestSlackIsBusy(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		li := s.colleague(acme, "li")
		li.writes("转人工")
		li.hears("机器人\n已为您转人工…")
		id := takes(t, lin)
		li.hears("机器人\n人工客服小林已接入…")
		s.host.Advance(2 * time.Second)
		s.FailCalls("chat.postMessage", platform.LimitedSilently)
		key := s.says(lin, id, "您好")
		told(t, lin, id, key).wants(t, conversation.Pending, fault.ProviderBusy)
		for range 4 {
			lin.Renew()
			s.host.Advance(10 * time.Second)
			s.host.Still()
		}
		li.hears("人工·小林\n您好")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

// TestPromise14SlackIsRemoved: who answers a workspace that removed the app is told so. Once it is
// installed again, the conversation goes on.
func TestPromise14SlackIsRemoved(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		li := s.colleague(acme, "li")
		li.writes("转人工")
		li.hears("机器人\n已为您转人工…")
		id := takes(t, lin)
		li.hears("机器人\n人工客服小林已接入…")
		s.host.Advance(2 * time.Second)
		s.Uninstall(acme)
		s.rest()
		key := s.says(lin, id, "您好")
		told(t, lin, id, key).wants(t, conversation.NotSent, fault.RecipientGone)
		s.installs(acme)
		key = s.says(lin, id, "还在吗")
		li.hears("人工·小林\n还在吗")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

// Tokens end after twelve hours, and are renewed ahead of it by whoever needs one.
func TestSlackRenewsTokens(t *testing.T) {
	onSlack(t, Setup{}, func(_ *testing.T, s *slackSide, _ Agent) {
		li := s.colleague(acme, "li")
		li.writes("退款多久到账")
		li.hears("机器人\n…")
		s.host.Advance(13 * time.Hour)
		li.writes("转人工")
		li.hears("机器人\n已为您转人工…")
	})
}
