package pagetest

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe.js
var examine string

// axe is axe-core, which .ci/tools puts into bin; ZHIDA_AXE names another place.
func axe(t *testing.T) string {
	t.Helper()
	path := os.Getenv("ZHIDA_AXE")
	if path == "" {
		path = filepath.Join("..", "..", "bin", "axe.min.js")
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("axe-core is not there: run make tools, or name its axe.min.js in ZHIDA_AXE: %v", err)
	}
	return string(script)
}

// findings examines a page.
func (p *page) findings(axe string) []string {
	p.Helper()
	if !eval[bool](p, `typeof axe === 'object'`) {
		p.do(chromedp.Evaluate[chromedp.Void](axe + ";0"))
	}
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string]("("+examine+")()", chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatal(err)
	}
	return found
}

// TestAccessible: axe-core finds nothing to say of the widget, whatever it is in.
func TestAccessible(t *testing.T) {
	t.Parallel()
	script := axe(t)
	looks := []struct{ name, dress string }{
		{"zh light", `{lang: 'zh-CN', theme: 'light'}`},
		{"en dark", `{lang: 'en', theme: 'dark'}`},
		{"en light assisted", `{lang: 'en', theme: 'light', assisted: ''}`},
		{"zh dark assisted, large type", `{lang: 'zh-CN', theme: 'dark', assisted: '', type: '200%'}`},
	}
	states(t, browser(t), phone, func(p *page, state string) {
		for _, l := range looks {
			p.dress(l.dress)
			for _, found := range p.findings(script) {
				t.Errorf("%s, %s: %s", state, l.name, found)
			}
			if l.name == "zh light" || l.name == "en dark" || state == "waiting" || state == "human" {
				p.shot(state + " " + l.name)
			}
		}
		p.dress(`{lang: 'zh-CN', theme: 'light'}`)
		p.checkForcedColours(script, state)
		p.checkReducedMotion(state)
	})
}

// TestPagesAreAccessible: axe-core finds nothing to say of the demo and of the desk, while
// an agent signs in, looks on, and serves a customer.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	script := axe(t)
	for _, v := range []view{phone, {1440, 900, true}} {
		b, tabs := start(t), browser(t)
		examine := func(p *page, state string) {
			p.wait("colours have changed", `!document.getAnimations().some((a) => a instanceof CSSTransition)`)
			for _, found := range p.findings(script) {
				t.Errorf("%s, %d px, dark %v: %s", state, v.width, v.dark, found)
			}
			p.shot(state)
		}
		demo := open(t, tabs, b.base+"/", v)
		demo.wait("the widget is ready", `all("zhida-chat", "input").length > 0`)
		examine(demo, "demo")

		desk := open(t, tabs, b.base+"/desk/", v)
		desk.wait("the card is there", `clickable("", "agent", 0)`)
		examine(desk, "sign-in")
		desk.write("", "agent", "lin")
		desk.write("", "code", "wrong")
		desk.wait("it is refused", `document.querySelector('[role=alert]')?.textContent`)
		examine(desk, "refused")
		desk.do(reload)
		signIn(t, b, desk, "lin")
		examine(desk, "line")
		desk.click("", "claim")
		desk.wait("the conversation is there", `clickable("", "reply", 0)`)
		desk.write("", "reply", "您好，我是小林。")
		desk.has("", "message", "我是小林")
		examine(desk, "conversation")
	}
}

// dress sets what a page says about its widget, and how large its type is.
func (p *page) dress(attributes string) {
	p.Helper()
	eval[bool](p, `(() => {
		const {type, ...set} = `+attributes+`, chat = document.querySelector('zhida-chat');
		for (const name of ['lang', 'theme', 'assisted']) name in set ? chat.setAttribute(name, set[name]) : chat.removeAttribute(name);
		document.documentElement.lang = set.lang;
		document.documentElement.style.fontSize = type ?? '';
		return true;
	})()`)
	p.do(chromedp.Sleep(50 * time.Millisecond)) // a frame, so that it is drawn
}

// checkForcedColours: with the colours of the system, such as white on black, everything
// is still to be seen, and axe-core still finds nothing.
func (p *page) checkForcedColours(script, state string) {
	p.Helper()
	p.media("forced-colors", "active")
	defer p.media("forced-colors", "none")
	for _, found := range p.findings(script) {
		p.Errorf("%s, forced colours: %s", state, found)
	}
	for _, name := range []string{"person", "input", "send"} {
		if bare := eval[bool](p, fmt.Sprintf(`all("zhida-chat", %q).filter(visible).some((el) => parseFloat(getComputedStyle(el).borderTopWidth) < 1)`, name)); bare {
			p.Errorf("%s, forced colours: nothing shows where %s is", state, name)
		}
	}
	p.shot(state + " forced colours")
}

// checkReducedMotion: whoever wants no motion gets none.
func (p *page) checkReducedMotion(state string) {
	p.Helper()
	moving := func() int {
		return eval[int](p, `document.querySelector('zhida-chat').shadowRoot.getAnimations().length`)
	}
	if state == "waiting" && moving() == 0 {
		p.Error("nothing moves while waiting: this test sees nothing")
	}
	p.media("prefers-reduced-motion", "reduce")
	defer p.media("prefers-reduced-motion", "no-preference")
	p.do(look)
	if n := moving(); n != 0 {
		p.Errorf("%s: %d things move", state, n)
	}
}

func (p *page) media(name, value string) {
	p.Helper()
	features := []*emulation.MediaFeature{{Name: name, Value: value}}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		p.Fatal(err)
	}
}
