package storetest

import (
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

var textTests = []test{
	{name: "any text is kept as it is", run: anyText},
	{name: "any id is kept as it is", run: anyID},
	{name: "what is too large is refused, and nothing of it stored", run: tooLarge,
		needs: func(features Features) bool { return features.Largest > 0 }},
}

// texts are what a store must neither change, cut nor act upon. The largest is in
// a message three times.
func texts(features Features) map[string]string {
	large := 400 << 10
	if features.Largest > 0 {
		large = min(large, features.Largest/3)
	}
	return map[string]string{
		"empty":         "",
		"spaces":        "  \t\r\n ",
		"chinese":       "我要找人工客服，别再让机器人回我了",
		"emoji":         "😡👨‍👩‍👧‍👦🇨🇳❤️",
		"four bytes":    "𠮷野家 𝄞",
		"controls":      "\x01\x02\x07\x08\x0b\x1b[31m\x1f\x7f\u0085",
		"noncharacters": "\uFFFE\uFFFF\U0010FFFF\uFEFF\uFFFD",
		"right to left": "\u202Eabc\u2028\u2029",
		"combining":     "e\u0301 vs \u00e9",
		"quotes":        `'"` + "`" + `\'\"\\`,
		"injection":     `'); DROP TABLE messages; --`,
		"parameters":    "?1 :a @b $c %s {{.}} ${x}",
		"json":          `{"kind":"text","text":"</script>"} & <b>`,
		"large":         strings.Repeat("长", large/len("长")),
	}
}

func anyText(f *fixture) {
	for name, text := range texts(f.harness.Features) {
		in := incoming(name, after(0), "m", text)
		in.Message.ClientID = text
		f.receive(in)
		reply := outgoing(name, after(1), "r", text)
		reply.Name = text
		f.say(name, "cause", reply)
		f.outcome(store.Outcome{Conversation: idOf(name), Key: reply.Key, Outcome: conversation.Outcome{
			Delivery: conversation.NotSent, Hint: text,
		}})
		reply.Outcome = conversation.Outcome{Delivery: conversation.NotSent, Hint: text}
		f.same(name, f.messages(name), []conversation.Message{in.Message, reply})
		if got := f.receive(in); !got.Repeat || got.Message.Words() != text {
			f.Errorf("%s: repeat %t, or another text", name, got.Repeat)
		}
	}
}

func anyID(f *fixture) {
	i := 0
	for name, text := range texts(f.harness.Features) {
		i++
		if len(text) > 1<<10 {
			text = strings.Repeat("long", 250)
		}
		if text == "" {
			continue
		}
		peer := conversation.Peer{Channel: text, Account: text, User: text, Thread: text}
		in := incoming("id of "+name, after(0), text, "x")
		in.Peer, in.Mark, in.Name = peer, after(0), text
		c := f.receive(in).Conversation
		f.same(name+": peer", c.Peer, peer)
		f.same(name+": name", c.Name, text)
		agent := conversation.AgentID(text)
		ch := stay(c, text)
		ch.Once = i%2 == 0
		ch.Next.Ticket = conversation.Ticket{
			ID: conversation.NewTicketID(c.ID, in.Message.Key), Status: conversation.TicketClaimed, Lane: conversation.Lane(text),
			AskedAt: after(0), Assignee: agent, ClaimID: text,
		}
		ch.Settles = in.Message.Key
		ch.Records = []conversation.Record{{Ask: ch.Next.Ticket.ID, Event: "e", Lane: conversation.Lane(text), At: after(0), Agent: agent, Why: text}}
		f.commit(ch)
		if !f.commit(ch).Repeat {
			f.Errorf("%s: the cause was forgotten", name)
		}
		f.same(name+": conversation", f.conversation("id of "+name), ch.Next)
		held, err := f.store.Held(f.ctx, agent)
		f.ok(err)
		f.same(name+": held", held, []conversation.Ticket{ch.Next.Ticket})
		f.same(name+": ledger", f.ledger(ch.Next.Ticket.ID), ch.Records)
		f.ok(f.store.Lease(f.ctx, agent, after(1)))
		lapse := store.Work{Kind: store.Lapse, Agent: agent, Due: after(1)}
		f.same(name+": work", f.due(5), []store.Work{lapse})
		f.ok(f.store.Settle(f.ctx, lapse))
	}
}

func tooLarge(f *fixture) {
	text := strings.Repeat("x", 4*f.harness.Features.Largest)
	in := marked("ann", 0, 1)
	in.Message.Parts = conversation.TextParts(text)
	_, err := f.store.Receive(f.ctx, in)
	f.refused(err, fault.TooLarge)
	_, err = f.store.Conversation(f.ctx, idOf("ann"))
	f.refused(err, fault.NotFound)
	f.same("work", f.due(100), []store.Work(nil))

	c := f.receive(incoming("ann", after(0), "m", "x")).Conversation
	ch := stay(c, "cause")
	ch.Next.Epoch++
	ch.Messages = []conversation.Message{outgoing("ann", after(1), "small", "y"), outgoing("ann", after(2), "large", text)}
	_, err = f.store.Commit(f.ctx, ch)
	f.refused(err, fault.TooLarge)
	f.same("conversation", f.conversation("ann"), c)
	f.same("undelivered", f.undelivered("ann"), []conversation.Message(nil))

	f.say("ann", "answer", ch.Messages[0])
	o := sent("ann", ch.Messages[0].Key)
	o.Outcome.Hint = text
	f.noOutcome(o, fault.TooLarge)
	f.same("undelivered", f.undelivered("ann"), ch.Messages[:1])
}
