package pagetest

import (
	"context"
	"testing"
)

// states walks a customer's page through everything the widget can be in, and lets look
// see each. It is the same customer all the way.
func states(t *testing.T, tabs context.Context, v view, look func(p *page, state string)) {
	t.Helper()
	b := startChanged(t)
	s := openSite(t, b, full)
	p := s.visit(tabs, "/chat", v)
	look(p, "fresh")

	p.write(chat, "input", "我想问下退款")
	p.wait("the bot answers", `all("zhida-chat", "message").some((m) => m.dataset.author === "bot" && m.textContent.includes("退款"))`)
	look(p, "bot")

	p.click(chat, "person")
	p.has(chat, "position", "3")
	look(p, "waiting")

	p.click(chat, "leave")
	p.wait("the question is asked", `clickable("zhida-chat", "leave-confirm", 0)`)
	look(p, "leaving")
	p.click(chat, "stay")

	cut(s, p)
	look(p, "offline")
	s.cut.Store(false)
	eval[bool](p, `dispatchEvent(new Event('online'))`)
	p.wait("it is connected again", `!shows("zhida-chat", "offline", "")`)

	lin := b.agent("lin")
	lin.take(p.conversation())
	p.wait("a person is there", `document.querySelector('zhida-chat').state.status === 'human'`)
	lin.reply(p.conversation(), "您好，我是小林。")
	p.has(chat, "message", "我是小林")
	look(p, "human")

	lin.resolve(p.conversation())
	p.wait("it has ended", `document.querySelector('zhida-chat').state.status === 'closed'`)
	look(p, "closed")

	eval[bool](p, `(document.querySelector('zhida-chat').say('x'.repeat(4001)), true)`)
	p.wait("it is refused", `all("zhida-chat", "edit").length === 1`)
	look(p, "refused")
}

// cut takes the page's connection away, and keeps it away.
func cut(s *site, p *page) {
	p.Helper()
	s.cut.Store(true)
	eval[bool](p, `dispatchEvent(new Event('offline'))`)
	p.wait("it is offline", `shows("zhida-chat", "offline", "")`)
}
