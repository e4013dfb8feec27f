package pagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// about is how many of the things that were said are about a word.
func (p *page) about(word string) int {
	p.Helper()
	return len(slices.DeleteFunc(eval[[]string](p, "window.said"), func(s string) bool { return !strings.Contains(s, word) }))
}

// A line that comes back within two seconds was never away: nothing is shown, and nothing
// is said. What takes longer is said once, and its end as well.
func TestAShortDrop(t *testing.T) {
	t.Parallel()
	w := between(t, start(t))
	p := phoneOn(t, w)
	eval[bool](p, `(document.querySelector('zhida-chat').setAttribute('lang', 'zh-CN'), true)`)
	p.write(chat, "input", "退款")
	p.wait("the bot answers", `all("zhida-chat", "way").length === 1`)
	eval[bool](p, overhear)
	eval[bool](p, `(() => {
		window.seen = [];
		const {shadowRoot} = document.querySelector('zhida-chat');
		new MutationObserver(() => {
			for (const node of shadowRoot.querySelectorAll('.offline, .net')) if (!node.hidden && node.textContent) seen.push(node.textContent);
		}).observe(shadowRoot, {subtree: true, childList: true, characterData: true, attributes: true});
		return true;
	})()`)
	for range 3 {
		tried := w.sockets.Load()
		w.cut()
		until(t, "it comes back", func() bool { return w.sockets.Load() > tried })
		p.online()
	}
	if seen, said := eval[[]string](p, "seen"), eval[[]string](p, "said"); len(seen)+len(said) > 0 {
		t.Errorf("three short drops show %q, and say %q", seen, said)
	}

	w.away.Store(true)
	w.cut()
	p.offline()
	p.pass(1500 * time.Millisecond)
	if eval[bool](p, `shows("zhida-chat", "offline", "")`) {
		t.Error("after a second and a half it is shown")
	}
	p.pass(time.Second)
	p.has(chat, "offline", "网络断开")
	w.away.Store(false)
	p.online()
	p.wait("the bar goes", `!shows("zhida-chat", "offline", "")`)
	for _, word := range []string{"网络断开", "已重新连接"} {
		if n := p.about(word); n != 1 {
			t.Errorf("%q is said %d times", word, n)
		}
	}
}

// A first connection that never comes is said after five seconds; before the first nobody
// claims that a bot is answering.
func TestNeverConnected(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), full)
	s.customer = "" // nobody vouches for them
	p := open(t, browser(t), "about:blank", phone)
	p.clocked()
	p.do(chromedp.Navigate(s.URL + "/chat"))
	p.wait("it is there", `clickable("zhida-chat", "person", 0)`)
	eval[bool](p, overhear)
	p.has(chat, "state", "正在连接")
	p.pass(4 * time.Second)
	if eval[bool](p, `shows("zhida-chat", "offline", "")`) {
		t.Error("after four seconds it is shown")
	}
	p.pass(2 * time.Second)
	p.has(chat, "offline", "网络断开")
	p.pass(30 * time.Second)
	if n := p.about("网络断开"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	for _, v := range []view{phone, {320, 480, true}, {320, 220, false}} {
		p.see(v)
		p.do(chromedp.Sleep(50 * time.Millisecond)) // a frame, so that it is drawn
		for _, name := range []string{"offline", "person", "input"} {
			if fault := eval[string](p, fmt.Sprintf("%s(%q)", inSight, name)); fault != "" {
				t.Errorf("%d × %d: %s %s", v.width, v.height, name, fault)
			}
		}
		if eval[bool](p, `shows("zhida-chat", "state", "机器人")`) {
			t.Error("a bot is said to answer")
		}
		p.shot(fmt.Sprint("never ", v.height))
	}
	s.customer = "ann"
	p.pass(20 * time.Second)
	p.has(chat, "state", "机器人为您解答")
	p.wait("the bar goes", `!shows("zhida-chat", "offline", "")`)
}
