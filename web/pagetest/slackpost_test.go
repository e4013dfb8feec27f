package pagetest

import (
	"fmt"
	"slices"
	"testing"
)

// TestSlackPostChanges: a message that is edited stays the same row, and its button keeps the focus.
func TestSlackPostChanges(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := open(t, browser(t), b.base+"/", phone)
	eval[bool](p, `(Promise.all(['demo/slack-post', 'demo/texts', 'common/locale'].map((m) => import('/web/' + m + '.js'))).then(
		([{made}, {texts}, {translator}]) => {
			let language = 'en';
			const tapped = [];
			const scene = () => ({t: translator(texts, language), app: 'Support', mention: '<@app>', onTap: ({ts}) => tapped.push(ts)});
			const note = (place, more) => ({ts: '1.000001', who: 'app', text: place, blocks: [{kind: 'context', text: 'Bot'}, {kind: 'section', text: place}, {kind: 'button', text: 'A person'}], ...more});
			const node = made(note('3rd'), scene);
			document.body.prepend(node);
			const draw = (post) => node.row.draw({post, replies: []});
			const seen = () => [...node.querySelectorAll('.sl-name, .sl-context, .sl-section, .sl-button, .sl-edited')].map((part) => part.textContent).join(' | ');
			draw(note('3rd'));
			const button = node.querySelector('button.sl-button');
			button.focus();
			window.steps = [seen()];
			draw(note('2nd', {edited: true}));
			steps.push(seen() + (document.activeElement === button ? '' : ', the focus is lost') + (node.classList.contains('sl-changed') ? ', flashes' : ''));
			node.classList.remove('sl-changed');
			language = 'zh-CN';
			draw(note('2nd', {edited: true}));
			button.click();
			steps.push(seen() + (node.classList.contains('sl-changed') ? ', flashes' : '') + ', tapped ' + tapped);
		}), true)`)
	p.wait("the module is there", `window.steps?.length === 3`)
	want := []string{
		"Support | Bot | 3rd | A person | ",
		"Support | Bot | 2nd | A person | (edited), flashes",
		"Support | Bot | 2nd | A person | （已编辑）, tapped 1.000001",
	}
	if got := eval[[]string](p, `steps`); !slices.Equal(got, want) {
		t.Errorf("it shows %q, want %q", got, want)
	}
}

// TestSlackHostile: whatever people are called and write is text, in the window and at the desk.
func TestSlackHostile(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := watched(t, browser(t), b.base+"/", desktop)
	name := hostileNames[0] + " " + hostileNames[2]
	eval[bool](p, fmt.Sprintf(`(localStorage.setItem('zhida:demo:name', %s), location.reload(), true)`, quote(name)))
	p.intoSlack()
	p.wait("they are called so", fmt.Sprintf(`shows("", "slack-me", %s)`, quote(name)))
	all := attempts()
	for i, attempt := range all {
		eval[bool](p, fmt.Sprintf(`(all("", "slack-input")[0].value = %s, all("", "slack-send")[0].click(), true)`, quote(fmt.Sprintf("c%d %s", i, attempt))))
		p.wait("it is there", fmt.Sprintf(`all("", "slack-post").some((li) => li.querySelector('.sl-text').textContent === %s)`, quote(fmt.Sprintf("c%d %s", i, attempt))))
	}
	p.pick(window, hostileNames[1]+".html", "text/html", []byte("<script>alert(1)</script>"))
	p.wait("the file is called so", fmt.Sprintf(`shows("", "slack-file", %s)`, quote(hostileNames[1]+".html")))
	tags := eval[[]string](p, `[...new Set([...document.querySelectorAll('.sl-text *, .sl-section *, .sl-name *, .sl-me *, .sl-file bdi *')].map((el) => el.tagName))].sort()`)
	if slices.ContainsFunc(tags, func(tag string) bool { return tag != "A" && tag != "SPAN" }) {
		t.Errorf("the texts hold %v", tags)
	}
	if ran := eval[[]string](p, "top.ran"); len(ran) > 0 {
		t.Errorf("these ran: %v", ran)
	}
	p.shot("hostile")
	p.silent()
}
