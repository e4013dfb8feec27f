package pagetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shop is a company's own page, on a host of its own.
type shop struct {
	*httptest.Server
	page string
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, s.page) // whoever asked is gone
	}))
	t.Cleanup(s.Close)
	return s
}

// embeds has the page show the widget of a binary, as docs/deploy.md says.
func (s *shop) embeds(b *binary, script string) {
	s.show(b, "", script)
}

// show has the page show the widget with attributes of its own.
func (s *shop) show(b *binary, attributes, script string) {
	s.page = fmt.Sprintf(`<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Shop</title>
<script type="module" src="%s/web/widget/zhida-chat.js"></script>
<zhida-chat src="ws%s/inapp/live"%s></zhida-chat><script>%s</script>`, b.base, strings.TrimPrefix(b.base, "http"), attributes, script)
}

// settings is the example shop's zhida.yaml with more lines for the channel.
func settings(t *testing.T, lines ...string) string {
	t.Helper()
	text, err := os.ReadFile("../../cmd/zhida/zhida.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const block = "  inapp:\n"
	if !strings.Contains(string(text), block) {
		t.Fatal("the example has no block for the channel")
	}
	file := filepath.Join(t.TempDir(), "zhida.yaml")
	more := block + "    " + strings.Join(lines, "\n    ") + "\n"
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), block, more, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// token is what the company's backend would sign.
func (b *binary) token(user string) string {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.base+"/dev/customer", strings.NewReader(`{"user":"`+user+`","name":"Ann"}`))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	var said struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || said.Token == "" {
		b.Fatal(answer.Status, err)
	}
	return said.Token
}

// TestThePageIsElsewhere: the widget in a page of another origin loads, connects, and
// gets its customer a person; the page may also call. A page of an origin that is not in
// the list loads the public files, and gets nothing else.
func TestThePageIsElsewhere(t *testing.T) {
	ours, foreign := openShop(t), openShop(t)
	b := startWith(t, settings(t, "origins: ["+ours.URL+"]"))
	chromium := browser(t)
	fetchToken := fmt.Sprintf("document.querySelector('zhida-chat').token = async () => %q", b.token("ann"))
	ours.embeds(b, fetchToken)
	p := open(t, chromium, ours.URL, desktop)
	p.write(chat, "input", "a real person please")
	p.has(chat, "position", "3")
	calls := fmt.Sprintf(`fetch(%q, {method: 'POST', headers: {'Content-Type': 'application/json', Authorization: 'Bearer ' + %q},
		body: JSON.stringify({type: 'message', id: 'called', at: Date.now(), text: 'called from a page'})}).then((r) => window.got = r.status, () => window.got = 'refused')`,
		b.base+"/channels/inapp", b.token("ann"))
	eval[any](p, "void "+calls)
	p.wait("the call is answered", "window.got === 200")
	p.has(chat, "message", "called from a page")
	p.silent()

	foreign.embeds(b, fetchToken)
	p = open(t, chromium, foreign.URL, desktop)
	p.wait("the script has run", "document.querySelector('zhida-chat').say")
	eval[any](p, "void "+calls)
	p.wait("the call is refused", "window.got === 'refused'")
	if eval[bool](p, "document.querySelector('zhida-chat').state !== null") {
		t.Error("a foreign page has connected")
	}
}

// TestAVisitorOfAPage has no token, asks, comes back as the same, and signs in while
// waiting: the place is theirs all the time.
func TestAVisitorOfAPage(t *testing.T) {
	ours := openShop(t)
	b := startWith(t, settings(t, "origins: ["+ours.URL+"]", "visitors: true"))
	ours.show(b, " visitors", "")
	p := open(t, browser(t), ours.URL, desktop)
	p.write(chat, "input", "a real person please")
	p.has(chat, "position", "3")
	const conversation = "document.querySelector('zhida-chat').conversation"
	id := eval[string](p, conversation)
	p.do(reload)
	p.has(chat, "position", "3")
	p.has(chat, "message", "a real person please")
	if now := eval[string](p, conversation); now != id {
		t.Error("whoever reloads is somebody else")
	}
	ann := fmt.Sprintf("document.querySelector('zhida-chat').token = async () => %q", b.token("ann"))
	ours.show(b, " visitors", ann)
	p.do(reload)
	p.has(chat, "position", "3")
	p.has(chat, "message", "a real person please")
	if now := eval[string](p, conversation); now != id {
		t.Error("whoever signs in while waiting loses the conversation")
	}
	p.write(chat, "input", "me again")
	p.has(chat, "message", "me again")
	p.silent()
	if kept := eval[string](p, "localStorage.getItem('zhida:visitor')"); !strings.Contains(kept, "token") {
		t.Errorf("kept is %q", kept)
	}

	// A visitor's token that the server does not know any more is replaced.
	eval[any](p, `localStorage.setItem('zhida:visitor', JSON.stringify({token: 'x.y.z', expires: Date.now() + 1e9}))`)
	ours.show(b, " visitors", "")
	p.do(reload)
	p.wait("another is fetched", conversation+" && !localStorage.getItem('zhida:visitor').includes('x.y.z')")
}
