package pagetest

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// forget signs a page's visitor out, and reports whether that went well.
func (p *page) forget() bool {
	p.Helper()
	ok, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](`document.querySelector('zhida-chat').forget().then(() => true, () => false)`, chromedp.EvalAwaitPromise))
	if err != nil {
		p.Fatal(err)
	}
	return ok
}

// signOut is the example of docs/embed.md.
func signOut(t *testing.T) string {
	t.Helper()
	for _, m := range example.FindAllStringSubmatch(embedDoc(t), -1) {
		if m[2] == "signout.js" {
			return m[3]
		}
	}
	t.Fatal("docs/embed.md has no signout.js")
	return ""
}

// TestAVisitorIsForgotten: whoever comes to a browser after a visitor has signed out is
// somebody else, who sees nothing of what was said, sent or not.
func TestAVisitorIsForgotten(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t, "  inapp:\n", "  inapp:\n    visitors: true\n"), map[string]string{
		"/chat":   frame("en", `<body><main><zhida-chat src="/inapp/live" storage-key="s" visitors></zhida-chat></main></body>`),
		"/own.js": ``,
		"/out": frame("en", `<body><main><zhida-chat src="/inapp/live" storage-key="s" visitors></zhida-chat></main>
			<button id="sign-out">Sign out</button><script type="module" src="/signout.js"></script></body>`),
		"/signout.js":    signOut(t),
		"/my/signed-out": `<title>Signed out</title>`,
	})
	s.mux.HandleFunc("DELETE /channels/inapp/visitor", func(w http.ResponseWriter, r *http.Request) {
		if s.cut.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		s.proxy.ServeHTTP(w, r)
	})
	p := s.visit(browser(t), "/chat", phone)
	first := p.conversation()
	p.write(chat, "input", "said by the first")
	p.wait("it is sent", `shows("zhida-chat", "message", "said by the first") && !all("zhida-chat", "message").some((m) => m.dataset.unsent)`)
	cut(s, p)
	p.write(chat, "input", "not sent by the first")
	p.has(chat, "message", "not sent by the first")
	eval[bool](p, `((input) => { input.value = "draft of the first"; input.dispatchEvent(new Event("input")); return true; })(all("zhida-chat", "input")[0])`)
	const clean = `!all("zhida-chat", "message").length && !all("zhida-chat", "input")[0].value && ![...Object.values(localStorage), ...Object.values(sessionStorage)].some((value) => value.includes("of the first") || value.includes("by the first"))`
	if p.forget() {
		t.Error("it is forgotten without the server")
	}
	p.wait("nothing is seen", clean)
	if eval[bool](p, `!!localStorage.getItem("zhida:visitor")`) {
		t.Error("the visitor is kept")
	}
	s.cut.Store(false)
	if !p.forget() {
		t.Error("it is not forgotten")
	}
	const other = connected + ` && document.querySelector("zhida-chat").conversation !== %q`
	p.wait("the next is somebody else", fmt.Sprintf(other, first)+" && "+clean)
	second := p.conversation()
	p.write(chat, "input", "said by the second")
	p.wait("it is sent", `shows("zhida-chat", "message", "said by the second") && !all("zhida-chat", "message").some((m) => m.dataset.unsent)`)
	eval[bool](p, `(localStorage.clear(), true)`) // the cookie remembers the second
	p.do(reload)
	p.wait("it is connected", connected)
	if got := p.conversation(); got != second {
		t.Error("after a reload it is somebody else")
	}
	p.do(chromedp.Navigate(s.URL + "/out"))
	p.wait("it is connected", connected)
	eval[bool](p, `(document.querySelector("#sign-out").click(), true)`)
	p.wait("the page has signed out", `location.pathname === "/my/signed-out"`)
	p.do(chromedp.Navigate(s.URL + "/chat"))
	p.wait("the third is somebody else", fmt.Sprintf(other, second))
}
