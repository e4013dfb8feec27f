package pagetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// site is a company's own site, with the widget on its pages and the binary behind it.
// What it does not have itself it asks the binary for, so that all is one origin.
type site struct {
	*testing.T
	*httptest.Server
	binary   *binary
	customer string // whom /token vouches for; "" is nobody
	name     string
	policy   string // Content-Security-Policy of its own pages
	bare     bool   // the binary's pages come without a policy
	files    map[string]string
	cut      atomic.Bool                    // no connection reaches the binary
	slow     atomic.Bool                    // no upload comes to an end
	uploads  atomic.Int64                   // that were begun
	left     atomic.Int64                   // uploads that were broken off
	upload   func(http.ResponseWriter) bool // answers one in the binary's place, or not
	proxy    http.Handler                   // leads to the binary
	mux      *http.ServeMux
}

// module is the page's own script: it gives the widget its token function.
const module = `
const chat = document.querySelector('zhida-chat');
if (chat) chat.token = async () => (await fetch('/token', {method: 'POST'})).text();
`

// openSite serves files by their path over b. A page with an address of its own is in
// files; frame makes one.
func openSite(t *testing.T, b *binary, files map[string]string) *site {
	t.Helper()
	s := &site{T: t, binary: b, customer: "customer-of-" + t.Name(), name: "王芳", files: maps.Clone(files)}
	target, err := url.Parse(b.base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Header.Del("X-Forwarded-For")
		if r.In.Header.Get("Origin") != "" {
			r.Out.Header.Set("Origin", b.base)
		}
	}, ModifyResponse: func(r *http.Response) error {
		if s.bare {
			return withoutPolicy(r)
		}
		return nil
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }}
	mux := http.NewServeMux()
	s.mux, s.proxy = mux, proxy
	mux.Handle("/", proxy)
	line := func(w http.ResponseWriter, r *http.Request) {
		if s.cut.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}
	mux.HandleFunc("GET /inapp/live", line)
	mux.HandleFunc("POST /channels/inapp/live", line)
	mux.HandleFunc("PUT /media/", func(w http.ResponseWriter, r *http.Request) {
		s.uploads.Add(1)
		if s.upload != nil && s.upload(w) {
			return
		}
		if s.slow.Load() {
			_, _ = io.Copy(io.Discard, r.Body) // then the server notices who leaves
			<-r.Context().Done()
			s.left.Add(1)
			return
		}
		proxy.ServeHTTP(w, r)
	})
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("POST /my/zhida-token", s.token)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for path := range files {
		mux.HandleFunc("GET "+path, s.own)
	}
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *site) own(w http.ResponseWriter, r *http.Request) {
	kind, known := map[string]string{".js": "text/javascript", ".css": "text/css"}[path.Ext(r.URL.Path)]
	if !known {
		kind = "text/html"
	}
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	if s.policy != "" {
		w.Header().Set("Content-Security-Policy", s.policy)
	}
	_, _ = io.WriteString(w, s.files[r.URL.Path]) // a browser that left needs no answer
}

// token is the company's backend: it vouches for whoever is signed in.
func (s *site) token(w http.ResponseWriter, _ *http.Request) {
	if s.customer == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var vouched struct{ Token string }
	s.binary.call("/dev/customer", "", map[string]string{"user": s.customer, "name": s.name}, &vouched)
	_, _ = io.WriteString(w, vouched.Token) // as above
}

// frame is a page of the shop around a body: the widget's script and the page's own.
func frame(lang, body string) string {
	return `<!doctype html><html lang="` + html.EscapeString(lang) + `"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content">
<link rel="stylesheet" href="/web/common/tokens.css">
<script type="module" src="/web/widget/zhida-chat.js"></script><script type="module" src="/own.js"></script></head>` + body + `</html>`
}

// full is a page that is nothing but the widget.
var full = map[string]string{
	"/chat":   frame("zh-CN", `<body><main><h1 class="quiet-read" tabindex="-1">Shop</h1><zhida-chat name="云帆商城" storage-key="one"></zhida-chat></main></body>`),
	"/own.js": module + `document.querySelector('main').style.height = '100dvh';`,
}

// visit opens a page of the shop and waits for the widget to be connected.
func (s *site) visit(tabs context.Context, path string, v view) *page {
	s.Helper()
	p := open(s.T, tabs, s.URL+path, v)
	p.wait("the widget is connected", connected)
	return p
}

const connected = `document.querySelector('zhida-chat').conversation && all('zhida-chat', 'input').length`

// call posts to the binary as JSON and reads its answer.
func (b *binary) call(path, token string, body, answer any) {
	b.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.NewRequestWithContext(context.WithoutCancel(b.Context()), http.MethodPost, b.base+path, bytes.NewReader(text))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = response.Body.Close() }() // it was read
	got, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		b.Errorf("%s: %d %s %v", path, response.StatusCode, got, err)
		return
	}
	if err := json.Unmarshal(got, answer); err != nil {
		b.Errorf("%s: %v", path, err)
	}
}

// agent is somebody at the desk, without a browser.
type agent struct {
	*binary
	token string
	calls int
}

func (b *binary) agent(id string) *agent {
	b.Helper()
	var signedIn struct{ Token string }
	b.call("/dev/agent", "", map[string]string{"agent": id}, &signedIn)
	return &agent{binary: b, token: signedIn.Token}
}

// claim takes the next in line, and says whose conversation it is.
func (a *agent) claim() string {
	a.Helper()
	var got struct{ Conversation struct{ ID string } }
	a.calls++
	a.call("/desk/v1/claim", a.token, map[string]string{"lane": "front", "id": fmt.Sprintf("claim-%d", a.calls)}, &got)
	return got.Conversation.ID
}

// take claims until a conversation is theirs.
func (a *agent) take(conversation string) {
	a.Helper()
	for range 5 {
		if a.claim() == conversation {
			return
		}
	}
	a.Fatal("the line was claimed, and the conversation was not in it")
}

func (a *agent) reply(conversation, text string) {
	a.Helper()
	a.calls++
	a.call("/desk/v1/conversations/"+url.PathEscape(conversation)+"/replies", a.token,
		map[string]string{"id": fmt.Sprintf("reply-%d", a.calls), "text": text}, new(any))
}

// resolve ends a conversation of which everything was read.
func (a *agent) resolve(conversation string) {
	a.Helper()
	a.call("/desk/v1/conversations/"+url.PathEscape(conversation)+"/resolve", a.token,
		map[string]int64{"seen": time.Now().Add(time.Hour).UnixMilli()}, new(any))
}

// startChanged runs the binary on the example shop, of which every second text is put in the
// place of the one before it. Its agents keep their tickets however slow a test is,
// and its customers write as fast as one does.
func startChanged(t *testing.T, changes ...string) *binary {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "cmd", "zhida", "zhida.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "zhida.yaml")
	shop := strings.NewReplacer(append(changes, "lease: 10s", "lease: 5m",
		"    # limits: { customer: { burst: 20, every: 1s }, address: { burst: 200,", "    limits: { customer: { burst: 1000, every: 1ms }, address: { burst: 1000,")...).Replace(string(text))
	if err := os.WriteFile(file, []byte(shop), 0o600); err != nil {
		t.Fatal(err)
	}
	return startWith(t, file)
}

// conversation is the one that a page's widget shows.
func (p *page) conversation() string {
	p.Helper()
	return eval[string](p, `document.querySelector('zhida-chat').conversation`)
}
