package pagetest

import (
	"fmt"
	"net/url"
	"testing"
)

// guide is a link as an agent's tool shows it. Nobody is at its hosts.
var guide = map[string]string{
	"title": "退货指南：七天内怎么退、怎么换", "description": "三步：申请、寄回、退款。\n运费由我们承担。",
	"url": "https://www.shop.example/help/returns?from=chat&lang=zh", "picture": "https://cdn.shop.example/returns.png",
}

// shows says something with a link below it.
func (a *agent) shows(conversation, text string, link map[string]string) {
	a.Helper()
	a.calls++
	a.call("/desk/v1/conversations/"+url.PathEscape(conversation)+"/replies", a.token,
		map[string]any{"id": fmt.Sprintf("reply-%d", a.calls), "text": text, "link": link}, new(any))
}

// leads checks every card of a part: where it leads, how, and that nobody else was asked.
func (p *page) leads(part, address, host string) {
	p.Helper()
	p.has(part, "card", host)
	bad := eval[[]string](p, fmt.Sprintf(`all(%q, "card").filter((card) => {
		const a = card.querySelector('a');
		return !a || a.getAttribute('href') !== %q || a.target !== '_blank' || !/\bnoopener noreferrer\b/.test(a.rel) || card.querySelector('img');
	}).map((card) => card.outerHTML)`, part, address))
	if len(bad) > 0 {
		p.Errorf("%s: %v", part, bad)
	}
	foreign := eval[[]string](p, `performance.getEntriesByType('resource').map((e) => e.name).filter((name) => !name.startsWith(location.origin))`)
	if len(foreign) > 0 {
		p.Errorf("%s: others were asked: %v", part, foreign)
	}
}

// looks are how a page may look.
var looks = map[string]view{"phone": phone, "phone dark": {390, 844, true}, "desktop": desktop, "desktop dark": {1440, 900, true}}

// accessible checks that axe-core finds nothing to say of a page, however it looks.
func (p *page) accessible(name, script string, looks map[string]view) {
	p.Helper()
	for look, v := range looks {
		p.see(v)
		p.wait("colours have changed", `!document.getAnimations().some((a) => a instanceof CSSTransition)`)
		for _, found := range p.findings(script) {
			p.Errorf("%s, %s: %s", name, look, found)
		}
		p.shot(name + " " + look)
	}
}

// TestCards: a link is a card in the widget and at the desk.
func TestCards(t *testing.T) {
	t.Parallel()
	script := axe(t)
	s := openSite(t, start(t), full)
	tabs := browser(t)
	widget := s.visit(tabs, "/chat", phone)
	at := open(t, tabs, s.URL+"/desk/", desktop)
	atDesk(t, s, widget, at)
	lin := s.binary.agent("lin")
	lin.shows(widget.conversation(), "您看看这一页：", guide)
	lin.shows(widget.conversation(), "", map[string]string{"title": "Short", "url": guide["url"]})
	for part, p := range map[string]*page{chat: widget, "": at} {
		p.wait("both are there", fmt.Sprintf(`all(%q, "card").length === 2`, part))
		p.leads(part, guide["url"], "www.shop.example")
		p.has(part, "message", "运费由我们承担。")
		p.accessible(map[string]string{chat: "widget", "": "desk"}[part], script, looks)
		p.silent()
	}
}

// TestWeChatCards: the phone draws a card with its picture's place, and what its customer
// shares is a card at the desk.
func TestWeChatCards(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := openWeChat(t, b, "official", desktop)
	p.click("", "wechat-begin")
	p.wrote("转人工")
	p.has("", "wechat-message", "已为您转人工")
	for range 3 {
		p.click(desk, "claim")
	}
	p.has("", "wechat-message", "人工客服小林已接入")
	openID := eval[string](p, `new URL(performance.getEntriesByType('resource').map((e) => e.name).findLast((name) => name.includes('wechat/phone'))).searchParams.get('user')`)
	b.call("/dev/wechat/act", "", map[string]string{"user": openID, "act": "link", "title": "这双鞋", "description": "蓝色，42 码", "url": guide["url"]}, new(any))
	p.has("", "wechat-card", "这双鞋")
	p.leads(desk, guide["url"], "www.shop.example")
	p.has(desk, "card", "蓝色，42 码")

	conversation := eval[string](p, `all("iframe", "conversation").find((c) => c.textContent.includes("Customer ")).dataset.conversation`) // WeChat tells no names
	b.agent("lin").shows(conversation, "您看看这一页：", guide)
	p.has("", "wechat-card", "【人工·小林】三步")
	p.has("", "wechat-card", "cdn.shop.example")
	p.leads("", guide["url"], "www.shop.example")
	p.accessible("demo", axe(t), map[string]view{"light": desktop, "dark": {1440, 900, true}})
	p.silent()
}
