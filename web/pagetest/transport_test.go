package pagetest

import (
	_ "embed"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// pageClock is a clock for pages that a test can move on.
//
//go:embed testdata/pageclock.js
var pageClock string

// phoneOn opens the demo's phone on a wire, with a clock of its own.
func phoneOn(t *testing.T, w *wire) *page {
	t.Helper()
	return phoneIn(open(t, browser(t), "about:blank", phone), w)
}

func phoneIn(p *page, w *wire) *page {
	p.Helper()
	p.clocked()
	p.do(chromedp.Navigate(w.url + "/"))
	p.online()
	return p
}

// clocked gives the pages that are opened next the test's clock.
func (p *page) clocked() {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: pageClock}); err != nil {
		p.Fatal(err)
	}
}

// online waits until the customer's page is connected, in whichever way.
func (p *page) online() {
	p.Helper()
	p.wait("the phone is connected", `all("zhida-chat", "input")[0]?.closest('.root')?.dataset.connection === "open"`)
}

func (p *page) offline() {
	p.Helper()
	p.wait("the phone is not connected", `all("zhida-chat", "input")[0]?.closest('.root')?.dataset.connection !== "open"`)
}

// pass lets time go by in a page.
func (p *page) pass(d time.Duration) {
	p.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](fmt.Sprintf("pass(%d)", d.Milliseconds()), chromedp.EvalAwaitPromise)); err != nil {
		p.Fatal(err)
	}
}

// count counts how often a text stands in a part.
func (p *page) count(part, text string) int {
	p.Helper()
	return eval[int](p, fmt.Sprintf(`texts(%q, "message").filter((m) => m.includes(%q)).length`, part, text))
}

// once checks that each text stands there once, in this order.
func (p *page) once(part string, texts ...string) {
	p.Helper()
	at := -1
	for _, text := range texts {
		p.has(part, "message", text)
		if n := p.count(part, text); n != 1 {
			p.Errorf("%q stands there %d times", text, n)
		}
		next := eval[int](p, fmt.Sprintf(`texts(%q, "message").findIndex((m) => m.includes(%q))`, part, text))
		if next <= at {
			p.Errorf("%q stands too early", text)
		}
		at = next
	}
}

// served asks for a person on the phone, and signs in the agent who claims it.
func (p *page) served(b *binary, by *page) *page {
	p.Helper()
	p.write(chat, "input", "找个活人")
	p.has(chat, "position", "3")
	lin := signIn(p.T, b, by, "lin")
	for _, position := range []string{"2", "1"} {
		lin.click("", "claim")
		p.has(chat, "position", position)
	}
	lin.click("", "claim")
	lin.has("", "message", "找个活人")
	return lin
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %s: %s", patience, what)
}

// A network that lets no WebSocket through: the widget goes over to calls, and back
// when it may, and nobody notices.
func TestWithoutWebSockets(t *testing.T) {
	t.Parallel()
	b := start(t)
	w := between(t, b)
	w.blocked.Store(true)
	p := phoneOn(t, w)
	lin := p.served(b, open(t, browser(t), b.base+"/desk/", desktop))
	lin.write("", "reply", "您好，一。")
	p.once(chat, "找个活人", "您好，一。")
	p.write(chat, "input", "二。")
	lin.once("", "您好，一。", "二。")
	lin.wait("the desk shows that it was read", `all("", "message").some((m) => m.textContent.includes("您好，一。") && m.querySelector(".fate").dataset.delivery === "read")`)
	lin.shot("read")
	until(t, "the phone shows that somebody types", func() bool {
		eval[bool](lin, `((r) => { r.value = "三"; r.dispatchEvent(new Event("input")); return true; })(all("", "reply")[0])`)
		return eval[bool](p, `[...roots(document)].some((r) => [...r.querySelectorAll(".typing")].some((e) => !e.hidden && e.textContent))`)
	})
	p.shot("by-calls")
	if w.calls.Load() == 0 {
		t.Error("nothing came by calls")
	}

	w.blocked.Store(false)
	tried := w.sockets.Load()
	until(t, "a WebSocket is tried", func() bool {
		p.pass(time.Second) // calls on their way have time to be answered
		p.do(look)
		return w.sockets.Load() > tried
	})
	lin.write("", "reply", "。四。")
	p.has(chat, "message", "四。")
	until(t, "no calls beside a WebSocket", func() bool {
		before := w.calls.Load()
		p.pass(20 * time.Second) // more than the longest pause between two polls
		return w.calls.Load() == before
	})

	w.blocked.Store(true)
	w.cut()
	p.write(chat, "input", "五。")
	lin.has("", "message", "五。")
	lin.write("", "reply", "六。")
	p.once(chat, "找个活人", "您好，一。", "二。", "四。", "五。", "六。")
	lin.once("", "找个活人", "您好，一。", "二。", "四。", "五。", "六。")
	p.do(reload)
	p.online()
	p.once(chat, "找个活人", "您好，一。", "二。", "四。", "五。", "六。")
}

// Others behind the same address poll too much: the page keeps its line, asks no more often
// for it, and what somebody writes gets through at once.
func TestPollsAreRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	w := between(t, b)
	w.blocked.Store(true)
	p := phoneOn(t, w)
	until(t, "it calls", func() bool { return w.hellos.Load() == 1 })
	w.crowded.Store(true)
	calls := w.calls.Load()
	for range 5 {
		p.pass(3 * time.Second)
	}
	if n := w.calls.Load() - calls; n == 0 || n > 10 {
		t.Errorf("%d calls in a quarter of a minute", n)
	}
	taken := w.said.Load()
	p.write(chat, "input", "找个活人")
	until(t, "the ask gets through", func() bool { return w.said.Load() > taken })
	if n := w.hellos.Load(); n != 1 {
		t.Errorf("said hello %d times", n)
	}
	w.crowded.Store(false)
	until(t, "the next poll has the place", func() bool {
		p.pass(3 * time.Second)
		return eval[bool](p, `texts("zhida-chat", "position").some((text) => text.includes("3"))`)
	})
}

// The line breaks while somebody writes: what is written stays, and is sent once.
func TestALineBreaksWhileSomebodyWrites(t *testing.T) {
	t.Parallel()
	b := start(t)
	w := between(t, b)
	p := phoneOn(t, w)
	lin := p.served(b, open(t, browser(t), b.base+"/desk/", desktop))
	for _, blocked := range []bool{false, true} {
		text := fmt.Sprintf("写到一半，blocked %v", blocked)
		p.click(chat, "input")
		eval[bool](p, fmt.Sprintf(`((r) => { r.value = %q; r.dispatchEvent(new Event("input")); return true; })(all("zhida-chat", "input")[0])`, text))
		w.blocked.Store(blocked)
		w.away.Store(true)
		w.cut()
		p.offline()
		answer := fmt.Sprintf("请继续，blocked %v", blocked)
		lin.write("", "reply", answer)
		w.away.Store(false)
		p.online()
		if got := eval[string](p, `all("zhida-chat", "input")[0].value`); got != text {
			t.Errorf("what was being written is %q", got)
		}
		p.click(chat, "input")
		p.enter()
		lin.once("", answer, text)
		p.once(chat, answer, text)
	}
}

// network tells a page whether there is one, as a phone does in a tunnel.
func (p *page) network(on bool) {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !on, DownloadThroughput: -1, UploadThroughput: -1}); err != nil {
		p.Fatal(err)
	}
}

// Three minutes without a network: what both sides wrote meanwhile is there, once.
func TestThreeMinutesWithoutANetwork(t *testing.T) {
	t.Parallel()
	for name, blocked := range map[string]bool{"WebSocket": false, "calls": true} {
		t.Run(name, func(t *testing.T) {
			b := start(t)
			w := between(t, b)
			w.blocked.Store(blocked)
			p := phoneOn(t, w)
			lin := p.served(b, open(t, browser(t), b.base+"/desk/", desktop))
			w.away.Store(true)
			w.cut()
			p.network(false)
			p.offline()
			p.write(chat, "input", "隧道里写的。")
			for _, text := range []string{"一。", "二。", "三。"} {
				lin.write("", "reply", text)
				lin.has("", "message", text)
			}
			p.pass(3 * time.Minute)
			p.wait("it is not sent", `all("zhida-chat", "message").some((m) => m.dataset.unsent === "sending" && m.textContent.includes("隧道里写的。"))`)
			p.shot("away")
			w.away.Store(false)
			p.network(true)
			p.online()
			p.once(chat, "找个活人", "一。", "二。", "三。")
			p.once(chat, "隧道里写的。")
			lin.once("", "隧道里写的。")
			lin.once("", "一。", "二。", "三。")
			p.wait("nothing is unsent", `all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
		})
	}
}

// Two tabs of one customer: what is written in one is in the other, once.
func TestTwoTabsOfOneCustomer(t *testing.T) {
	t.Parallel()
	b := start(t)
	socket, blocked := between(t, b), between(t, b)
	blocked.blocked.Store(true)
	for name, second := range map[string]*wire{"both by WebSocket": socket, "one by calls": blocked} {
		t.Run(name, func(t *testing.T) {
			tabs := browser(t)
			one := phoneIn(open(t, tabs, "about:blank", phone), socket)
			user := eval[string](one, `localStorage.getItem("zhida:demo:user")`)
			two := open(t, tabs, "about:blank", phone)
			two.do(chromedp.Navigate(second.url + "/web/common/mark.svg"))
			eval[bool](two, fmt.Sprintf(`(localStorage.setItem("zhida:demo:user", %q), true)`, user))
			phoneIn(two, second)
			one.write(chat, "input", "第一个窗口。")
			two.has(chat, "message", "第一个窗口。")
			two.write(chat, "input", "第二个窗口。")
			one.has(chat, "message", "第二个窗口。")
			one.do(reload)
			one.online()
			for _, tab := range []*page{one, two} {
				tab.once(chat, "第一个窗口。", "第二个窗口。")
				tab.wait("nothing is unsent", `all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
			}
		})
	}
}

// historyScript says 250 things, as fast as the server takes them; the bot answers each.
const historyScript = `(async () => {
	const user = localStorage.getItem("zhida:demo:user");
	const {token} = await (await fetch("dev/customer", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({user, name: "x"})})).json();
	const at = Date.now() - 3_600_000;
	const say = async (i) => {
		for (;;) {
			const answer = await fetch("channels/inapp", {
				method: "POST", headers: {"Content-Type": "application/json", Authorization: "Bearer " + token},
				body: JSON.stringify({type: "message", id: "h-" + i, at: at + i * 1000, text: "第 " + (1000 + i) + " 句"}),
			});
			if (answer.ok) return;
			await new Promise((resolve) => setTimeout(resolve, 200));
		}
	};
	let next = 0;
	const some = async () => { while (next < 250) await say(next++); };
	await Promise.all(Array.from({length: 10}, some));
	return true;
})()`

// A history of five hundred messages is read page by page, whole and in order.
func TestALongHistory(t *testing.T) {
	t.Parallel()
	b := startChanged(t) // they may write as fast as they can
	w := between(t, b)
	p := phoneOn(t, w)
	if _, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](historyScript, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	for name, blocked := range map[string]bool{"WebSocket": false, "calls": true} {
		t.Run(name, func(t *testing.T) {
			p := &page{T: t, ctx: p.ctx}
			w.blocked.Store(blocked)
			p.do(reload)
			p.online()
			for pages := 0; eval[bool](p, `!all("zhida-chat", "input")[0].getRootNode().querySelector(".earlier").hidden`); pages++ {
				before := eval[int](p, `all("zhida-chat", "message").length`)
				eval[bool](p, `(all("zhida-chat", "input")[0].getRootNode().querySelector(".earlier").click(), true)`)
				p.wait("a page more", fmt.Sprintf(`all("zhida-chat", "message").length > %d || all("zhida-chat", "input")[0].getRootNode().querySelector(".earlier").hidden`, before))
				if pages > 100 {
					t.Fatal("the history has no end")
				}
			}
			got := eval[[]string](p, `all("zhida-chat", "message").map((m) => m.textContent.match(/第 (\d{4}) 句/)?.[1]).filter(Boolean)`)
			for i := range 250 {
				if i >= len(got) || got[i] != fmt.Sprint(1000+i) {
					t.Fatalf("%d messages; the %dth is not in its place", len(got), i)
				}
			}
			keys := eval[[]string](p, `all("zhida-chat", "message").map((m) => m.dataset.key)`)
			if len(keys) < 500 {
				t.Errorf("%d messages", len(keys))
			}
			if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
				t.Error("something is out of order, or doubled")
			}
			p.shot("history")
		})
	}
}
