package pagetest

import (
	"slices"
	"strings"
	"testing"
)

// overhear notes what a screen reader would say by itself: additions to polite regions,
// and the whole of a status whenever it changes.
const overhear = `(() => {
	const root = document.querySelector('zhida-chat').shadowRoot;
	window.said = [];
	const note = (text) => text.trim() && window.said.at(-1) !== text && window.said.push(text);
	for (const region of root.querySelectorAll('[aria-live="polite"], [role="alert"]')) {
		new MutationObserver((changes) => changes.forEach(({addedNodes}) => addedNodes.forEach((n) => note(n.textContent))))
			.observe(region, {childList: true, subtree: true, characterData: true});
	}
	for (const region of root.querySelectorAll('[role="status"]')) {
		new MutationObserver(() => note(region.textContent)).observe(region, {childList: true, subtree: true, characterData: true});
	}
	return root.querySelector('[role="log"]').getAttribute('aria-live') === 'off' && root.querySelectorAll('[role="log"]').length === 1;
})()`

// TestNewsIsSaidOnce: each message of others is read out once, politely; one's own is
// not, nor what was there before; what happens to the line is.
func TestNewsIsSaidOnce(t *testing.T) {
	t.Parallel()
	b := startChanged(t)
	s := openSite(t, b, full)
	p := s.visit(browser(t), "/chat", phone)
	p.write(chat, "input", "退款")
	p.wait("the bot answers", `all("zhida-chat", "way").length === 1`)
	p.do(reload)
	p.wait("it is connected", connected+` && all("zhida-chat", "way").length === 1`)
	if !eval[bool](p, overhear) {
		t.Error("the log is not one silent log")
	}
	lin := b.agent("lin")
	p.write(chat, "input", "找个活人")
	p.has(chat, "position", "3")
	for _, position := range []string{"2", "1"} {
		lin.claim()
		p.has(chat, "position", position)
	}
	lin.take(p.conversation())
	p.wait("a person is there", `document.querySelector('zhida-chat').state.status === 'human'`)
	lin.reply(p.conversation(), "您好，我是小林。")
	p.has(chat, "message", "我是小林")
	eval[bool](p, `(document.querySelector('zhida-chat').setAttribute('name', '另一家'), true)`) // a redraw
	cut(s, p)
	s.cut.Store(false)
	eval[bool](p, `dispatchEvent(new Event('online'))`)
	p.wait("it is back", `window.said.some((s) => s.includes('已重新连接'))`)
	eval[bool](p, `(document.querySelector('zhida-chat').say('x'.repeat(4001)), true)`)
	p.wait("it is refused", `all("zhida-chat", "edit").length === 1`)
	p.do(look)

	said := eval[[]string](p, "window.said")
	for _, once := range []string{"已为您转人工", "排在第 3 位暂", "排在第 2 位", "排在第 1 位", "小林正在为您服务", "您好，我是小林。", "网络断开", "已重新连接", "消息太长"} {
		if n := len(slices.DeleteFunc(slices.Clone(said), func(s string) bool { return !strings.Contains(s, once) })); n != 1 {
			t.Errorf("%q is said %d times, in %q", once, n, said)
		}
	}
	for _, never := range []string{"找个活人", "退货签收"} {
		if slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, never) }) {
			t.Errorf("%q is said, in %q", never, said)
		}
	}
	described := eval[string](p, `(() => {
		const edit = all("zhida-chat", "edit")[0], root = edit.getRootNode();
		return edit.getAttribute('aria-describedby').split(' ').map((id) => root.getElementById(id).textContent).join('|');
	})()`)
	if !strings.Contains(described, "太长") || !strings.Contains(described, "xxx") {
		t.Errorf("editing is described as %.60q", described)
	}
}
