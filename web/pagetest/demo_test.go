package pagetest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The parts of the demo page.
const (
	chat = "zhida-chat"
	desk = "iframe"
)

func openDemo(t *testing.T, b *binary, v view) *page {
	t.Helper()
	p := open(t, browser(t), b.base+"/", v)
	p.wait("the widget is ready", `clickable("zhida-chat", "input", 0) && clickable("zhida-chat", "person", 0)`)
	return p
}

// The demo, as a person plays it in a minute.
func TestDemo(t *testing.T) {
	b := start(t)
	p := openDemo(t, b, desktop)
	p.wait("two people wait", `all("iframe", "line-item").length === 2`)
	p.shot("1-open")

	began := time.Now()
	p.write(chat, "input", "找个活人")
	p.has(chat, "position", "3")
	if took := time.Since(began); took > time.Second {
		t.Errorf("the position was on the phone after %s", took)
	}
	p.has("", "event", "io.zhida.transfer.requested.v1")
	p.has("", "event", "找个活人")
	p.has("", "clock-acknowledged", "ms")
	p.shot("2-asked")

	p.click(desk, "claim")
	p.has(chat, "position", "2")
	p.click(desk, "claim")
	p.has(chat, "position", "1")
	p.click(desk, "claim")
	p.has(desk, "message", "找个活人")
	p.write(desk, "reply", "您好，我是小林，是真人。")
	p.has(chat, "message", "您好，我是小林，是真人。")
	p.wait("the reply is labelled as a person's", `all("zhida-chat", "message").some((m) => m.dataset.author === "person" && m.textContent.includes("小林"))`)
	p.has("", "clock-first_word", "s")
	p.shot("3-answered")

	p.write(chat, "input", "OK, thanks. Where is my parcel?")
	p.has(desk, "message", "Where is my parcel?")
	p.write(desk, "reply", "It arrives tomorrow.")
	p.has(chat, "message", "It arrives tomorrow.")

	p.click("", "vanish")
	p.has(chat, "position", "3") // the simulated two are back in line, too, before it
	p.has(chat, "message", "原来的位置")
	p.shot("4-vanished")

	messages := len(eval[[]string](p, `texts("zhida-chat", "message")`))
	b.restart()
	p.wait("the phone is connected again", `clickable("zhida-chat", "input", 0)`)
	p.has(chat, "position", "3")
	if got := len(eval[[]string](p, `texts("zhida-chat", "message")`)); got != messages {
		t.Errorf("%d messages after the restart, %d before", got, messages)
	}
	p.do(reload)
	p.has(chat, "message", "It arrives tomorrow.")
	p.has(chat, "position", "3")
	p.shot("5-restarted")
}

// The bot answers what it can, and every answer carries the way to a person.
func TestBotAnswerCarriesTheWay(t *testing.T) {
	p := openDemo(t, start(t), phone)
	p.write(chat, "input", "我想问下退款")
	p.wait("the bot answers", `all("zhida-chat", "message").some((m) => m.dataset.author === "bot" && m.dataset.purpose === "answer" && m.textContent.includes("退款"))`)
	p.wait("the answer carries the way", `all("zhida-chat", "way").length > 0`)
	p.wait("the button is in sight", `clickable("zhida-chat", "person", 0)`)
	p.shot("answer")
	p.click(chat, "way")
	p.has(chat, "position", "3")
	p.silent()
}

// Two agents press the button for one ticket: one gets it, the other is told.
func TestTwoAgentsRace(t *testing.T) {
	b := start(t)
	tabs := browser(t)
	lin := signIn(t, b, open(t, tabs, b.base+"/desk/", desktop), "lin")
	wang := signIn(t, b, open(t, tabs, b.base+"/desk/", desktop), "wang")
	lin.click("", "claim") // of the two who wait, one is left
	lin.wait("lin has one", `all("", "conversation").length === 1`)
	wang.wait("one is left", `all("", "line-item").length === 1`)
	race := make(chan struct{})
	for _, p := range []*page{lin, wang} {
		go func() { eval[bool](p, `(all("", "claim")[0].click(), true)`); race <- struct{}{} }()
	}
	<-race
	<-race
	count := func(p *page) int { return len(eval[[]string](p, `texts("", "conversation")`)) }
	lin.wait("nobody is left", `all("", "line-item").length === 0`)
	wang.wait("nobody is left", `all("", "line-item").length === 0`)
	for end := time.Now().Add(patience); count(lin)+count(wang) != 2 && time.Now().Before(end); {
		lin.do(look)
	}
	if l, w := count(lin), count(wang); l+w != 2 {
		t.Errorf("lin holds %d, wang %d, of two tickets", l, w)
	}
	lin.shot("lin")
	wang.shot("wang")
}

func signIn(t *testing.T, b *binary, p *page, agent string) *page {
	t.Helper()
	p.write("", "agent", agent)
	p.write("", "code", b.code)
	p.wait(agent+" is signed in", `clickable("", "claim", 0) || all("", "line-item").length > 0`)
	return p
}

// Every page at phone width, light and dark, fits the screen.
func TestPagesFitEveryScreen(t *testing.T) {
	b := start(t)
	tabs := browser(t)
	for _, v := range []view{phone, {320, 640, false}, {390, 844, true}, {1440, 900, true}} {
		name := fmt.Sprintf("%d-dark-%v", v.width, v.dark)
		demo := open(t, tabs, b.base+"/", v)
		demo.wait("the widget is ready", `all("zhida-chat", "input").length > 0`)
		at := signIn(t, b, open(t, tabs, b.base+"/desk/", v), "chen")
		for what, p := range map[string]*page{"demo": demo, "desk": at} {
			if wide := eval[float64](p, "document.documentElement.scrollWidth"); wide > float64(v.width) {
				t.Errorf("%s at %d px is %.0f px wide", what, v.width, wide)
			}
			p.shot(what + "-" + name)
			p.silent()
		}
	}
}

// On a small phone the names of the steps stand whole, each word on a line.
func TestStepsStandWhole(t *testing.T) {
	p := openDemo(t, start(t), view{320, 640, false})
	for _, lang := range []string{"zh-CN", "en"} {
		if eval[string](p, `document.documentElement.lang`) != lang {
			p.click("", "lang")
		}
		broken := eval[[]string](p, `[...document.querySelectorAll('.step')].flatMap((step) => [...step.textContent.matchAll(/\S+/g)].filter((word) => {
			const range = document.createRange();
			range.setStart(step.firstChild, word.index);
			range.setEnd(step.firstChild, word.index + word[0].length);
			return /\w/.test(word) && range.getClientRects().length > 1;
		}).map(([word]) => word))`)
		if len(broken) > 0 {
			t.Errorf("%s: broken are %q", lang, broken)
		}
	}
	p.shot("steps")
}

// No page runs, styles or loads anything that is not its own.
func TestStrictPolicy(t *testing.T) {
	b := start(t)
	for _, path := range []string{"/", "/desk/"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close() // only the header is of interest
		policy := response.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: %q", path, policy)
		}
	}
}
