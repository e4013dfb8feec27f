package pagetest

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
	"time"
)

// TestAFirstPageMakesOneVisitor: whoever opens a page for the first time is one visitor,
// and the same one after a reload, however slow the answer that made them was.
func TestAFirstPageMakesOneVisitor(t *testing.T) {
	t.Parallel()
	b := startChanged(t, "  inapp:\n", "  inapp:\n    visitors: true\n")
	to, err := url.Parse(b.base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	var made atomic.Int64
	s := openSite(t, b, map[string]string{
		"/chat":   frame("en", `<body><main><zhida-chat src="/inapp/live" storage-key="s" visitors="/visitor"></zhida-chat><zhida-chat visitors="/visitor"></zhida-chat></main></body>`),
		"/own.js": `document.querySelector('zhida-chat').setAttribute('calls', '/channels/inapp/live');`,
	})
	s.mux.HandleFunc("POST /visitor", func(w http.ResponseWriter, r *http.Request) {
		if made.Add(1) == 1 {
			time.Sleep(300 * time.Millisecond) // the network delivers in any order
		}
		r.URL.Path, r.Host = "/channels/inapp/visitor", to.Host
		r.Header.Del("Cookie") // the browser gives none back
		r.Header.Set("Origin", b.base)
		proxy.ServeHTTP(w, r)
	})
	p := s.visit(browser(t), "/chat", phone)
	p.wait("both are connected", `[...document.querySelectorAll('zhida-chat')].every((c) => c.conversation)`)
	id := p.conversation()
	if other := eval[string](p, `document.querySelectorAll('zhida-chat')[1].conversation`); other != id {
		t.Error("two chats of a page are two visitors")
	}
	if n := made.Load(); n > 2 {
		t.Errorf("two chats made %d visitors", n)
	}
	p.do(reload)
	p.wait("it is connected", connected)
	if p.conversation() != id {
		t.Error("who comes back is somebody else")
	}
}

// TestATokenIsFetchedOnce: whatever a page has set before the script ran, and whatever it
// sets in one go, makes one connection.
func TestATokenIsFetchedOnce(t *testing.T) {
	t.Parallel()
	s := openSite(t, startChanged(t), map[string]string{
		"/chat": `<!doctype html><title>Shop</title><main><zhida-chat src="/inapp/live" calls="/channels/inapp/live" storage-key="one"></zhida-chat></main>
<script>
window.asked = 0;
document.querySelector('zhida-chat').token = async () => (asked++, (await fetch('/token', {method: 'POST'})).text());
</script><script type="module" src="/web/widget/zhida-chat.js"></script>`,
	})
	p := s.visit(browser(t), "/chat", phone)
	if n := eval[int](p, "asked"); n != 1 {
		t.Errorf("the token was fetched %d times", n)
	}
	eval[bool](p, `((c) => {
		c.setAttribute('storage-key', 'two');
		c.token = c.token;
		c.say('found in the same turn');
		return true;
	})(document.querySelector('zhida-chat'))`)
	p.wait("it is connected", connected)
	p.has(chat, "message", "found in the same turn")
	p.wait("it is sent", `all("zhida-chat", "message").every((m) => !m.dataset.unsent)`)
	if n := eval[int](p, "asked"); n != 2 {
		t.Errorf("the token was fetched %d times", n)
	}
}
