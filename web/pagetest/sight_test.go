package pagetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// inSight reports whether the middle and the corners of an element can be seen and
// touched, inside the screen.
const inSight = `((name) => {
	const el = all("zhida-chat", name).find(visible);
	if (!el) return 'is not there';
	const {left, top, right, bottom} = el.getBoundingClientRect();
	if (left < 0 || top < 0 || right > innerWidth + .5 || bottom > innerHeight + .5) return 'is outside, at ' + [left, top, right, bottom].map(Math.round);
	for (const [x, y] of [[.5, .5], [.15, .5], [.85, .5], [.5, .2], [.5, .8]]) {
		let hit = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
		while (hit?.shadowRoot) hit = hit.shadowRoot.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
		if (!hit || !(el === hit || el.contains(hit))) return 'is covered by ' + (hit ? nameOf(hit) : 'nothing');
	}
	return '';
})`

// TestTheWayIsInSight: whatever the state, the screen and the type, the way to a person
// can be touched, and while waiting the position is seen and the line can be left.
func TestTheWayIsInSight(t *testing.T) {
	t.Parallel()
	screens := []struct {
		view
		name, dress string
	}{
		{desktop, "desktop", `{lang: 'zh-CN'}`},
		{view{390, 844, false}, "phone", `{lang: 'en'}`},
		{view{390, 844, false}, "phone, 200 %", `{lang: 'zh-CN', type: '200%'}`},
		{view{320, 480, false}, "small phone", `{lang: 'en'}`},
		{view{320, 480, false}, "small phone, 200 %", `{lang: 'en', type: '200%'}`},
		{view{320, 480, false}, "small phone, assisted", `{lang: 'en', assisted: ''}`},
		{view{320, 220, false}, "small phone with its keyboard", `{lang: 'en'}`},
		{view{320, 220, true}, "small phone with its keyboard, zh", `{lang: 'zh-CN'}`},
		{view{320, 220, false}, "small phone with its keyboard, assisted", `{lang: 'zh-CN', assisted: ''}`},
		{view{640, 220, false}, "a phone on its side, with its keyboard", `{lang: 'en'}`},
	}
	want := map[string]string{
		"waiting": "position leave input send", "leaving": "position stay leave-confirm", "offline": "position leave input",
		"human": "input send",
	}
	states(t, browser(t), phone, func(p *page, state string) {
		names, listed := want[state]
		if !listed {
			names = "person input send"
		}
		for _, s := range screens {
			p.see(s.view)
			p.dress(s.dress)
			for _, name := range strings.Fields(names) {
				if fault := eval[string](p, fmt.Sprintf("%s(%q)", inSight, name)); fault != "" {
					t.Errorf("%s, %s: %s %s", state, s.name, name, fault)
				}
			}
			if wide := eval[float64](p, "document.documentElement.scrollWidth"); wide > float64(s.width) {
				t.Errorf("%s, %s: the page is %.0f px wide", state, s.name, wide)
			}
			if state != "leaving" {
				checkRoom(p, s.view, state+", "+s.name)
			}
			if strings.Contains(s.dress, "assisted") {
				checkTargets(t, p, state+", "+s.name)
			}
			if s.width == 320 {
				p.shot(state + " " + s.name)
			}
		}
		p.see(phone)
		p.dress(`{lang: 'zh-CN'}`)
	})
}

// checkRoom measures where the customer writes, in widths of a Chinese character.
func checkRoom(p *page, v view, where string) {
	p.Helper()
	least := 4.0
	if v.height > 600 {
		least = 10
	}
	room := eval[float64](p, `all("zhida-chat", "input")[0].getBoundingClientRect().width / parseFloat(getComputedStyle(document.documentElement).fontSize)`)
	if room < least {
		p.Errorf("%s: there is room for %.1f characters to write", where, room)
	}
}

// checkTargets measures whatever can be pressed: in assisted mode at least 44 px each way.
func checkTargets(t *testing.T, p *page, where string) {
	t.Helper()
	small := eval[[]string](p, `[...document.querySelector('zhida-chat').shadowRoot.querySelectorAll('button, textarea')].filter(visible)
		.map((el) => [nameOf(el), el.getBoundingClientRect()]).filter(([, box]) => box.width < 44 || box.height < 44)
		.map(([name, box]) => name + ' ' + Math.round(box.width) + '×' + Math.round(box.height))`)
	if len(small) > 0 {
		t.Errorf("%s: too small to be pressed with ease: %v", where, small)
	}
}

// TestLeavingTheLine: it takes two taps, and a third one in the same place keeps the line.
func TestLeavingTheLine(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh-CN", "en"} {
		p := openSite(t, start(t), full).visit(browser(t), "/chat", phone)
		p.dress(fmt.Sprintf("{lang: %q}", lang))
		p.click(chat, "person")
		p.wait("waiting", `document.querySelector('zhida-chat').state.status === 'waiting'`)
		p.click(chat, "leave")
		p.click(chat, "stay")
		p.wait("the question is gone", `clickable("zhida-chat", "leave", 0)`)
		if status := eval[string](p, `document.querySelector('zhida-chat').state.status`); status != "waiting" {
			t.Errorf("%s: who stays is %s", lang, status)
		}
		p.click(chat, "leave")
		p.click(chat, "leave-confirm")
		p.wait("the line is left", `document.querySelector('zhida-chat').state.status === 'bot'`)
		p.wait("the way back is there", `clickable("zhida-chat", "person", 0)`)
		p.silent()
	}
}

// TestAskingOffline: the button works without a connection, and however often it is
// pressed, one ask is on its way.
func TestAskingOffline(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	p := s.visit(browser(t), "/chat", phone)
	cut(s, p)
	for range 3 {
		p.click(chat, "person")
	}
	p.wait("the ask is kept", `all("zhida-chat", "message").length === 1`)
	s.cut.Store(false)
	eval[bool](p, `dispatchEvent(new Event('online'))`)
	p.has(chat, "position", "3")
	if n := len(eval[[]string](p, `texts("zhida-chat", "message").filter((text) => text.startsWith('我'))`)); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
}

// TestKeyboardOverThePage: where the on-screen keyboard covers the page and does not
// shrink it, as on iOS, the way and the input stay above it.
func TestKeyboardOverThePage(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	s.files["/own.js"] = `
		const screen = Object.assign(new EventTarget(), {width: 320, height: 480, offsetTop: 0, offsetLeft: 0, scale: 1});
		Object.defineProperty(globalThis, 'visualViewport', {value: screen, configurable: true});
		addEventListener('keyboard', ({detail}) => (Object.assign(screen, detail), screen.dispatchEvent(new Event('resize'))));` + full["/own.js"] + `
		chat.remove(); document.querySelector('main').append(chat);` // it looks for the screen again
	p := s.visit(browser(t), "/chat", view{320, 480, false})
	for _, assisted := range []bool{false, true} {
		eval[bool](p, fmt.Sprintf(`(document.querySelector('zhida-chat').toggleAttribute('assisted', %t), true)`, assisted))
		for _, k := range []struct{ height, top int }{{220, 0}, {220, 120}, {220, 260}, {480, 0}} {
			eval[bool](p, fmt.Sprintf(`dispatchEvent(new CustomEvent('keyboard', {detail: {height: %d, offsetTop: %d}}))`, k.height, k.top))
			p.do(chromedp.Sleep(50 * time.Millisecond)) // a frame, so that it is drawn
			for _, name := range []string{"person", "input"} {
				box := eval[struct{ Top, Bottom float64 }](p, fmt.Sprintf(`(({top, bottom}) => ({Top: top, Bottom: bottom}))(all("zhida-chat", %q)[0].getBoundingClientRect())`, name))
				if box.Top < float64(k.top) || box.Bottom > float64(k.top+k.height) {
					t.Errorf("assisted %t: %s is from %.0f to %.0f, the screen from %d to %d", assisted, name, box.Top, box.Bottom, k.top, k.top+k.height)
				}
			}
		}
	}
}

// TestCallbackSlot: a page's own form has its place in the widget, and takes neither the
// way to a person nor the input out of sight, also while its own field is written in.
func TestCallbackSlot(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	s.files["/chat"] = frame("en", `<body><main><h1 class="quiet-read">Shop</h1><zhida-chat><form slot="callback">
		<p>Nobody is at the desk before 9.</p><p>We call you back at a time of your choice.</p><label>Number <input data-test="number" type="tel"></label>
		<p><button type="button">Call me</button></p></form></zhida-chat></main></body>`)
	p := s.visit(browser(t), "/chat", view{320, 480, false})
	p.click("", "number")
	for _, height := range []int64{480, 220} {
		p.see(view{320, height, false})
		if got := p.focused(); got != "number" {
			t.Errorf("%d px high: the focus is at %s", height, got)
		}
		eval[bool](p, `(document.activeElement.scrollIntoView({block: 'nearest'}), true)`)
		for _, name := range []string{"number", "person", "input"} {
			if fault := eval[string](p, fmt.Sprintf("%s(%q)", strings.Replace(inSight, `"zhida-chat"`, `""`, 1), name)); fault != "" {
				t.Errorf("%d px high: %s %s", height, name, fault)
			}
		}
		p.shot(fmt.Sprint(height))
	}
}
