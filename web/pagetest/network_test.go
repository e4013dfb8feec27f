package pagetest

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

// wire is what lies between a page and the binary: a proxy such as companies have.
type wire struct {
	url     string
	blocked atomic.Bool  // it lets no WebSocket through
	away    atomic.Bool  // it lets nothing through
	mute    atomic.Bool  // WebSockets open, and carry nothing
	lacks   atomic.Value // the path of a file that does not come
	sockets atomic.Int64 // customers' WebSockets that were asked for
	calls   atomic.Int64 // frames that came by calls
	crowded atomic.Bool  // others behind the same address poll too much
	hellos  atomic.Int64 // of the calls
	said    atomic.Int64 // messages of them
	stuck   atomic.Value // calls with this in them get no answer
	held    atomic.Int64 // how many got none

	mu   sync.Mutex
	open map[net.Conn]struct{}
}

// between puts a wire before the binary.
func between(t *testing.T, b *binary) *wire {
	t.Helper()
	to, err := url.Parse(b.base)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{open: map[net.Conn]struct{}{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
	proxy.ModifyResponse = func(r *http.Response) error {
		if line, ok := r.Body.(io.ReadWriteCloser); ok && w.mute.Load() {
			r.Body = muted{line}
		}
		return nil
	}
	proxy.ErrorLog = log.New(io.Discard, "", 0) // what is cut off is meant to be
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		socket := strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
		switch {
		case socket && strings.HasSuffix(r.URL.Path, "/inapp/live"):
			w.sockets.Add(1)
		case strings.HasSuffix(r.URL.Path, "/channels/inapp/live"):
			w.calls.Add(1)
			if w.refuses(a, r) {
				return
			}
		}
		switch {
		case w.away.Load():
			panic(http.ErrAbortHandler) // the connection breaks
		case r.URL.Path == w.lacks.Load():
			http.Error(a, "this file does not come", http.StatusServiceUnavailable)
		case socket && w.blocked.Load():
			http.Error(a, "this proxy knows no WebSockets", http.StatusForbidden)
		default:
			proxy.ServeHTTP(a, r)
		}
	}))
	server.Config.ConnState = w.note
	server.Start()
	t.Cleanup(func() { w.cut(); server.Close() })
	w.url = server.URL
	return w
}

// refuses answers a poll as a server does that has too many of them, and holds what is stuck.
func (w *wire) refuses(a http.ResponseWriter, r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return true
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if bytes.Contains(body, []byte(`"type":"hello"`)) {
		w.hellos.Add(1)
	}
	if bytes.Contains(body, []byte(`"type":"message"`)) {
		w.said.Add(1)
	}
	if stuck, some := w.stuck.Load().(string); some && stuck != "" && bytes.Contains(body, []byte(stuck)) {
		w.held.Add(1)
		<-r.Context().Done()
		return true
	}
	if !w.crowded.Load() || !bytes.Contains(body, []byte(`"type":"poll"`)) {
		return false
	}
	jsonhttp.Refuse(a, &fault.Error{Code: fault.FloodLimit, RetryAfter: 50 * time.Millisecond})
	return true
}

// note keeps the connections that are open; a WebSocket's is, until it is cut.
func (w *wire) note(c net.Conn, s http.ConnState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s == http.StateClosed {
		delete(w.open, c)
		return
	}
	w.open[c] = struct{}{}
}

// cut breaks every connection off.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		_ = c.Close() // it may be closed
		delete(w.open, c)
	}
}

// muted is a line on which nothing that a page says arrives.
type muted struct{ io.ReadWriteCloser }

func (muted) Write(p []byte) (int, error) { return len(p), nil }
