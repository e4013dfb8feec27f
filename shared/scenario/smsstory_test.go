package scenario

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// TestPromise01SMS: a word, in either language, or the 0 that every answer names.
func TestPromise01SMS(t *testing.T) {
	onEachNumber(t, func(t *testing.T, s *smsSide, lin Agent, number string) {
		for i, ask := range []struct{ words, hears, joins, says string }{
			{"转人工", "机器人：已为您转人工。下一位就是您…", "人工客服小林已接入…", "人工·小林：OK"},
			{"agent", "Bot: A person will take over. You are next…", "Lin, a person, is here now…", "Person, Lin: OK"},
		} {
			p := s.phone(i, number)
			p.writes(ask.words)
			p.hears(ask.hears)
			id := takes(t, lin)
			p.hears(ask.joins)
			key := s.says(lin, id, "OK")
			told(t, lin, id, key).wants(t, conversation.Sent, "")
			p.hears(ask.says)
			p.writes("谢谢")
			if got := lastWords(t, lin, id); !slices.Equal(got, []string{ask.words, "谢谢"}) {
				t.Errorf("the agent sees %q", got)
			}
		}
		p := s.phone(9, number)
		p.writes("退款多久到账")
		p.hears("机器人：…\n回复 0 转人工")
		p.writes("0")
		p.hears("机器人：已为您转人工…")
	})
}

// TestPromise04SMSStop: who wants no more messages gets none, keeps their place, and comes back with a word.
func TestPromise04SMSStop(t *testing.T) {
	onEachNumber(t, func(t *testing.T, s *smsSide, lin Agent, number string) {
		p := s.phone(0, number)
		p.writes("转人工")
		p.hears("机器人：已为您转人工…")
		p.answered("STOP", "云帆商城：已退订，不再给您发短信。发 START 可恢复。")
		id := takes(t, lin) // they keep their place
		p.hearsNothing()
		if _, code := lin.Reply(id, "", "您好"); code != fault.OptedOut {
			t.Errorf("the reply is told %q, want it refused", code)
		}
		p.hearsNothing()
		p.answered("START", "云帆商城：已恢复给您发短信。发 STOP 可退订。")
		key := s.says(lin, id, "还在吗")
		p.hears("人工·小林：还在吗")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

// TestSMSHelp: one of us answers it, AWS or we. A sentence is none, whatever AWS makes of it.
func TestSMSHelp(t *testing.T) {
	onEachNumber(t, func(t *testing.T, s *smsSide, lin Agent, number string) {
		p := s.phone(0, number)
		p.answered("HELP", "Yunfan Store: …0…")
		p.hearsNothing()
		p.writes("help, get me a person please")
		if said := p.news(); len(said) == 0 || said[len(said)-1].Who != platform.Company {
			t.Errorf("the phone shows %+v", said)
		}
		takes(t, lin)
	})
}

// answered writes a keyword, which one answers: AWS, or we in these words.
func (p *phone) answered(keyword, ours string) {
	p.at.t.Helper()
	p.writes(keyword)
	if p.number == managedNumber {
		p.hearsOf(platform.AWS, "…")
		return
	}
	p.hears(ours)
}

// TestPromise03SMSStart: who allows messages again while they wait hears where they stand, on either number.
func TestPromise03SMSStart(t *testing.T) {
	onEachNumber(t, func(t *testing.T, s *smsSide, _ Agent, number string) {
		p := s.phone(0, number)
		p.writes("转人工")
		p.hears("机器人：已为您转人工…")
		p.writes("STOP")
		p.news()
		p.writes("START")
		const place = "您还在队列里，位置一直保留。下一位就是您"
		said := p.news()
		if last := said[len(said)-1].Text; number == managedNumber && (len(said) != 2 || said[0].Who != platform.AWS || !strings.HasPrefix(last, place)) ||
			number != managedNumber && (len(said) != 1 || !strings.Contains(last, place)) {
			t.Errorf("the phone shows %+v", said)
		}
	})
}

// serves has a customer ask, and the agent take them.
func (p *phone) serves(t *testing.T, lin Agent) conversation.ID {
	t.Helper()
	p.writes("转人工")
	p.hears("机器人：已为您转人工…")
	id := takes(t, lin)
	p.hears("…小林…")
	return id
}

// A long text is one message on the phone, in as many parts as it was counted in.
func TestSMSLongReply(t *testing.T) {
	onSMS(t, Setup{}, func(t *testing.T, s *smsSide, lin Agent) {
		p := s.phone(0, managedNumber)
		id := p.serves(t, lin)
		text := strings.Repeat("您的订单已经发出请注意查收谢谢惠顾", 24)[:3*400]
		key := s.says(lin, id, text)
		said := p.hears("人工·小林：" + text)
		if want := sms.Count(said.Text); len(said.Parts) != want.Parts || want.Parts != 7 || strings.Join(said.Parts, "") != said.Text {
			t.Errorf("it came in %d parts, counted were %+v", len(said.Parts), want)
		}
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

// TestPromise14SMSReceipts: AWS's yes is not the carrier's, and the agent hears what that says.
func TestPromise14SMSReceipts(t *testing.T) {
	onSMS(t, Setup{}, func(t *testing.T, s *smsSide, lin Agent) {
		p := s.phone(0, managedNumber)
		id := p.serves(t, lin)
		key := s.says(lin, id, "一")
		p.hears("…一")
		s.passes(10 * time.Second)
		told(t, lin, id, key).wants(t, conversation.Delivered, "")
		s.Decide(p.Number, platform.Unreachable)
		key = s.says(lin, id, "二")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
		lin.Renew()
		s.passes(10 * time.Second)
		told(t, lin, id, key).wants(t, conversation.NotSent, fault.Undelivered)
		p.hearsNothing()
	})
}

// AWS takes no more for now: what is said goes when it does, by the clock.
func TestSMSIsBusy(t *testing.T) {
	onSMS(t, Setup{}, func(t *testing.T, s *smsSide, lin Agent) {
		p := s.phone(0, managedNumber)
		id := p.serves(t, lin)
		s.FailCalls("SendTextMessage", platform.Limited)
		key := s.says(lin, id, "您好")
		told(t, lin, id, key).wants(t, conversation.Pending, fault.ProviderBusy)
		for range 4 {
			lin.Renew()
			s.passes(10 * time.Second)
		}
		p.hears("人工·小林：您好")
		told(t, lin, id, key).wants(t, conversation.Delivered, "")
	})
}

// TestPromise13SMSUncertain: a message whose answer is lost went out, or it did not. It is never
// sent again, and the agent is told; a receipt says more.
func TestPromise13SMSUncertain(t *testing.T) {
	onSMS(t, Setup{}, func(t *testing.T, s *smsSide, lin Agent) {
		p := s.phone(0, ownNumber)
		id := p.serves(t, lin)
		keys := map[string]conversation.Key{}
		for text, lost := range map[string]platform.CallFault{"out": platform.Swallow, "away": platform.ServerError} {
			s.FailCalls("SendTextMessage", lost)
			keys[text] = s.says(lin, id, text)
			told(t, lin, id, keys[text]).wants(t, conversation.UnknownSent, fault.Uncertain)
		}
		for range 6 {
			lin.Renew()
			s.passes(9 * time.Second)
		}
		if said := p.news(); len(said) != 1 || said[0].Text != "人工·小林：out" {
			t.Errorf("the phone shows %+v", said)
		}
		told(t, lin, id, keys["out"]).wants(t, conversation.Delivered, "") // by its receipt
		told(t, lin, id, keys["away"]).wants(t, conversation.UnknownSent, fault.Uncertain)
	})
}

// TestPromise13SMSNotifications: SNS brings the same twice, anew, late and in another order. It is one
// message, where it came first.
func TestPromise13SMSNotifications(t *testing.T) {
	onSMS(t, Setup{}, func(t *testing.T, s *smsSide, lin Agent) {
		p := s.phone(0, managedNumber)
		s.FailInbound(platform.Twice, platform.Anew, platform.Late, platform.Again)
		for _, text := range []string{"转人工", "一", "二", "三"} {
			if _, err := p.Write(p.number, text); err != nil {
				t.Fatal(err)
			}
			s.arrives()
			s.host.Advance(time.Second)
		}
		p.hears("机器人：已为您转人工…")
		id := takes(t, lin)
		p.hears("…小林…")
		for range 11 { // more than the minute and a half that one is late
			lin.Renew()
			s.passes(9 * time.Second)
		}
		if got := lastWords(t, lin, id); !slices.Equal(got, []string{"转人工", "一", "二", "三"}) {
			t.Errorf("the agent sees %q", got)
		}
		if code := lin.Resolve(id); code != "" {
			t.Fatalf("it is not resolved: %s", code)
		}
		s.arrives()
		p.news()
		s.passes(2 * time.Hour) // within which SNS brings two of them again
		lin.SignIn()
		if _, code := lin.Claim(); code == "" {
			t.Error("somebody asks again")
		}
		p.hearsNothing()
	})
}

// TestPromise03SMSIsNext: each message costs, so who waits hears of their place once more, when they are next.
func TestPromise03SMSIsNext(t *testing.T) {
	onSMS(t, Setup{}, func(t *testing.T, s *smsSide, lin Agent) {
		ann := s.host.Customer("ann") // of another channel, in the same line
		ann.Connect()
		if code := ann.Write("转人工"); code != "" {
			t.Fatalf("it is refused: %s", code)
		}
		var waiting []*phone
		for i, place := range []string{"…第 2 位…", "…第 3 位…"} {
			p := s.phone(i, ownNumber)
			p.writes("转人工")
			p.hears("机器人：已为您转人工。" + place)
			waiting = append(waiting, p)
			s.host.Advance(time.Second)
		}
		takes(t, lin)
		waiting[0].hearsSoon("您还在队列里，位置一直保留。下一位就是您…")
		waiting[1].hearsNothing()
		lin.Renew()
		waiting[0].hearsNothing()
	})
}

// hearsSoon is hears of what follows from a line that has moved: that takes a second of its own.
func (p *phone) hearsSoon(pattern string) {
	p.at.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if all := p.Inbox(); len(all) > 0 && all[len(all)-1].N > p.seen {
			break
		}
	}
	p.hears(pattern)
}

// TestSMSSlowBot: nothing waits for a bot, what it says at last is not for who wants to hear nothing, and it may
// hand over to a person.
func TestSMSSlowBot(t *testing.T) {
	onSMS(t, Setup{Bot: config.BotZhida}, func(t *testing.T, s *smsSide, _ Agent) {
		p, q := s.phone(0, managedNumber), s.phone(1, ownNumber)
		p.writes("我的包裹为什么在海关")
		s.host.BotThinks()
		s.host.Advance(30 * time.Second)
		s.host.BotSays(bot.Answer{Text: "清关一般要三天"})
		p.hearsSoon("机器人：清关一般要三天\n回复 0 转人工")
		q.writes("我的包裹也在海关吗")
		s.host.BotThinks()
		q.writes("STOP")
		q.hears("Yunfan Store: You get no more messages…") // no bot has said yet what they speak
		s.host.BotSays(bot.Answer{Text: "也在海关"})
		q.hearsNothing()
		r := s.phone(2, managedNumber)
		r.writes("我的包裹在海关被扣了")
		s.host.BotThinks()
		s.host.BotSays(bot.Answer{Person: true})
		r.hearsSoon("机器人：已为您转人工…")
	})
}

// A picture goes out where the number can send one and AWS can read it; else the agent is told that it did not.
func TestSMSPictures(t *testing.T) {
	onSMS(t, Setup{}, func(t *testing.T, s *smsSide, lin Agent) {
		p := s.phone(0, managedNumber)
		id := p.serves(t, lin)
		m, code := lin.Send(id, "picture", "invoice.png")
		if code != "" {
			t.Fatalf("the picture is refused: %s", code)
		}
		s.arrives()
		if _, onAWS := s.host.(*lambda); !onAWS {
			told(t, lin, id, m.Key).wants(t, conversation.NotSent, fault.ProviderRefused)
			p.hearsNothing()
			return
		}
		if said := p.hears("人工·小林：…"); said.Media == nil {
			t.Errorf("the phone shows %+v", said)
		}
		told(t, lin, id, m.Key).wants(t, conversation.Sent, "")
	})
}
