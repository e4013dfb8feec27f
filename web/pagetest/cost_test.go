package pagetest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// frameCost counts how often formats are made and days are asked for when one message comes
// into a conversation of two thousand, and when somebody types.
const frameCost = `(async () => {
	const [{ChatView}, {MessageLog}, {texts}, {translator}] = await Promise.all([import('/web/widget/view.js'),
		import('/web/common/log.js'), import('/web/widget/texts.js'), import('/web/common/locale.js')]);
	const host = document.createElement('div');
	const root = host.attachShadow({mode: 'open'}), view = new ChatView({}), t = translator(texts, 'en');
	root.append(view.node);
	const session = {log: new MessageLog(), outbox: {draft: ''}, unsent: [], state: {status: 'bot', language: 'en'}, connection: 'open', conversation: 'c', more: false, typing: {by: null}, absence: {long: false}, maxText: 4000, now: Date.now};
	const say = (i) => session.log.add({key: String(1e12 + i), author: i % 2 ? 'bot' : 'customer', id: i % 2 ? undefined : 'i' + i, text: 'text ' + i, at: 1e12 + i * 60000, way: false});
	for (let i = 0; i < 2000; i++) say(i);
	view.draw(session, t, {title: 'x'});
	let asked = 0;
	const kept = {day: Date.prototype.toDateString, format: Intl.DateTimeFormat};
	Date.prototype.toDateString = function () { asked++; return kept.day.call(this); };
	Intl.DateTimeFormat = function (...how) { asked++; return new kept.format(...how); };
	const changed = [];
	new MutationObserver((changes) => changed.push(...changes)).observe(root.querySelector('ol'), {subtree: true, childList: true, attributes: true, characterData: true});
	const began = performance.now();
	say(2000);
	view.draw(session, t, {title: 'x'});
	session.typing.by = {name: 'a'};
	view.draw(session, t, {title: 'x'});
	const took = performance.now() - began;
	await Promise.resolve();
	Object.assign(Intl, {DateTimeFormat: kept.format});
	Date.prototype.toDateString = kept.day;
	return [asked, changed.length, Math.round(took)];
})()`

// TestALongConversationIsCheap: what comes costs what came, not what is there.
func TestALongConversationIsCheap(t *testing.T) {
	t.Parallel()
	p := open(t, browser(t), start(t).base+"/desk/", phone)
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]int](frameCost, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("two frames of 2001 messages: %d days and formats, %d changes, %d ms", got[0], got[1], got[2])
	if got[0] > 40 || got[1] > 40 {
		t.Errorf("two frames ask for %d days and formats, and make %d changes", got[0], got[1])
	}
}
