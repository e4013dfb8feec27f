package routing_test

import (
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// offers are what bots say that offer a person, all written for this test.
const offers = `需要我帮您转人工客服吗？
要不要我帮您转接人工客服？
您是否需要转人工？
请问需要人工服务吗
我暂时无法处理，要为您转接人工吗？
如需转人工，请回复“1”。
抱歉，这个我不太清楚。需要我为您联系客服专员吗？
可以帮您转给真人同事，需要吗？
您的包裹已发出。如果还有问题，我可以帮您转人工，好吗？
建议您联系人工客服，要我现在帮您转吗？
让人工客服来帮您看一下，可以吗？
需要我幫您轉接真人客服嗎？
给您安排专人回电可以吗？
要不要换个人来跟您聊？
Would you like to talk to a human agent?
Would you like to speak to a real person?
Shall I connect you with an agent?
Do you want me to transfer you to a representative?
Can I put you through to an agent?
I can transfer you to a live agent. Is that okay?
I can't find that order. Should I get someone from our team to help you?
If you would like to speak to an agent, reply YES.
Sorry, I can't do that. Shall I connect you to one of our agents?
Let me know if you'd like me to connect you to a human.
Want me to hand this over to a human?
Shall I get you a person now?`

// noOffers are what they say that does not, though many speak of people.
const noOffers = `无需转人工，我来帮您处理。
不用转人工，自助就能改地址，需要我告诉您步骤吗？
没有必要转人工，这个我就能办，好吗？
我就能帮您办理，不需要人工，现在开始吗？
不必找客服，要我直接帮您退吗？
您好，我是智能客服小直，请问有什么可以帮您？
人工客服的工作时间是每天9:00到21:00。
我是机器人，不是真人，您能再说一遍吗？
您的退款三天内到账，您看可以吗？
需要我帮您查一下物流吗？
客服专员昨天已经为您登记，请耐心等待。
刚才人工客服已经为您处理好了，请问还有别的问题吗？
商家已经联系快递员，您确认一下地址对吗？
该商品支持人工安装，需要预约安装吗？
人工审核需要一天，您愿意等吗？
快递员会给您打电话，请保持畅通，好吗？
我们的客服不会向您索要密码，明白了吗？
您要的是人工智能课程吗？
There is no need to talk to an agent; I can do that for you.
You do not need to talk to anyone. Shall I cancel it?
No need for a human here, shall I reset your password now?
Sorry, I cannot connect you to an agent. Shall I send you the form?
I am not able to transfer you to a person, but I can open a case. Okay?
Thank you for contacting customer service. How can I help you?
I am a virtual agent. How can I help you?
Would you like me to track your parcel?
Our agents are available from 9 to 6.
Your agent has already replied by email. Is there anything else?
You spoke to an agent yesterday and the refund is on its way. Is that right?
Should I get you the tracking number?
Should I transfer you the money to the card ending in 12?
We will put you on the list. Is that okay?
Would you like to change the name of the contact person?`

// TestAYesToTheBotsOwnOffer (promise P1) makes a ticket: it must not go back to the bot,
// which may hang, rest or forget what it offered. Any other yes is the bot's.
func TestAYesToTheBotsOwnOffer(t *testing.T) {
	slow := router(t, line{place: store.Place{Exact: true}}, true)
	answered := func(text string) conversation.Conversation {
		d, err := slow.Answered(t.Context(), state(conversation.WithBot), said("我的包裹呢"), bot.Answer{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return d.Next
	}
	for _, text := range strings.Split(offers, "\n") {
		for _, yes := range []string{"好的", "yes"} {
			if d := decide(t, slow, answered(text), yes); d.Next.Status != conversation.Waiting || d.Turn {
				t.Errorf("%s %s: %s, a turn: %t", text, yes, d.Next.Status, d.Turn)
			}
		}
		if d := decide(t, slow, answered(text), "不用了"); d.Next.Status != conversation.WithBot || d.Turn || len(d.Replies) > 0 {
			t.Errorf("%s 不用了: %+v", text, d)
		}
	}
	for _, text := range strings.Split(noOffers, "\n") {
		if d := decide(t, slow, answered(text), "好的"); d.Next.Status != conversation.WithBot || !d.Turn {
			t.Errorf("%s 好的: %s, a turn: %t", text, d.Next.Status, d.Turn)
		}
	}
}

// TestAYesToAnOfferOfTheFiles is the same where zhida.yaml answers.
func TestAYesToAnOfferOfTheFiles(t *testing.T) {
	answers := faq.New([]config.Entry{{ID: "repair", Match: []string{"维修"}, Answer: config.Text{
		conversation.Chinese: "维修需要预约。需要我帮您转人工预约吗？",
	}}})
	r, err := routing.New(routing.Options{Language: conversation.Chinese, Answers: answers, Line: line{}})
	if err != nil {
		t.Fatal(err)
	}
	asked := decide(t, r, state(conversation.WithBot), "维修")
	if d := decide(t, r, asked.Next, "好的"); d.Next.Status != conversation.Waiting {
		t.Errorf("%+v", d)
	}
}
