package pagetest

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// embedDoc is what companies read to put the widget on their pages.
func embedDoc(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "embed.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// example is a fenced block that says in its first line which file it is.
var example = regexp.MustCompile("(?m)^```(html|js|css)\n(?:<!-- |// |/\\* )([a-z]+\\.(?:html|js|css))(?: -->| \\*/)?\n((?s:.*?))^```$")

// TestExamples puts the examples of docs/embed.md on a site, and uses their pages.
func TestExamples(t *testing.T) {
	t.Parallel()
	doc := embedDoc(t)
	files := map[string]string{}
	for _, m := range example.FindAllStringSubmatch(doc, -1) {
		files["/"+m[2]] = m[3]
	}
	if fences := regexp.MustCompile("(?m)^```(?:html|js|css)$").FindAllString(doc, -1); len(fences) != len(files) {
		t.Fatalf("of %d examples, these say which file they are: %v", len(fences), slices.Sorted(maps.Keys(files)))
	}
	s := openSite(t, start(t), files)
	for path, text := range s.files {
		s.files[path] = strings.ReplaceAll(text, "https://chat.example.com", s.URL)
	}
	tabs := browser(t)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(path, ".html") {
			continue
		}
		p := s.visit(tabs, path, phone)
		p.wait(path+" has the button", `clickable("zhida-chat", "person", 0)`)
		p.shot(strings.Trim(path, "/"))
		p.silent()
	}

	p := s.visit(tabs, "/index.html", phone)
	p.has(chat, "state", "bot")
	if height := eval[float64](p, `document.querySelector('zhida-chat').getBoundingClientRect().height`); height != 640 {
		t.Errorf("help.css gives a height of %.0f", height)
	}
	p = s.visit(tabs, "/callback.html", phone)
	if colour := eval[string](p, `getComputedStyle(all("zhida-chat", "person")[0]).backgroundColor`); colour != "rgb(122, 31, 75)" {
		t.Errorf("looks.css gives %s", colour)
	}
	p.wait("the form has room", `document.querySelector('form').getBoundingClientRect().height > 40 && visible(document.querySelector('input'))`)
	p = s.visit(tabs, "/events.html", phone)
	if height := eval[float64](p, `document.querySelector('zhida-chat').shadowRoot.querySelector('.stack').getBoundingClientRect().height`); height != 320 {
		t.Errorf("without a height of its own it is %.0f px high", height)
	}
	eval[bool](p, `(document.querySelector('#help').click(), true)`)
	p.has(chat, "position", "3")
	p.wait("the title tells the position", `document.title === '(3) Help'`)

	told := eval[[]string](p, `(() => {
		const told = [];
		globalThis.webkit = {messageHandlers: {openLink: {postMessage: (href) => told.push(href)}}};
		`+s.files["/ios.js"]+`
		const event = new CustomEvent('zhida-link', {detail: {href: 'https://shop.example/'}, cancelable: true});
		told.push(String(document.querySelector('zhida-chat').dispatchEvent(event)));
		return told;
	})()`)
	if !slices.Equal(told, []string{"https://shop.example/", "false"}) {
		t.Errorf("ios.js told the app %q", told)
	}
}

// TestEmbedDocIsComplete: every attribute, part, property, event and slot that the widget
// has is in its page, and no other.
func TestEmbedDocIsComplete(t *testing.T) {
	t.Parallel()
	doc := embedDoc(t)
	var source strings.Builder
	for _, folder := range []string{"widget", "common"} {
		names, err := filepath.Glob(filepath.Join("..", folder, "*.js"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	code := source.String()
	names := func(text, pattern string) map[string]bool {
		found := map[string]bool{}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			for name := range strings.FieldsSeq(m[1]) {
				if !strings.Contains(name, "$") {
					found[name] = true
				}
			}
		}
		return found
	}
	section := regexp.MustCompile("(?s)Parts, for .*?\n\n").FindString(doc)
	parts := names(section, "`([a-z-]+)`")
	has := names(code, `part: ['`+"`"+`]([^'`+"`"+`]+)['`+"`"+`]`)
	for _, author := range []string{"customer", "bot"} { // of messages; person is a button's, too
		has[author] = true
	}
	same(t, "parts", parts, has)
	same(t, "slots", names(doc, `slot="([a-z]+)"`), names(code, `'slot', \{name: '([a-z]+)'`))
	colours := names(code, `(?:^|[ {])'?([a-z-]+)'?: '#[0-9a-f]{6}'`)
	properties := names(code, `var\((--zhida-[a-z-]+)`)
	delete(properties, "--zhida-")
	for colour := range colours {
		properties["--zhida-"+colour] = true
	}
	same(t, "properties", names(doc, `(--zhida-[a-z-]+)`), properties)
	section = regexp.MustCompile("(?s)## Attributes\n.*?\n## ").FindString(doc)
	observed := names(strings.NewReplacer("', '", " ").Replace(code), `observedAttributes = \['([a-z -]+)'\]`)
	observed["theme"] = true // which the style sheet alone knows
	same(t, "attributes", names(section, "(?m)^\\| `([a-z-]+)` \\|"), observed)
	events := names(code, `(zhida-(?:link))`)
	for _, e := range []string{"ready", "state", "message"} {
		events["zhida-"+e] = true
	}
	same(t, "events", names(doc, "`(zhida-[a-z]+)`"), events)
}

func same(t *testing.T, what string, documented, there map[string]bool) {
	t.Helper()
	d, h := slices.Sorted(maps.Keys(documented)), slices.Sorted(maps.Keys(there))
	if !slices.Equal(d, h) {
		t.Errorf("%s: documented are\n%v, there are\n%v", what, d, h)
	}
}
