package pagetest

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestTheCounterSpeaksSeldom: how many characters are left is seen all the time near the
// limit, and said at 200, at 50, and when none is left.
func TestTheCounterSpeaksSeldom(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	p := s.visit(browser(t), "/chat", phone)
	eval[bool](p, `(document.querySelector('zhida-chat').fill('x'.repeat(3795)), `+overhear+`)`)
	type5 := func(times int) {
		for range times {
			p.do(chromedp.KeyEvent("yyyyy"))
		}
	}
	type5(42)
	p.wait("what is left is seen", `document.querySelector('zhida-chat').shadowRoot.querySelector('#left').textContent.includes('-5')`)
	said := eval[[]string](p, "window.said")
	if want := []string{"还可输入 200 字", "还可输入 50 字", "还可输入 0 字"}; !slices.Equal(said, want) {
		t.Errorf("it says %q", said)
	}
	eval[bool](p, `(document.querySelector('zhida-chat').fill('x'), true)`)
	eval[bool](p, `(document.querySelector('zhida-chat').fill('x'.repeat(3990)), true)`)
	p.do(look)
	if said := eval[[]string](p, "window.said"); said[len(said)-1] != "还可输入 10 字" {
		t.Errorf("after a paste the last that is said is %q", said[len(said)-1])
	}
}
