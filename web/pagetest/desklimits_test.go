package pagetest

import "testing"

// TestTheDeskTellsWhatMayBeSent: how many messages the channel still takes and for how
// long, and which of ours are kept for the customer's next word.
func TestTheDeskTellsWhatMayBeSent(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := open(t, browser(t), b.base+"/desk/", desktop)
	eval[bool](p, `(Promise.all(['desk/conversation-view', 'desk/held', 'desk/texts', 'common/locale'].map((m) => import('/web/' + m + '.js'))).then(
		([{ConversationView}, {Held}, {texts}, {translator}]) => {
			const HOUR = 3_600_000;
			const message = (key, author, outcome) => ({key, author, text: key, at: 1, received: 1, outcome});
			window.told = (language, limits) => {
				const held = new Held({id: 'c', status: 'human', channel: 'x', language: 'zh-CN', limits: {messages_left: 9, until: 0}});
				held.push(message('1', 'person', {delivery: 'held', code: 'allowance_spent', hint: 'a hint', gone: 2}), 'lin');
				held.outcome('1', {delivery: 'pending'}); // the answer to the call, which came late
				held.push(message('2', 'bot', {delivery: 'held', code: 'window_closed'}), 'lin');
				held.push(message('3', 'person', {delivery: 'not_sent', code: 'recipient_gone', hint: 'a hint.'}), 'lin');
				held.push(message('4', 'person', {delivery: 'unknown', code: 'anything', hint: 'a hint.'}), 'lin');
				held.push(message('5', 'person', {delivery: 'delivered', gone: 2}), 'lin');
				held.outcome('5', {delivery: 'sent'}); // it was late
				held.push(message('6', 'person', {delivery: 'not_sent', code: 'opted_out', hint: 'a hint.'}), 'lin');
				held.outcome('6', {delivery: 'delivered'}); // of another piece
				held.allow({limits});
				held.allow({});
				const session = {agent: {id: 'lin'}, selected: 'c', held: new Map([['c', held]]), socket: {clock: {now: () => HOUR}}};
				const view = new ConversationView(session);
				view.draw(translator(texts, language));
				return [view.limits, ...view.node.querySelectorAll('.fate')].map((node) => node.hidden ? '' : node.textContent).join(' | ');
			};
			window.HOUR = HOUR;
		}), true)`)
	p.wait("the modules are there", `window.told`)
	const zh = " | 已保留：等顾客下次说话时自动发出顾客已收到前 2 段渠道允许的条数已用完，或余下的留给真人allowance_spent" +
		" | 已保留：等顾客下次说话时自动发出渠道允许的发送时间已过window_closed" +
		" | 未送达在这个渠道上已经联系不到这位顾客。a hint.recipient_gone | 结果未知a hint.anything" +
		" | 已送达手机 | 未送达顾客发了退订（STOP），这条没有发出。请打电话，或换一个渠道联系。a hint.opted_out"
	for call, want := range map[string]string{
		`told('zh-CN', {messages_left: 3, until: 47.9 * HOUR})`:              "还可发 3 条 · 剩 46 小时" + zh,
		`told('zh-CN', {messages_left: 1, until: 1.5 * HOUR})`:               "还可发 1 条 · 剩 30 分钟" + zh,
		`told('zh-CN', {messages_left: 0, until: 9 * HOUR})`:                 "现在不能发送：写好的会保留，等顾客下次说话时自动发出" + zh,
		`told('zh-CN', {messages_left: 3, until: HOUR})`:                     "现在不能发送：写好的会保留，等顾客下次说话时自动发出" + zh,
		`told('en', {messages_left: 3, until: 47.9 * HOUR}).split(' | ')[0]`: "3 more may be sent · 46 h left",
		`told('en', {messages_left: 3, until: HOUR}).split(' | ')[3]`:        "Not deliveredThis customer can no longer be reached on this channel.a hint.recipient_gone",
	} {
		if got := eval[string](p, call); got != want {
			t.Errorf("%s is\n%s, want\n%s", call, got, want)
		}
	}
}
