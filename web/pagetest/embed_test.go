package pagetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// strict is a policy as a careful company sends it, for a page with the widget on it.
const strict = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"

// TestStrictPage: under a policy without unsafe-inline the widget looks and works as it
// should, asks nobody else for anything, and opens no window.
func TestStrictPage(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	s.policy = strict
	s.files["/own.js"] = `window.broken = []; window.opened = 0; window.open = () => { window.opened++; };
		addEventListener('securitypolicyviolation', (e) => window.broken.push(e.effectiveDirective + ' ' + e.blockedURI));` + full["/own.js"]
	p := s.visit(browser(t), "/chat", phone)
	p.click(chat, "person")
	p.has(chat, "position", "3")
	p.write(chat, "input", "line one\nline two")
	p.has(chat, "message", "line two")
	p.click(chat, "leave")
	p.click(chat, "leave-confirm")
	p.wait("the line is left", `document.querySelector('zhida-chat').state.status === 'bot'`)
	if got := eval[string](p, `getComputedStyle(all("zhida-chat", "person")[0]).backgroundColor`); got != "rgb(10, 114, 87)" {
		t.Errorf("the button is %s: it has no style", got)
	}
	if broken := eval[[]string](p, "window.broken"); len(broken) > 0 {
		t.Errorf("the policy was broken: %v", broken)
	}
	if foreign := eval[[]string](p, `performance.getEntriesByType('resource').map((e) => e.name).filter((name) => !name.startsWith(location.origin))`); len(foreign) > 0 {
		t.Errorf("others were asked: %v", foreign)
	}
	if n := eval[int](p, "window.opened"); n != 0 {
		t.Errorf("%d windows were opened", n)
	}
	p.silent()
}

// TestTheme: the documented properties, parts and attributes do what they say.
func TestTheme(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	p := s.visit(browser(t), "/chat", view{390, 844, true})
	is := func(what, want string) {
		t.Helper()
		p.wait(what+" is "+want, fmt.Sprintf("getComputedStyle(document.querySelector('zhida-chat').shadowRoot.querySelector(%q))[%q] === %q",
			strings.Split(what, "/")[0], strings.Split(what, "/")[1], want))
	}
	is(".root/backgroundColor", "rgb(26, 29, 27)") // as the device
	p.dress(`{lang: 'en', theme: 'light'}`)
	is(".root/backgroundColor", "rgb(255, 255, 255)")
	p.dress(`{lang: 'en', theme: 'auto'}`)
	is(".root/backgroundColor", "rgb(26, 29, 27)")
	p.see(phone)
	is(".root/backgroundColor", "rgb(255, 255, 255)")
	p.dress(`{lang: 'en', theme: 'dark'}`)
	is(".root/backgroundColor", "rgb(26, 29, 27)")

	p.write(chat, "input", "refund")
	p.wait("it is answered", `all("zhida-chat", "way").length === 1`)
	eval[bool](p, `(() => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync("zhida-chat { --zhida-accent: rgb(1, 2, 3); --zhida-on-accent: rgb(4, 5, 6); --zhida-surface: rgb(7, 8, 9); --zhida-sunken: rgb(8, 8, 8); --zhida-ink: rgb(10, 11, 12);" +
			"--zhida-muted: rgb(13, 14, 15); --zhida-rule: rgb(16, 17, 18); --zhida-edge: rgb(19, 20, 21); --zhida-font: serif; --zhida-radius: 3px; --zhida-button-radius: 5px; --zhida-space: 7px }" +
			"zhida-chat::part(send) { border-radius: 1px } zhida-chat::part(customer) { margin-top: 77px }");
		document.adoptedStyleSheets.push(sheet);
		active().blur(); // with the focus, the input has no edge
		return true;
	})()`)
	for what, want := range map[string]string{
		".person/backgroundColor": "rgb(1, 2, 3)", ".person/color": "rgb(4, 5, 6)", ".root/backgroundColor": "rgb(7, 8, 9)",
		".stack/color": "rgb(10, 11, 12)", ".now/color": "rgb(13, 14, 15)", ".way/borderTopColor": "rgb(16, 17, 18)",
		"textarea/borderTopColor": "rgb(19, 20, 21)", ".stack/fontFamily": "serif", ".bubble/borderTopLeftRadius": "3px",
		".person/borderTopLeftRadius": "5px", ".way/paddingLeft": "7px", ".send/borderTopLeftRadius": "1px",
		".message[data-author=customer]/marginTop": "77px", ".message[data-author=bot] .bubble/backgroundColor": "rgb(8, 8, 8)",
	} {
		is(what, want)
	}
}

// TestDirections: Arabic stands right between Chinese, line by line, and what people are
// called moves nothing around it; a page that runs from right to left turns the sides.
func TestDirections(t *testing.T) {
	t.Parallel()
	b := startChanged(t)
	s := openSite(t, b, full)
	p := s.visit(browser(t), "/chat", phone)
	say := func(text string) {
		t.Helper()
		eval[bool](p, fmt.Sprintf(`(document.querySelector('zhida-chat').say(%q), true)`, text))
		p.has(chat, "message", strings.Split(text, "\n")[0])
	}
	say("مرحبا، أين طلبي؟\n我的订单 مرحبا 在哪里？\n第三行")
	// x is where the nth character of the message stands, in its own line.
	x := func(n int) float64 {
		t.Helper()
		return eval[float64](p, fmt.Sprintf(`(() => {
			const text = all("zhida-chat", "message").find((m) => m.textContent.includes('مرحبا')).querySelector('bdi').firstChild, range = document.createRange();
			range.setStart(text, %d); range.setEnd(text, %d);
			return range.getBoundingClientRect().left;
		})()`, n, n+1))
	}
	text := []rune("مرحبا، أين طلبي؟\n我的订单 مرحبا 在哪里？\n第三行")
	second := strings.Index(string(text), "我") // bytes; counted in characters below
	second = len([]rune(string(text)[:second]))
	if x(0) < x(4) || x(0) < x(14) {
		t.Error("the Arabic line does not run from right to left")
	}
	if x(second) > x(second+3) || x(second+5) < x(second+9) || x(second+3) > x(second+9) || x(second+11) < x(second+5) {
		t.Error("in the Chinese line the Arabic word does not stand, from right to left, between the Chinese words")
	}

	p.click(chat, "person")
	lin := b.agent("lin")
	p.has(chat, "position", "3")
	lin.take(p.conversation())
	p.wait("a person is there", `document.querySelector('zhida-chat').state.status === 'human'`)
	lin.reply(p.conversation(), "أهلا 小林")
	p.has(chat, "message", "أهلا")
	order := `(() => {
		const who = all("zhida-chat", "message").find((m) => m.dataset.author === 'person').querySelector('.who');
		const at = [...who.children].map((el) => el.getBoundingClientRect().left);
		return at.every((x, i) => !i || at[i - 1] < x) ? 'ltr' : at.every((x, i) => !i || at[i - 1] > x) ? 'rtl' : at.join();
	})()`
	if got := eval[string](p, order); got != "ltr" {
		t.Errorf("who speaks is laid out %s", got)
	}
	p.shot("ltr")
	eval[bool](p, `(document.documentElement.dir = 'rtl', true)`)
	p.do(look)
	if got := eval[string](p, order); got != "rtl" {
		t.Errorf("who speaks is laid out %s on a page from right to left", got)
	}
	for name, words := range map[string]string{".now": "小林正在为您服务", ".message[data-author=person] .who": "小林 · 真人"} {
		if got := eval[string](p, fmt.Sprintf(`readAs(document.querySelector('zhida-chat').shadowRoot.querySelector(%q))`, name)); !strings.Contains(got, words) {
			t.Errorf("on a page from right to left, %s reads as %q", name, got)
		}
	}
	sides := eval[[]float64](p, `[all("zhida-chat", "message").find((m) => m.dataset.author === 'customer'), all("zhida-chat", "message").find((m) => m.dataset.author === 'bot')]
		.map((m) => m.querySelector('.bubble').getBoundingClientRect()).flatMap(({left, right}) => [left, innerWidth - right])`)
	if sides[0] > 20 || sides[3] > 20 {
		t.Errorf("the bubbles keep their sides: %v", sides)
	}
	if away := eval[float64](p, `(({right}) => innerWidth - right)((() => {
		const range = document.createRange();
		range.selectNodeContents(all("zhida-chat", "state")[0].querySelector('.now'));
		return range.getBoundingClientRect();
	})())`); away > 20 {
		t.Errorf("who answers is said %.0f px from where lines begin", away)
	}
	for _, name := range []string{"input", "send"} {
		if fault := eval[string](p, fmt.Sprintf("%s(%q)", inSight, name)); fault != "" {
			t.Errorf("%s %s", name, fault)
		}
	}
	p.shot("rtl")
}

// TestDraft: what is being written survives a page, belongs to its conversation alone,
// and is gone once it is sent.
func TestDraft(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	s.files["/other"] = s.files["/chat"]
	s = openSite(t, s.binary, s.files)
	p := s.visit(browser(t), "/chat", phone)
	written := func(path, want string) {
		t.Helper()
		p.do(chromedp.Navigate(s.URL + path))
		p.wait("it is connected", connected)
		p.wait(fmt.Sprintf("%s holds %q", path, want), fmt.Sprintf(`all("zhida-chat", "input")[0].value === %q`, want))
		if enabled := eval[bool](p, `!all("zhida-chat", "send")[0].disabled`); enabled != (want != "") {
			t.Errorf("%s: that it can be sent is %t", path, enabled)
		}
	}
	p.click(chat, "input")
	if _, err := chromedp.Call(p.ctx, input.InsertText, input.InsertTextParams{Text: "我的订单\n还没"}); err != nil {
		t.Fatal(err)
	}
	written("/other", "我的订单\n还没")
	s.customer = "somebody else"
	written("/chat", "")
	s.customer = "customer-of-" + t.Name()
	written("/chat", "我的订单\n还没")
	p.click(chat, "send")
	p.has(chat, "message", "还没")
	written("/other", "")
	eval[bool](p, `(document.querySelector('zhida-chat').fill('第二条'), true)`)
	written("/chat", "第二条")
}
