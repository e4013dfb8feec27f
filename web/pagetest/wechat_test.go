package pagetest

import (
	"fmt"
	"testing"
)

// openWeChat opens the demo with one of WeChat's phones in the customer's hand.
func openWeChat(t *testing.T, b *binary, kind string, v view) *page {
	t.Helper()
	p := openDemo(t, b, v)
	p.click("", "phone-"+kind)
	p.wait("the account is shown", `clickable("", "wechat-begin", 0)`)
	return p
}

// wrote has the customer write in WeChat.
func (p *page) wrote(text string) {
	p.Helper()
	p.wait("there is something to write in", `clickable("", "wechat-input", 0) || clickable("", "wechat-swap", 0)`)
	if !eval[bool](p, `Boolean(clickable("", "wechat-input", 0))`) {
		p.click("", "wechat-swap")
	}
	p.write("", "wechat-input", text)
}

// TestWeChatPhone: who follows is greeted, asks by a tap, and talks with a person.
func TestWeChatPhone(t *testing.T) {
	t.Parallel()
	p := openWeChat(t, start(t), "official", desktop)
	p.shot("1-open")
	p.click("", "wechat-begin")
	p.has("", "wechat-note", "You follow the account")
	p.has("", "wechat-message", "想找真人客服")
	p.click("", "wechat-menu")
	p.has("", "wechat-note", "转人工")
	p.has("", "wechat-message", "您排在第 3 位")
	p.has("", "wechat-message", "回复任意内容")
	p.has("", "event", "io.zhida.transfer.requested.v1")
	p.has("", "clock-acknowledged", "ms")
	p.wrote("我的快递呢？<img src=x onerror=alert(1)>")
	p.shot("2-asked")

	for range 3 {
		p.click(desk, "claim")
	}
	p.has(desk, "message", "我的快递呢？<img src=x")
	p.write(desk, "reply", "您好，我是小林。快递明天到。")
	p.has("", "wechat-message", "【人工·小林】您好，我是小林。快递明天到。")
	p.has("", "clock-first_word", "s")
	p.shot("3-answered")

	p.click("", "wechat-unfollow")
	p.wait("they can follow again", `clickable("", "wechat-begin", 0)`)
	p.click("", "phone-app")
	p.wait("the app is back", `clickable("zhida-chat", "input", 0)`)
	p.silent()
}

// TestWeChatMessagesEnd: what the window does not hold is kept for the customer's next word,
// and the agent is told.
func TestWeChatMessagesEnd(t *testing.T) {
	t.Parallel()
	p := openWeChat(t, start(t), "official", desktop)
	p.click("", "wechat-begin")
	p.wrote("转人工")
	p.has("", "wechat-message", "已为您转人工")
	for range 3 {
		p.click(desk, "claim")
	}
	p.has("", "wechat-message", "人工客服小林已接入")
	for n := range 5 { // of five messages, the agent's name took one
		p.write(desk, "reply", fmt.Sprintf("第 %d 句", n+1))
	}
	p.wait("the agent is told", `shows("iframe", "limits", "kept")`)
	p.has("", "wechat-message", "第 1 句")
	p.wait("the fifth is kept", `!shows("", "wechat-message", "第 5 句")`)
	p.shot("held")
	p.wrote("还在吗")
	p.has("", "wechat-message", "第 5 句")
	p.silent()
}

// TestMiniProgramPhone on a narrow screen, through a restart of the server.
func TestMiniProgramPhone(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := openWeChat(t, b, "miniprogram", phone)
	p.click("", "wechat-begin")
	p.has("", "wechat-note", "You opened customer service")
	p.wrote("I want a real person")
	p.has("", "wechat-message", "3")
	p.shot("asked")
	b.restart()
	p.has("", "wechat-note", "started again")
}

func TestWeChatPhoneIsAccessible(t *testing.T) {
	t.Parallel()
	script := axe(t)
	for _, v := range []view{phone, {1440, 900, true}} {
		p := openWeChat(t, start(t), "official", v)
		examine := func(state string) {
			for _, found := range p.findings(script) {
				t.Errorf("%s, %d wide: %s", state, v.width, found)
			}
		}
		examine("before they follow")
		p.click("", "wechat-begin")
		p.has("", "wechat-message", "想找真人客服")
		examine("with the menu")
		p.wrote("退款多久到账")
		p.has("", "wechat-message", "我的订单 → 退款详情")
		examine("with an answer")
		p.shot(fmt.Sprint(v.width))
	}
}
