package pagetest

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// The desk shows how many wait no more exactly than is known, in both languages.
func TestCountOfALine(t *testing.T) {
	p := open(t, browser(t), start(t).base+"/desk/", desktop)
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`(async () => {
		const {countOf} = await import('/web/desk/line-view.js');
		const {texts} = await import('/web/desk/texts.js');
		const {translator} = await import('/web/common/locale.js');
		const lines = [{waiting: 7, exact: true}, {waiting: 128, exact: false}, {waiting: 300, exact: false, about: true}];
		return ['en', 'zh-CN'].flatMap((language) => lines.map((line) => countOf(line, translator(texts, language)))).join(', ');
	})()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if want := "7, 128+, about 300, 7, 超过 128, 约 300"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
