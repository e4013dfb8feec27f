package scenario

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack/platform"
	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// TestPromise01SlackByMention: two customers of one channel are two conversations, by thread, though
// they share what Slack lets us say there.
func TestPromise01SlackByMention(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		help := s.Channel(acme, "help")
		li, mei := s.colleague(acme, "li"), s.colleague(acme, "mei")
		first := li.says(help, "我要人工 "+platform.Bot, "")
		s.host.Advance(time.Millisecond) // for their order in the line
		second := mei.says(help, platform.Bot+" human please", "")
		first.hears("机器人\n已为您转人工。下一位就是您…")
		second.hears("Bot\nA person will take over. You are number 2…")
		id := takes(t, lin)
		first.hears("机器人\n人工客服小林已接入…")
		s.says(lin, id, "您好，李")
		if said := first.hears("人工·小林\n您好，李"); said.Username != "人工·小林" {
			t.Errorf("it is said by %q", said.Username)
		}
		second.hearsNothing()
		mei.says(help, "how long?", second.thread)
		second.hears("Bot\nYou are still in line…You are next…")
		first.hearsNothing()
		other := takes(t, lin)
		if other == id {
			t.Error("both are one conversation")
		}
		second.hears("Bot\n…")
		li.says(help, "谢谢", first.thread)
		if !lin.Sees(id, func(seen []Message) bool { return len(seen) > 0 && seen[len(seen)-1].Text == "谢谢" }) {
			t.Error("the agent does not see what the first wrote in the thread")
		}
		mei.says(help, "大家早", "")
		if n := len(s.host.Permits()); n != 2 {
			t.Errorf("%d asked for a person, want 2", n)
		}
	})
}

// TestPromise05SlackAboveTheMention: who is called into a thread need not be told what stands above.
func TestPromise05SlackAboveTheMention(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		help := s.Channel(acme, "help")
		li, mei := s.colleague(acme, "li"), s.colleague(acme, "mei")
		thread := li.says(help, "订单 8001 还没到", "")
		mei.says(help, "我的也是", thread.thread)
		li.says(help, platform.Bot+" 转人工", thread.thread)
		thread.hears("机器人\n已为您转人工…")
		takes(t, lin)
		above := string(lin.Opens("消息列里之前的话.txt"))
		if !strings.Contains(above, "订单 8001 还没到\n") || !strings.Contains(above, "我的也是\n") || strings.Contains(above, "转人工") {
			t.Errorf("the agent reads %q", above)
		}
	})
}

func TestPromise01SlackByButton(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		li := s.colleague(acme, "li")
		li.writes("退款多久到账")
		answer := li.hears("机器人\n…")
		if !answer.Button {
			t.Fatalf("the way to a person is not in sight: %+v", answer)
		}
		if _, err := li.Tap(li.Direct(), answer.TS); err != nil {
			t.Fatal(err)
		}
		s.arrives()
		li.hears("机器人\n已为您转人工…")
		takes(t, lin)
		li.hears("机器人\n人工客服小林已接入…")
	})
}

// The command can be given anywhere: others see nothing of it, and it goes on in direct messages.
func TestPromise01SlackByCommand(t *testing.T) {
	onSlack(t, Setup{}, func(t *testing.T, s *slackSide, lin Agent) {
		li, help := s.colleague(acme, "li"), s.Channel(acme, "help")
		li.Command(help, "/human", "订单 8001 <急>")
		s.arrives()
		li.hears("机器人\n已为您转人工…")
		if told := li.Told(); len(told) != 1 || !strings.Contains(told[0], "私信") {
			t.Errorf("who gave the command is told %q", told)
		}
		if posts := s.Posts(help, ""); len(posts) > 0 {
			t.Errorf("others see %+v", posts)
		}
		id := takes(t, lin)
		history, code := lin.History(id)
		if code != "" || len(history) == 0 || !strings.HasSuffix(history[0].Text, "转人工\n订单 8001 <急>") {
			t.Errorf("the agent reads %+v (%s)", history, code)
		}
	})
}

// TestSlackIsAnsweredBeforeTheBot: Slack waits three seconds, and the bot takes thirty.
func TestSlackIsAnsweredBeforeTheBot(t *testing.T) {
	onSlack(t, Setup{Bot: config.BotZhida}, func(t *testing.T, s *slackSide, lin Agent) {
		li, mei := s.colleague(acme, "li"), s.colleague(acme, "mei")
		asked := s.host.Now()
		_, call := li.Write("我的包裹为什么在海关", "")
		s.rest()
		s.host.BotThinks()
		if !call.Taken || call.Attempts != 1 || !s.host.Now().Equal(asked) {
			t.Fatalf("the call: %+v", call)
		}
		s.host.Advance(30 * time.Second)
		s.host.BotSays(bot.Answer{Text: "清关一般要三天"})
		if said := li.hears("机器人\n清关一般要三天"); !said.Button {
			t.Errorf("the way to a person is not in sight: %+v", said)
		}

		mei.writes("我的包裹也在海关吗")
		s.host.BotThinks()
		mei.writes("算了，转人工")
		mei.hears("机器人\n已为您转人工…")
		s.host.BotSays(bot.Answer{Text: "也在海关"})
		mei.hearsNothing()
		lin.Renew()
		history, code := lin.History(takes(t, lin))
		late := 0
		for _, m := range history {
			if m.Text == "也在海关" && m.Private {
				late++
			}
		}
		if code != "" || late != 1 {
			t.Errorf("the agent reads %+v (%s)", history, code)
		}
	})
}

// TestPromise14SlackIsRemovedMeanwhile: a workspace removes the app while a reply is on its way.
func TestPromise14SlackIsRemovedMeanwhile(t *testing.T) {
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
		s.Uninstall(acme)
		s.rest()
		for range 4 {
			lin.Renew()
			s.host.Advance(10 * time.Second)
			s.host.Still()
		}
		li.hearsNothing()
		told(t, lin, id, key).wants(t, conversation.NotSent, fault.RecipientGone)
	})
}

// TestSlackCallsAgainDuringAColdStart: the first answer takes four seconds, and Slack calls again while
// that call goes on, in another instance. The customer gets one answer.
// https://github.com/slackapi/bolt-js/issues/816
func TestSlackCallsAgainDuringAColdStart(t *testing.T) {
	t.Parallel()
	l := startLambda(t, Setup{Slack: true})
	lin := l.Agent("lin")
	lin.SignIn()
	s := l.slack()
	s.installs(acme)
	l.cloud.Kill() // the next instance starts cold
	var first atomic.Bool
	reached, let := make(chan struct{}), make(chan struct{})
	l.cloud.Break(func(call localcloud.Call) bool {
		if call.Function == "slack" && call.Action == "dynamodb:UpdateItem" && first.CompareAndSwap(false, true) {
			close(reached)
			<-let
		}
		return false
	})
	li := s.colleague(acme, "li")
	_, call := li.Write("转人工", "")
	<-reached
	l.advance(4 * time.Second)
	if err := call.Wait(t.Context()); err != nil || !call.Taken || call.Attempts != 2 {
		t.Errorf("the calls: %+v, %v", call, err)
	}
	close(let)
	l.cloud.Break(nil)
	s.arrives()
	li.hears("机器人\n已为您转人工。下一位就是您…")
	li.hearsNothing()
	history, code := lin.History(takes(t, lin))
	asks, answers := 0, 0
	for _, m := range history {
		switch {
		case m.Author == conversation.Customer:
			asks++
		case strings.Contains(m.Text, "已为您转人工"):
			answers++
		}
	}
	if code != "" || asks != 1 || answers != 1 || len(s.Violations()) > 0 {
		t.Errorf("kept are %d asks and %d answers (%s); violations %+v", asks, answers, code, s.Violations())
	}
}
