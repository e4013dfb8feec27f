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
	p.has("", "clock-acknowledged", "s") // WeChat tells whole seconds
	p.wrote("我的快递呢？<img src=x onerror=alert(1)>")
	p.shot("2-asked")

	for range 3 {
		p.click(desk, "claim")
	}
	p.has(desk, "message", "我的快递呢？<img src=x")
	p.has(desk, "facts", "WeChat · Chinese")
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
	for n := range 4 { // of five messages, the agent's name took one; two at once would go as one
		p.write(desk, "reply", fmt.Sprintf("第 %d 句", n+1))
		p.has("", "wechat-message", fmt.Sprintf("第 %d 句", n+1))
	}
	p.wait("the agent is told", `shows("iframe", "limits", "kept")`)
	p.write(desk, "reply", "第 5 句")
	p.has(desk, "message", "goes out by itself")
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
		if got := eval[float64](p, placeholderContrast); got < 4.5 {
			t.Errorf("%d wide: the placeholder has a contrast of %.1f", v.width, got)
		}
		p.shot(fmt.Sprint(v.width))
	}
}

// placeholderContrast is that of WCAG 2.2, which axe-core does not look at for placeholders.
const placeholderContrast = `(() => {
	const light = (colour) => {
		const [r, g, b] = colour.match(/[\d.]+/g).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
	};
	const input = all("", "wechat-input")[0];
	const [one, other] = [getComputedStyle(input, '::placeholder').color, getComputedStyle(input).backgroundColor].map(light);
	return Math.max(one, other) / Math.min(one, other);
})()`

// TestWeChatPhoneByKeyboard: what had the focus goes away, and the focus is not lost with it.
func TestWeChatPhoneByKeyboard(t *testing.T) {
	t.Parallel()
	p := openWeChat(t, start(t), "official", desktop)
	focus := func(name string) {
		p.wait(name+" is there", fmt.Sprintf(`clickable("", %q, 0)`, name))
		eval[bool](p, fmt.Sprintf(`(all("", %q)[0].focus(), true)`, name))
	}
	focus("wechat-begin")
	p.enter()
	p.wait("the talk has the focus", `nameOf(active()) === 'wechat-log'`)
	p.has("", "wechat-message", "想找真人客服")
	for _, want := range []string{"wechat-swap", "wechat-menu"} {
		if p.tab(); p.focused() != want {
			t.Errorf("Tab reaches %s, want %s", p.focused(), want)
		}
	}
	focus("wechat-swap")
	p.enter()
	p.wait("it can be written", `nameOf(active()) === 'wechat-input'`)
	eval[bool](p, `(window.drawing = all("", "wechat-swap")[0].firstChild, true)`)
	p.wrote("退款多久到账")
	p.has("", "wechat-message", "我的订单 → 退款详情")
	if !eval[bool](p, `drawing === all("", "wechat-swap")[0].firstChild`) {
		t.Error("the button is drawn again while somebody may press it")
	}
	focus("wechat-unfollow")
	p.enter()
	p.wait("they can follow again", `nameOf(active()) === 'wechat-begin'`)
	p.silent()
}
