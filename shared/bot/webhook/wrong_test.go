package webhook_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// TestRedirectsAreNotFollowed: a question goes where the file says, or nowhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	elsewhere := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") })
	for _, status := range []int{301, 302, 303, 307, 308} {
		o := options(serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, status) }))
		if _, err := ask(t.Context(), t, made(t, o), turn()); !fault.Is(err, fault.Config) {
			t.Errorf("%d: %v", status, err)
		}
		if o.Client.CheckRedirect != nil {
			t.Error("the caller's client was changed")
		}
	}
}

func TestCookiesAreNotKept(t *testing.T) {
	o := options(serve(t, func(w http.ResponseWriter, r *http.Request) {
		if len(r.Cookies()) > 0 {
			t.Error("a cookie came back")
		}
		http.SetCookie(w, &http.Cookie{Name: "last", Value: "customer"})
		answer(w, r, "ok")
	}))
	var err error
	if o.Client.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	b := made(t, o)
	for range 2 {
		if _, err := ask(t.Context(), t, b, turn()); err != nil {
			t.Error(err)
		}
	}
}

// TestPatienceEnds has bots that hang before their answer, and in it.
func TestPatienceEnds(t *testing.T) {
	for name, begin := range map[string]func(http.ResponseWriter, *http.Request){
		"before": func(http.ResponseWriter, *http.Request) {},
		"within": func(w http.ResponseWriter, r *http.Request) { answer(w, r, said); w.(http.Flusher).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			b := made(t, options(serve(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that nobody waits
				begin(w, r)
				<-r.Context().Done()
			})))
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if _, err := ask(ctx, t, b, turn()); !fault.Is(err, fault.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEndingEndsTheCall(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b := made(t, options(serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})))
	if _, err := ask(ctx, t, b, turn()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

// raw is a server that says what it likes on each connection, and hangs up.
func raw(t *testing.T, say string) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 64<<10))
			_, _ = io.WriteString(c, say)
			_ = c.Close()
		}
	}()
	return "http://" + l.Addr().String() + "/"
}

// TestBrokenConnections: Go's own errors quote the URL and what came instead of
// an answer. ask checks that none of it is passed on.
func TestBrokenConnections(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for name, say := range map[string]string{
		"nothing":         "",
		"no HTTP":         said + "\r\n\r\n",
		"a wrong header":  "HTTP/1.1 200 OK\r\n" + said + "\r\n\r\n",
		"a wrong status":  "HTTP/1.1 " + said + "\r\n\r\n",
		"a wrong length":  head + "Content-Length: " + said + "\r\n\r\n",
		"an early end":    head + "Content-Length: 99\r\n\r\n" + said,
		"a wrong chunk":   head + "Transfer-Encoding: chunked\r\n\r\n" + said + "\r\n",
		"wrong gzip":      head + "Content-Encoding: gzip\r\n\r\n" + said,
		"a wrong coding":  head + "Transfer-Encoding: " + said + "\r\n\r\n",
		"a strange place": "HTTP/1.1 302 Found\r\nLocation: %" + said + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ask(t.Context(), t, made(t, options(raw(t, say))), turn()); !fault.Is(err, fault.Unavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	if _, err := ask(t.Context(), t, made(t, options(s.URL)), turn()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
}

func TestCertificateMustFit(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked a stranger") }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	if _, err := ask(t.Context(), t, made(t, options(s.URL)), turn()); !fault.Is(err, fault.Config) {
		t.Errorf("got %v", err)
	}
}

// TestIdleConnectionThatCloses: bots close idle connections at any moment, and a
// question that meets one closing is asked again on another.
func TestIdleConnectionThatCloses(t *testing.T) {
	var first, closed atomic.Value
	b := made(t, options(serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !first.CompareAndSwap(nil, r.RemoteAddr) && first.Load() == r.RemoteAddr {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			closed.Store(true)
			_ = c.Close()
			return
		}
		answer(w, r, "ok")
	})))
	for range 2 {
		if a, err := ask(t.Context(), t, b, turn()); err != nil || a.Text != "ok" {
			t.Errorf("got %+v, %v", a, err)
		}
	}
	if closed.Load() != true {
		t.Error("no connection closed: nothing was proved")
	}
}
