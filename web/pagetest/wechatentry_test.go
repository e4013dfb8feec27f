package pagetest

import "testing"

// TestWhatWeChatShows: what is tapped in a message, and that nothing else in it is more
// than text.
func TestWhatWeChatShows(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := open(t, browser(t), b.base+"/", phone)
	eval[bool](p, `(Promise.all(['demo/wechat-entry', 'demo/texts', 'common/locale'].map((m) => import('/web/' + m + '.js'))).then(
		([{bubble, note}, {texts}, {translator}]) => {
			const link = (id, text) => '<a href="weixin://bizmsgmenu?msgmenucontent=' + text + '&msgmenuid=' + id + '">' + text + '</a>';
			window.link = link;
			window.shown = (entry) => {
				const tapped = [];
				const node = bubble(entry, translator(texts, 'en'), (id) => tapped.push(id));
				const parts = [...node.childNodes].map((part) => part.localName + ' ' + part.textContent);
				for (const button of node.querySelectorAll('button')) button.click();
				return [...parts, 'tapped ' + tapped].join(' | ');
			};
			window.noted = (language, entry) => note(entry, translator(texts, language));
		}), true)`)
	p.wait("the modules are there", `window.noted`)
	for call, want := range map[string]string{
		`shown({kind: 'text', text: 'Hello'})`:                                                     "bdi Hello | tapped ",
		`shown({kind: 'text', text: 'Hello\n' + link(1, 'a person') + '!', items: []})`:            "bdi Hello\n | button a person | bdi ! | tapped 1",
		`shown({kind: 'text', text: link(1, 'a') + link(22, 'b')})`:                                "button a | button b | tapped 1,22",
		`shown({kind: 'msgmenu', text: 'Hello', items: [{id: '1', content: 'a person'}]})`:         "bdi Hello | button a person | tapped 1",
		`shown({kind: 'text', text: link(1, 'once'), items: [{id: '1', content: 'once'}]})`:        "button once | tapped 1",
		`shown({kind: 'text', text: '<b>x</b><a href="https://a.example">y</a>'})`:                 `bdi <b>x</b><a href="https://a.example">y</a> | tapped `,
		`shown({kind: 'text', text: '<a href="weixin://bizmsgmenu?msgmenuid=1"><img src=x></a>'})`: `bdi <a href="weixin://bizmsgmenu?msgmenuid=1"><img src=x></a> | tapped `,
		`shown({kind: 'voice', text: 'what was heard'})`:                                           "span Voice note | bdi what was heard | tapped ",
		`shown({kind: 'video'})`:                                    "span Video | tapped ",
		`shown({kind: 'image', media: 'm&id=2'}).split(' ')[0]`:     "img",
		`noted('zh-CN', {kind: 'event', text: 'subscribe'})`:        "您已关注",
		`noted('en', {kind: 'event', text: '转人工'})`:                 "You tapped “转人工”",
		`noted('en', {kind: 'again'})`:                              "WeChat was started again, from the beginning",
		`noted('en', {kind: 'fault', text: '该公众号提供的服务出现故障，请稍后再试'})`: "该公众号提供的服务出现故障，请稍后再试",
	} {
		if got := eval[string](p, call); got != want {
			t.Errorf("%s is\n%q, want\n%q", call, got, want)
		}
	}
}

// TestWeChatPhoneSpeaks: what is written goes as a voice note, of which WeChat tells the words.
func TestWeChatPhoneSpeaks(t *testing.T) {
	t.Parallel()
	p := openWeChat(t, start(t), "official", phone)
	p.click("", "wechat-begin")
	p.click("", "wechat-swap")
	p.wait("it can be written", `clickable("", "wechat-voice", 0)`)
	eval[bool](p, `(all("", "wechat-input")[0].value = "转人工", true)`)
	p.click("", "wechat-voice")
	p.has("", "wechat-message", "Voice note")
	p.has("", "wechat-message", "已为您转人工")
	if got := eval[string](p, `all("", "wechat-input")[0].value`); got != "" {
		t.Errorf("the field still has %q", got)
	}
	p.silent()
}
