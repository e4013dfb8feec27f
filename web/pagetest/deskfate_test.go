package pagetest

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// becomes records what became of a person's reply, as a provider tells it, and tells the agents.
func (g *guarded) becomes(id conversation.ID, text string, o conversation.Outcome) {
	g.Helper()
	messages, err := g.engines.Store.Messages(g.Context(), id, "", 20)
	g.must(err)
	for _, m := range messages {
		if m.Words() != text {
			continue
		}
		o.At = time.Now()
		record := store.Outcome{Conversation: id, Key: m.Key, Outcome: o}
		if m.Outcome.Final() {
			_, err = g.engines.Store.Report(g.Context(), record)
		} else {
			_, err = g.engines.Store.Outcome(g.Context(), record)
		}
		g.must(err)
		g.tells(id, m.Key)
	}
}

// TestWhatBecomesOfATextMessage: that it is on the phone, or never got there, is told on the
// message itself, also when it turns hours after it was sent; and what to do, since nothing is sent
// again by itself.
func TestWhatBecomesOfATextMessage(t *testing.T) {
	t.Parallel()
	g := guard(t)
	id := g.asks("找个活人")
	p := open(t, browser(t), g.page, desktop)
	p.signs("lin")
	p.speaks("zh-CN")
	p.click("", "claim")
	for _, text := range []string{"一", "二", "三"} {
		p.write("", "reply", text)
		p.wait(text+" is stored", `all("", "message").some((m) => m.dataset.key && m.textContent.includes("`+text+`"))`)
		g.becomes(id, text, conversation.Outcome{Delivery: conversation.Sent, Gone: 2})
	}
	g.becomes(id, "一", conversation.Outcome{Delivery: conversation.Delivered})
	g.becomes(id, "三", conversation.Outcome{Delivery: conversation.Delivered})
	fates := func(want string) {
		t.Helper()
		const told = `all("", "message").filter((m) => m.dataset.author === "person").map((m) => m.querySelector(".fate").textContent).join(" | ")`
		p.wait("the agent is told "+want, told+" === "+quote(want))
	}
	fates("已送达手机 | 已发出 | 已送达手机")
	p.shot("delivered")

	g.asks("another") // whose conversation the agent looks at meanwhile
	p.click("", "claim")
	p.wait("they look at another", `all("", "conversation").length === 2 && !shows("", "message", "找个活人")`)
	g.becomes(id, "二", conversation.Outcome{Delivery: conversation.NotSent, Code: "undelivered", Hint: "The phone is off."})
	p.wait("there is something to see", `document.querySelectorAll(".conversations .unread:not([hidden])").length === 1`)
	eval[bool](p, `(all("", "conversation").find((c) => c.getAttribute("aria-current") !== "true").click(), true)`)
	const undelivered = "未送达渠道收下了，但没能送到顾客的手机。请打电话，或换一个渠道联系；要再试，请重新写一条。The phone is off.undelivered"
	fates("已送达手机 | " + undelivered + " | 已送达手机")

	g.becomes(id, "三", conversation.Outcome{Delivery: conversation.NotSent, Code: "undelivered"})
	p.wait("a screen reader hears of it", `texts("", "news").some((said) => said.includes("未送达: 三 渠道收下了"))`)
	p.accessible("undelivered", axe(t), looks)
	p.speaks("en")
	p.has("", "message", "Not deliveredThe channel took it, and could not bring it to the phone. Call the customer, or write to them elsewhere; to try again, write it anew.")
	p.accessible("undelivered en", axe(t), looks)
	p.silent()
}
