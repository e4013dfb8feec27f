package pagetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// drawn draws a session that is made up, and says what is read out, and whether the newest
// is offered, after each step.
const drawn = `(async () => {
	const [{ChatView}, {MessageLog}, {texts}, {translator}, {dress}] = await Promise.all([import('/web/widget/view.js'),
		import('/web/common/log.js'), import('/web/widget/texts.js'), import('/web/common/locale.js'), import('/web/widget/styles.js')]);
	const host = document.createElement('div');
	host.style.cssText = 'height: 400px; width: 390px';
	document.body.replaceChildren(host);
	const root = host.attachShadow({mode: 'open'}), view = new ChatView({}), t = translator(texts, 'en'), steps = {};
	dress(root);
	root.append(view.node);
	const session = {log: new MessageLog(), outbox: {draft: ''}, unsent: [], state: {status: 'human', language: 'en'}, connection: 'open', conversation: 'c', more: true, typing: {by: null}, absence: {long: false}, now: () => 1e12 + 1};
	const say = (key, author = 'bot') => session.log.add({key, author, id: author === 'customer' ? 'id' + key : undefined, text: 'text ' + key, at: 1e12});
	const step = (name) => {
		view.news.node.replaceChildren();
		view.newest.hidden = true;
		view.draw(session, t, {title: ''});
		steps[name] = [view.newest.hidden ? '' : 'newest', ...[...view.news.node.children].map((p) => p.textContent)].filter(Boolean);
	};
	for (let i = 200; i < 240; i++) say('k' + i);
	step('the first page');
	steps['the day, by the clock of the session'] = [root.querySelector('.day').textContent];
	view.scroll.scrollTop = 0;
	view.atEnd = false;
	say('k250', 'customer');
	step('my own');
	say('k245', 'person');
	step('a message that was said before my own');
	step('nothing');
	for (let i = 100; i < 120; i++) say('k' + i);
	step('an earlier page');
	for (let i = 260; i < 265; i++) say('k' + i);
	step('five');
	session.log = new MessageLog();
	session.outbox = {draft: ''};
	step('another customer, of whom nothing is there');
	say('k500');
	step('their first');
	return JSON.stringify(steps);
})()`

// TestWhatCameIsNoticed: whatever is new is read out and offered once, in whichever order
// it came; one's own words and earlier pages are not.
func TestWhatCameIsNoticed(t *testing.T) {
	t.Parallel()
	p := open(t, browser(t), start(t).base+"/desk/", phone)
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](drawn, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string][]string
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	for step, want := range map[string][]string{
		"the day, by the clock of the session": {"Today"},
		"the first page":                       nil, "nothing": nil, "my own": {"newest"},
		"a message that was said before my own": {"newest", "Person: text k245"},
		"an earlier page":                       {"20 earlier messages are shown"},
		"five":                                  {"newest", "5 new messages", "Bot: text k264"},
		"another customer, of whom nothing is there": nil,
		"their first": {"Bot: text k500"}, // it is in sight
	} {
		if !slices.Equal(got[step], want) {
			t.Errorf("%s: %q, want %q", step, got[step], want)
		}
	}
}

// TestThePageHearsWhatCame: what was said while the page was away is told to it, too, and
// each message once.
func TestThePageHearsWhatCame(t *testing.T) {
	t.Parallel()
	b := startChanged(t)
	s := openSite(t, b, full)
	p := s.visit(browser(t), "/chat", phone)
	p.write(chat, "input", "退款")
	p.wait("it is answered", `all("zhida-chat", "way").length === 1`)
	p.do(reload)
	p.wait("it is connected", connected+` && all("zhida-chat", "way").length === 1`)
	eval[bool](p, `(window.heard = [], document.querySelector('zhida-chat').addEventListener('zhida-message', ({detail}) => heard.push(detail.text)), true)`)
	s.cut.Store(true)
	eval[bool](p, `dispatchEvent(new Event('offline'))`)
	for i := range 60 { // more than a page
		b.call("/channels/inapp", b.token(s.customer), map[string]any{"type": "message", "id": fmt.Sprint("elsewhere-", i), "at": time.Now().UnixMilli(), "text": fmt.Sprintf("word %d.", i)}, new(any))
	}
	back(s, p)
	p.has(chat, "message", "word 0.")
	p.has(chat, "message", "word 59.")
	eval[bool](p, `(document.querySelector('zhida-chat').say('mine'), true)`)
	p.wait("mine is told", `heard.includes('mine')`)
	heard := eval[[]string](p, "heard")
	for i := range 60 {
		word := fmt.Sprintf("word %d.", i)
		if n := len(slices.DeleteFunc(slices.Clone(heard), func(s string) bool { return s != word })); n != 1 {
			t.Errorf("%q was told %d times", word, n)
		}
	}
	if slices.ContainsFunc(heard, func(s string) bool { return strings.Contains(s, "退款") }) {
		t.Errorf("what was there before is told: %q", heard[0])
	}
}
