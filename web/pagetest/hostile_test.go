package pagetest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/hostile/attempts.txt
var attemptsText string

//go:embed testdata/hostile/links.json
var linksText []byte

// tripwire notes whatever ran that nobody here wrote, in every frame.
const tripwire = `(() => {
	const ran = (top.ran ??= []);
	for (const name of ['alert', 'confirm', 'prompt', 'open']) globalThis[name] = (...what) => { ran.push(name + ' ' + what); };
	Object.defineProperty(document, 'cookie', {get: () => { ran.push('cookie'); return ''; }});
})()`

// hostileNames are what an agent, a company and a customer call themselves.
var hostileNames = []string{`<img src=x onerror=alert(1)>`, `</title><svg/onload=alert(2)>`, `"><b id=x>{name}</b>`}

// attempts are texts that want to be more than text.
func attempts() []string {
	return strings.Split(strings.TrimSpace(attemptsText), "\n")
}

// hostileShop is a shop whose own names are hostile, and no policy protects its pages.
func hostileShop(t *testing.T) *site {
	t.Helper()
	s := openSite(t, startChanged(t, "zh-CN: 小林", "zh-CN: '"+hostileNames[0]+"'", "zh-CN: 云帆商城", "zh-CN: '"+hostileNames[1]+"'"), full)
	s.name, s.bare = hostileNames[2], true
	return s
}

// watched opens an address with the tripwire in place.
func watched(t *testing.T, tabs context.Context, address string, v view) *page {
	t.Helper()
	p := open(t, tabs, "about:blank", v)
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: tripwire}); err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(address))
	return p
}

// shown are the texts in which a page shows messages, letter by letter.
func (p *page) shown(part string) []string {
	p.Helper()
	return eval[[]string](p, fmt.Sprintf(`all(%q, "message").map((m) => m.querySelector('.bubble').textContent)`, part))
}

// unharmed checks that nothing ran, nothing foreign was asked for, and no text became
// anything but text and links.
func (p *page) unharmed(part string) {
	p.Helper()
	if ran := eval[[]string](p, "top.ran"); len(ran) > 0 {
		p.Errorf("%s: these ran: %v", part, ran)
	}
	foreign := eval[[]string](p, `performance.getEntriesByType('resource').map((e) => e.name).filter((name) => !name.startsWith(location.origin))`)
	if len(foreign) > 0 {
		p.Errorf("%s: others were asked: %v", part, foreign)
	}
	tags := eval[[]string](p, fmt.Sprintf(`[...new Set(all(%q, "message").flatMap((m) => [...m.querySelectorAll('.bubble *')].map((el) => el.tagName)))].sort()`, part))
	if !slices.Equal(tags, []string{"A", "BDI"}) {
		p.Errorf("%s: the texts hold %v", part, tags)
	}
	bad := eval[[]string](p, fmt.Sprintf(`all(%q, "message").flatMap((m) => [...m.querySelectorAll('a')]).filter((a) => !/^https?:$/.test(a.protocol) || a.rel !== 'noopener noreferrer nofollow' ||
		a.getAttribute('href') !== a.textContent || !a.textContent.toLowerCase().includes('//' + a.host) && a.port !== '').map((a) => a.outerHTML)`, part))
	if len(bad) > 0 {
		p.Errorf("%s: links that lead elsewhere: %v", part, bad)
	}
	p.silent()
}

// TestHostileTexts plays every published attempt from both sides, and looks at the
// widget and at the desk, neither protected by a policy.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	s := hostileShop(t)
	tabs := browser(t)
	widget := watched(t, tabs, s.URL+"/chat", phone)
	widget.wait("the widget is connected", connected)
	widget.click(chat, "person")
	widget.has(chat, "position", "3")
	at := signIn(t, s.binary, watched(t, tabs, s.URL+"/desk/", desktop), "lin")
	lin := s.binary.agent("lin")
	lin.take(widget.conversation())
	at.wait("the customer is there", fmt.Sprintf(`shows("", "conversation", %q)`, hostileNames[2]))
	eval[bool](at, fmt.Sprintf(`(all("", "conversation").find((c) => c.textContent.includes(%s)).click(), true)`, quote(hostileNames[2])))
	widget.has(chat, "state", hostileNames[0])

	want := []string{}
	for i, attempt := range attempts() {
		for _, text := range []string{fmt.Sprintf("c%d %s", i, attempt), fmt.Sprintf("a%d %s", i, attempt)} {
			want = append(want, text)
			if text[0] == 'a' {
				lin.reply(widget.conversation(), text)
				continue
			}
			eval[bool](widget, fmt.Sprintf(`(document.querySelector('zhida-chat').say(%s), true)`, quote(text)))
		}
	}
	for part, p := range map[string]*page{chat: widget, "": at} {
		p.wait("the last attempt is there", fmt.Sprintf(`all(%q, "message").some((m) => m.textContent.includes(%s))`, part, quote(want[len(want)-1])))
		p.wait("the last but one, too", fmt.Sprintf(`all(%q, "message").some((m) => m.textContent.includes(%s))`, part, quote(want[len(want)-2])))
		shown := p.shown(part)
		for _, text := range want {
			if !slices.Contains(shown, text) {
				t.Errorf("%q: %q is not shown as it was written", part, text)
			}
		}
		p.unharmed(part)
		p.shot("after " + part)
	}
	named := eval[[]string](widget, `all("zhida-chat", "message").filter((m) => m.dataset.author === 'person').map((m) => m.querySelector('.who bdi').textContent)`)
	if len(named) == 0 || slices.ContainsFunc(named, func(name string) bool { return name != hostileNames[0] }) {
		t.Errorf("the agent is called %q", named)
	}
}

// TestHostileDemo: the demo page, with its views of what went to the queue, too.
func TestHostileDemo(t *testing.T) {
	t.Parallel()
	s := hostileShop(t)
	p := watched(t, browser(t), s.URL+"/", desktop)
	eval[bool](p, fmt.Sprintf(`(localStorage.setItem('zhida:demo:name', %s), true)`, quote(hostileNames[2])))
	p.do(reload)
	p.wait("the widget is ready", `clickable("zhida-chat", "input", 0)`)
	ask := "转人工 <img src=x onerror=alert(1)> </script><script>alert(2)</script> http://google.com/"
	p.write(chat, "input", ask)
	p.has(chat, "position", "3")
	p.has("", "event", "onerror=alert(1)")
	for range 3 {
		p.click(desk, "claim")
	}
	p.has(desk, "message", ask)
	for _, attempt := range attempts() {
		eval[bool](p, fmt.Sprintf(`(document.querySelector('zhida-chat').say(%s), true)`, quote(attempt)))
	}
	for _, part := range []string{chat, desk} {
		p.wait(part+" has the last", fmt.Sprintf(`all(%q, "message").some((m) => m.textContent.includes(%s))`, part, quote(attempts()[len(attempts())-1])))
		p.unharmed(part)
	}
	p.shot("demo")
}

// TestLinks: what becomes a link, and that all of it is shown as it was written.
func TestLinks(t *testing.T) {
	t.Parallel()
	var cases []struct {
		Text  string
		Links []string
	}
	if err := json.Unmarshal(linksText, &cases); err != nil {
		t.Fatal(err)
	}
	p := open(t, browser(t), start(t).base+"/desk/", desktop)
	for _, c := range cases {
		got, err := chromedp.Run(p.ctx, chromedp.Evaluate[struct {
			Text  string
			Links []string
		}](`(async () => {
			const {setLinked} = await import('/web/common/links.js'), node = document.createElement('p');
			setLinked(node, `+quote(c.Text)+`);
			return {Text: node.textContent, Links: [...node.querySelectorAll('a')].map((a) => a.getAttribute('href'))};
		})()`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if got.Text != c.Text || !slices.Equal(got.Links, c.Links) {
			t.Errorf("%q\n is shown as %q\n with links %q\n want       %q", c.Text, got.Text, got.Links, c.Links)
		}
	}
}

// TestLinkEvent: a page, or the app around it, may open links in its own way.
func TestLinkEvent(t *testing.T) {
	t.Parallel()
	s := openSite(t, start(t), full)
	p := watched(t, browser(t), s.URL+"/chat", phone)
	p.wait("the widget is connected", connected)
	eval[bool](p, `(document.querySelector('zhida-chat').addEventListener('zhida-link', (e) => { e.preventDefault(); window.asked = e.detail.href; }), document.querySelector('zhida-chat').say('https://shop.example/a'), true)`)
	p.wait("the link is there", `document.querySelector('zhida-chat').shadowRoot.querySelector('.bubble a')`)
	eval[bool](p, `(document.querySelector('zhida-chat').shadowRoot.querySelector('.bubble a').click(), true)`)
	if got := eval[string](p, `window.asked + ' ' + location.pathname`); got != "https://shop.example/a /chat" {
		t.Errorf("the page was told %q", got)
	}
}

// quote writes a text as a JavaScript string.
func quote(text string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(true)
	_ = encoder.Encode(text) // a string is always encoded
	return strings.TrimSpace(out.String())
}

// withoutPolicy takes the policy off an answer, so that nothing but the page's own care
// is between a text and its running.
func withoutPolicy(r *http.Response) error {
	r.Header.Del("Content-Security-Policy")
	return nil
}
