package pagetest

import (
	"fmt"
	"testing"
)

// window is the part of the demo that is somebody's Slack.
const window = ".slack"

// openSlack opens the demo with the window on Slack in the customer's hand.
func openSlack(t *testing.T, b *binary, v view) *page {
	t.Helper()
	p := openDemo(t, b, v)
	p.intoSlack()
	return p
}

func (p *page) intoSlack() {
	p.Helper()
	p.click("", "phone-slack")
	p.wait("it can be written", `clickable("", "slack-input", 0)`)
}

// fills has the field hold a text, as if it were typed.
func (p *page) fills(text string) {
	p.Helper()
	eval[bool](p, fmt.Sprintf(`(all("", "slack-input")[0].value = %q, all("", "slack-input")[0].dispatchEvent(new Event('input')), true)`, text))
}

// TestSlackWindow: who asks in a direct message is told their place, and talks with a person.
func TestSlackWindow(t *testing.T) {
	t.Parallel()
	p := openSlack(t, start(t), desktop)
	p.shot("1-open")
	p.write("", "slack-input", "退款多久到账")
	p.has("", "slack-post", "我的订单 → 退款详情")
	p.has("", "slack-button", "转人工")
	p.click("", "slack-button")
	p.has("", "slack-post", "您排在第 3 位")
	p.has("", "event", "io.zhida.transfer.requested.v1")
	p.has("", "clock-acknowledged", "s")
	p.write("", "slack-input", "我的快递呢？<img src=x onerror=alert(1)>")
	p.shot("2-asked")

	p.click(desk, "claim")
	p.has("", "slack-post", "您排在第 2 位")
	p.wait("the note is the same one, and draws the eye", `!shows("", "slack-post", "您排在第 3 位") && document.querySelector('.sl-changed .sl-section').textContent.includes('第 2 位')`)
	for range 2 {
		p.click(desk, "claim")
	}
	p.has(desk, "message", "我的快递呢？<img src=x")
	p.has(desk, "facts", "Slack · Chinese")
	p.write(desk, "reply", "您好，我是小林。快递明天到。")
	p.wait("a person's answer says so", `all("", "slack-post").some((li) => li.querySelector('.sl-context')?.textContent === '人工·小林' && li.querySelector('.sl-section').textContent === '您好，我是小林。快递明天到。')`)
	p.has("", "clock-first_word", "s")
	p.pick(window, "面单.png", "image/png", picture(t, 41, 30))
	p.seen(window, "面单.png", 41)
	p.seen(desk, "面单.png", 41)
	p.wait("the newest is in sight", `document.querySelector('.sl-log').scrollHeight - document.querySelector('.sl-log').scrollTop - document.querySelector('.sl-log').clientHeight < 2`)
	p.shot("3-answered")
	p.silent()
}

// TestSlackOwnMessages: what somebody changes or takes back is another, or gone, and the agent knows.
func TestSlackOwnMessages(t *testing.T) {
	t.Parallel()
	p := openSlack(t, start(t), desktop)
	p.write("", "slack-input", "转人工，订单 8001")
	p.has("", "slack-post", "您排在第 3 位")
	for range 3 {
		p.click(desk, "claim")
	}
	p.has(desk, "message", "订单 8001")
	p.click("", "slack-edit")
	if got := eval[string](p, `active().value`); got != "转人工，订单 8001" {
		t.Errorf("to be changed is %q", got)
	}
	eval[bool](p, `(active().value = '转人工，订单 8002', true)`)
	p.enter()
	p.has("", "slack-post", "订单 8002")
	p.has("", "slack-edited", "(edited)")
	p.has(desk, "message", "订单 8002")
	if eval[bool](p, `visible(all("", "slack-cancel")[0])`) {
		t.Error("it is still being changed")
	}
	p.click("", "slack-delete")
	p.wait("it is gone", `!shows("", "slack-post", "订单")`)
	p.has(desk, "message", "删了一条消息")
	if got := eval[string](p, `nameOf(active())`); got != "slack-log" {
		t.Errorf("the focus went to %s", got)
	}
	p.silent()
}

// TestSlackThreads: each mention in the channel has its own thread, in which nobody need mention again.
func TestSlackThreads(t *testing.T) {
	t.Parallel()
	p := openSlack(t, start(t), desktop)
	p.click("", "slack-channel")
	p.has(window, "slack-mention", "@Support")
	p.write("", "slack-input", "转人工，发票开错了")
	p.has(replies, "slack-post", "您排在第 3 位")
	p.has("", "clock-acknowledged", "s")
	p.click("", "slack-mention")
	p.write("", "slack-input", "大家早上好")
	p.has("", "slack-post", "大家早上好")
	p.click("", "slack-reply")
	p.write("", "slack-input", "是订单 8001")
	p.has(replies, "slack-post", "是订单 8001")
	p.shot("thread")
	for range 3 {
		p.click(desk, "claim")
	}
	p.has(desk, "message", "是订单 8001")
	p.write(desk, "reply", "马上改，请稍等。")
	p.has(replies, "slack-post", "马上改，请稍等。")
	p.has(replies, "slack-post", "人工·小林APP")
	p.has("", "clock-first_word", "s")
	if got := eval[int](p, `document.querySelectorAll('.sl-log > ol > li').length`); got != 2 {
		t.Errorf("%d threads are shown, want 2", got)
	}
	if eval[bool](p, `shows("iframe", "message", "大家早上好")`) {
		t.Error("the desk sees what was said to nobody of the company's")
	}
	p.click("", "slack-cancel")
	p.click("", "slack-edit")
	if got := eval[string](p, `active().value`); got != "@Support 转人工，发票开错了" {
		t.Errorf("to be changed is %q", got)
	}
	p.fills("好了，@Support 谢谢")
	p.enter()
	p.wait("the app is mentioned still", `all("", "slack-post").some((li) => li.querySelector('.sl-text').textContent === '好了，@Support 谢谢' && li.querySelector('.sl-mention'))`)
	p.click("", "slack-direct")
	p.wait("the direct messages are empty", `clickable("", "slack-input", 0) && !all("", "slack-post").length`)
	p.has("", "clock-acknowledged", "–")
	p.silent()
}

// replies are the threads.
const replies = ".sl-replies"

// TestSlackCommand: /human is answered where it was given, to who gave it alone, and goes on in their
// direct messages.
func TestSlackCommand(t *testing.T) {
	t.Parallel()
	p := openSlack(t, start(t), phone)
	p.click("", "slack-channel")
	p.write("", "slack-input", "/nothing")
	p.has("", "slack-wrong", "/nothing is not a valid command")
	p.fills("")
	p.wait("it is told no more", `!all("", "slack-wrong")[0].textContent`)
	p.write("", "slack-input", "转人工")
	p.has(replies, "slack-post", "您排在第 3 位")
	p.click("", "slack-reply")
	p.write("", "slack-input", "/human")
	p.has("", "slack-wrong", "/human does not work in threads")
	p.click("", "slack-cancel")
	p.fills("/hu")
	p.shot("suggested")
	p.click("", "slack-command")
	p.has("", "slack-post", "Only visible to you")
	p.has("", "slack-post", "我们在私信里回复您")
	p.has("", "slack-direct", "1")
	p.shot("private")
	p.click("", "slack-direct")
	p.has("", "slack-post", "已为您转人工。您排在第") // Slack tells a command's time in seconds: who asked within the same one may stand behind
	p.has("", "clock-acknowledged", "s")
	p.silent()
}

// TestSlackBeginsAnew when the server is started again: whoever is there is there again, and can ask.
func TestSlackBeginsAnew(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := openSlack(t, b, phone)
	p.write("", "slack-input", "退款多久到账")
	p.has("", "slack-post", "我的订单")
	b.restart()
	p.has("", "slack-again", "started again")
	p.write("", "slack-input", "I want a real person")
	p.wait("they are told their place", `all("", "slack-post").some((li) => li.dataset.who === 'app' && /[0-9]/.test(li.querySelector('.sl-section')?.textContent))`)
}

// TestSlackTriesWordings: what is tried is written where the window is open.
func TestSlackTriesWordings(t *testing.T) {
	t.Parallel()
	p := openSlack(t, start(t), desktop)
	p.click("", "wording")
	p.has("", "slack-post", "rep please")
	p.has("", "slack-post", "3")
	p.click("", "slack-channel")
	p.clickNth("", "wording", 1)
	p.has("", "slack-post", "@Support a real human")
	p.has(replies, "slack-post", "4")
	p.click("", "new-customer")
	p.wait("somebody else is there", `texts("", "slack-post").length === 0`)
	p.click("", "slack-channel")
	p.has("", "slack-post", "@Support a real human")
	if eval[bool](p, `[...document.querySelectorAll('.sl-own')].some((own) => own.childElementCount)`) {
		t.Error("they can change what another wrote")
	}
	p.silent()
}

func TestSlackIsAccessible(t *testing.T) {
	t.Parallel()
	script := axe(t)
	for _, v := range []view{phone, {1440, 900, true}} {
		p := openSlack(t, start(t), v)
		examine := func(state string) {
			p.wait("colours have changed", `!document.getAnimations().some((a) => a instanceof CSSTransition)`)
			for _, found := range p.findings(script) {
				t.Errorf("%s, %d wide: %s", state, v.width, found)
			}
		}
		examine("open")
		p.write("", "slack-input", "退款多久到账 https://shop.example/orders")
		p.has("", "slack-button", "转人工")
		p.pick(window, "a.txt", "text/plain", []byte("hello"))
		p.has("", "slack-file", "a.txt")
		p.wait("the file is answered, too", `document.querySelectorAll('[data-test="slack-button"]').length === 2`)
		examine("with an answer")
		p.click("", "slack-edit")
		examine("while a message is changed")
		p.click("", "slack-cancel")
		p.click("", "slack-channel")
		p.write("", "slack-input", "转人工")
		p.has(replies, "slack-post", "您排在第 3 位")
		p.write("", "slack-input", "/human")
		p.has("", "slack-post", "Only visible to you")
		p.has("", "slack-direct", "1")
		p.click("", "slack-reply")
		examine("in the channel")
		p.media("forced-colors", "active")
		examine("forced colours")
		p.shot(fmt.Sprint(v.width) + "-forced")
	}
}
