package pagetest

import (
	"fmt"
	"strings"
	"testing"
)

// openSMS opens the demo with the phone that texts in the customer's hand.
func openSMS(t *testing.T, b *binary, v view) *page {
	t.Helper()
	p := openDemo(t, b, v)
	p.click("", "phone-sms")
	p.wait("the company's numbers are there", `clickable("", "sms-input", 0) && all("", "sms-number").length === 2`)
	return p
}

// takes has the agent take the customer, whom two who are played come before.
func (p *page) takes() {
	p.Helper()
	for range 3 {
		p.click(desk, "claim")
	}
	p.wait("they can write to who texts", `clickable("iframe", "reply", 0) && /^(SMS|短信) · /.test(texts("iframe", "facts")[0])`)
}

// taps texts a word that is texted with one tap.
func (p *page) taps(word string) {
	p.Helper()
	p.wait(word+" is there", fmt.Sprintf(`texts("", "sms-word").includes(%q)`, word))
	p.clickNth("", "sms-word", eval[int](p, fmt.Sprintf(`texts("", "sms-word").indexOf(%q)`, word)))
}

// from is how many messages of somebody's the phone shows.
func (p *page) from(who string) int {
	p.Helper()
	return eval[int](p, fmt.Sprintf(`all("", "sms-message").filter((li) => li.dataset.who === %q).length`, who))
}

// got waits until the newest message on the phone is somebody's, and says something.
func (p *page) got(who, text string) {
	p.Helper()
	p.wait(fmt.Sprintf("the newest is %s's, and says %q", who, text),
		fmt.Sprintf(`((li) => li?.dataset.who === %q && li.textContent.includes(%q))(all("", "sms-message").at(-1))`, who, text))
}

// TestSMSPhone: a bot's answer has the way to a person in it; who asks by it is told their place and
// the wait, can ask how long, and talks with a person. What each text takes and costs is to be seen.
func TestSMSPhone(t *testing.T) {
	t.Parallel()
	p := openSMS(t, start(t), desktop)
	p.shot("1-open")
	p.has("", "sms-lead", "AWS itself answers STOP and HELP")
	p.has("", "sms-note", "played here by the program")
	p.write("", "sms-input", "where is my order?<img src=x onerror=alert(1)>")
	p.got("company", "Reply 0 for a person")
	p.taps("0")
	p.got("company", "You are number 3")
	p.got("company", "no estimate is known yet")
	p.has("", "event", "io.zhida.transfer.requested.v1")
	p.has("", "clock-acknowledged", "s")
	p.has("", "sms-lead", "so far")
	p.wait("AWS tells that it is there", `all("", "sms-parts").at(-1).textContent.endsWith(" · Delivered")`)
	p.taps("how long")
	p.got("company", "number 3")
	p.shot("2-asked")
	p.takes()
	p.has(desk, "message", "where is my order?<img src=x")
	p.has(desk, "facts", "SMS · English")
	p.write(desk, "reply", "It left this morning.")
	p.got("company", "Person, Lin: It left this morning.")
	p.wait("one part, and its price", `all("", "sms-parts").at(-1).textContent.startsWith("1 part · $0.0088")`)
	p.has("", "clock-first_word", "s")
	p.has(desk, "message", "Delivered to the phone")
	p.shot("3-answered")
	p.silent()
}

// TestSMSCosts: what the desk counts before a long answer is sent is what the phone gets.
func TestSMSCosts(t *testing.T) {
	t.Parallel()
	p := openSMS(t, start(t), desktop)
	p.click("", "lang")
	p.taps("转人工")
	p.got("company", "您排在第 3 位")
	p.takes()
	long := strings.Repeat("您的包裹今天上午已经从杭州发出，预计明天送到。", 10) + "完"
	p.types(long)
	p.has(desk, "count", "条短信")
	counted := eval[[]string](p, `texts("iframe", "count")[0].match(/^(\d+) 条短信.* 约 (US\$[\d.]+)/).slice(1)`)
	p.enter()
	p.got("company", "完")
	if got, want := eval[string](p, `all("", "sms-parts").at(-1).textContent.split(" · 已送达")[0]`), counted[0]+" 段 · "+counted[1]; got != want || counted[0] == "1" {
		t.Errorf("the phone got %q, and the desk counted %q", got, want)
	}
	p.shot("long")
	p.click("", "lang")
	p.has("", "sms-parts", counted[0]+" parts · "+strings.TrimPrefix(counted[1], "US"))
	p.silent()
}

// TestSMSStop: whoever wants no more texts is answered once, by AWS or by us as the number has it. The
// desk is closed, until they take it back.
func TestSMSStop(t *testing.T) {
	t.Parallel()
	for i, c := range []struct{ lead, answers, stopped string }{
		{"AWS itself answers STOP and HELP", "aws", "You are opted out"},
		{"Zhida answers STOP and HELP", "company", "You get no more messages from us"},
	} {
		t.Run(c.answers, func(t *testing.T) {
			t.Parallel()
			p := openSMS(t, start(t), desktop)
			p.clickNth("", "sms-number", i)
			p.has("", "sms-lead", c.lead)
			p.taps("human")
			p.got("company", "You are number 3")
			p.takes()
			p.got("company", "Lin")
			p.types("One moment")
			want := map[string]int{"aws": p.from("aws"), "company": p.from("company")}
			saysOnce := func(word, text string) {
				t.Helper()
				p.taps(word)
				p.got(c.answers, text)
				want[c.answers]++
				for who, n := range want {
					if got := p.from(who); got != n {
						t.Errorf("after %s %s said %d things, want %d: %q", word, who, got, n, eval[[]string](p, `texts("", "sms-message")`))
					}
				}
			}
			saysOnce("STOP", c.stopped)
			p.has(desk, "barred", "has texted STOP")
			p.wait("the desk refuses", `all("iframe", "reply")[0].readOnly && !clickable("iframe", "send", 0)`)
			p.shot("stopped")
			saysOnce("START", "get our messages again")
			p.wait("the desk is open", `!all("iframe", "reply")[0].readOnly`)
			p.write(desk, "reply", "")
			p.got("company", "One moment")
			want["company"]++
			saysOnce("HELP", "eply 0 for a person")
			p.silent()
		})
	}
}

// TestSMSNumbersApart: each number is a conversation of its own.
func TestSMSNumbersApart(t *testing.T) {
	t.Parallel()
	p := openSMS(t, start(t), phone)
	p.taps("human")
	p.got("company", "number 3")
	p.has("", "clock-acknowledged", "s")
	p.clickNth("", "sms-number", 1)
	p.wait("nothing was said here", `all("", "sms-message").length === 0`)
	p.has("", "clock-acknowledged", "–")
	p.taps("human")
	p.got("company", "number 4")
	p.clickNth("", "sms-number", 0)
	p.got("company", "number 3")
	p.shot("phone")
	p.silent()
}
