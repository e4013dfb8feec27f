package pagetest

import (
	"slices"
	"testing"
)

// TestPoll: the page looks often after something happened, seldom later, and never while nobody sees it.
func TestPoll(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := open(t, browser(t), b.base+"/healthz", phone) // a page with no timers of its own
	eval[bool](p, `(import('/web/demo/poll.js').then(async ({Poll}) => {
		let [now, hidden, looks, more] = [0, false, 0, true];
		const steps = [], waits = [];
		Date.now = () => now;
		Object.defineProperty(document, 'hidden', {get: () => hidden});
		const [set, clear] = [window.setTimeout, window.clearTimeout];
		window.setTimeout = (what, wait) => waits.push(wait);
		window.clearTimeout = () => {};
		const poll = new Poll(async () => (looks++, more));
		const step = async (name) => {
			await poll.now();
			steps.push(name + ': ' + looks + ' looks, then ' + (waits.pop() ?? 'none'));
		};
		await step('at first');
		now = 59_999;
		await step('within a minute');
		now = 60_000;
		await step('after a minute');
		poll.stir();
		await step('something happened');
		hidden = true;
		await step('nobody sees it');
		hidden = false;
		document.dispatchEvent(new Event('visibilitychange'));
		await null;
		steps.push('seen again: ' + looks + ' looks');
		more = false;
		waits.length = 0;
		await step('it is closed');
		let finish;
		const slow = new Poll((current) => new Promise((done) => { finish ??= () => done(current() || true); }));
		const first = slow.now();
		slow.now();
		finish();
		await first;
		steps.push('overtaken: ' + waits.length + ' waits');
		window.setTimeout = set;
		window.clearTimeout = clear;
		window.steps = steps;
	}), true)`)
	p.wait("it was tried", `window.steps`)
	want := []string{
		"at first: 1 looks, then 600", "within a minute: 2 looks, then 600", "after a minute: 3 looks, then 3000", "something happened: 4 looks, then 600",
		"nobody sees it: 4 looks, then none", "seen again: 5 looks", "it is closed: 6 looks, then none", "overtaken: 0 waits",
	}
	if got := eval[[]string](p, `steps`); !slices.Equal(got, want) {
		t.Errorf("it went\n%q, want\n%q", got, want)
	}
}
