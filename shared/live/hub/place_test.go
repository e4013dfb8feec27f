package hub_test

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/hub"
)

const from = "Test-From" // the header with the address that a test connects from

// elsewhere is a bench to which clients connect from any address, as by a proxy.
func elsewhere(t *testing.T, wrap func(http.ResponseWriter) http.ResponseWriter, change func(*hub.Options)) *bench {
	t.Helper()
	b := start(t, &handler{}, change)
	endpoint := b.hub.Endpoint(&handler{}, nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if address := r.Header.Get(from); address != "" {
			r.RemoteAddr = net.JoinHostPort(address, "5")
		}
		endpoint.ServeHTTP(wrap(w), r)
	}))
	t.Cleanup(server.Close)
	return &bench{t, b.hub, b.clock, "ws" + strings.TrimPrefix(server.URL, "http")}
}

func asItIs(w http.ResponseWriter) http.ResponseWriter { return w }

func at(address string) *websocket.DialOptions {
	return &websocket.DialOptions{HTTPHeader: http.Header{from: {address}}}
}

// refused wants a connection to be answered with a fault.
func (b *bench) refused(o *websocket.DialOptions, status int, want fault.Code) {
	b.t.Helper()
	ws, answer, err := websocket.Dial(b.t.Context(), b.url, o)
	if err == nil {
		_ = ws.CloseNow()
		b.t.Fatal("let in")
	}
	var said struct{ Error fault.Public }
	if answer == nil || answer.StatusCode != status || json.NewDecoder(answer.Body).Decode(&said) != nil || said.Error.Code != want {
		b.t.Errorf("answered %+v, %+v, want %d %s", answer, said, status, want)
	}
}

// TestOneAddressTakesNotAllPlaces while it says nothing; others, and its own pages that
// say who they are, are let in.
func TestOneAddressTakesNotAllPlaces(t *testing.T) {
	b := elsewhere(t, asItIs, func(o *hub.Options) { o.Most, o.Unopened = 20, 3 })
	silent := []*client{b.dial(at("203.0.113.7")), b.dial(at("203.0.113.7")), b.dial(at("::ffff:203.0.113.7"))}
	b.refused(at("203.0.113.7"), http.StatusTooManyRequests, fault.FloodLimit)
	b.dial(at("203.0.113.8"))
	for _, address := range []string{"2001:db8::1", "2001:db8::2", "2001:db8::3"} {
		b.dial(at(address))
	}
	b.refused(at("2001:db8::4"), http.StatusTooManyRequests, fault.FloodLimit)
	for range 5 {
		b.dial(at("127.0.0.1")) // a proxy on this machine
	}
	for range 3 { // whoever says who they are makes room for the next
		silent[0].write(say{Type: "hello", Topic: "a"})
		if got := silent[0].read(); got.Type != "ready" {
			t.Fatalf("got %+v", got)
		}
		silent = append(silent[1:], b.dial(at("203.0.113.7")))
	}
	b.refused(at("203.0.113.7"), http.StatusTooManyRequests, fault.FloodLimit)
	b.until("all have their place", func() bool { return b.hub.Connections() == 15 })
	_ = silent[0].ws.CloseNow() // and so does who goes away
	b.until("the place is free", func() bool { return b.hub.Connections() == 14 })
	b.dial(at("203.0.113.7"))
	b.refused(at("203.0.113.7"), http.StatusTooManyRequests, fault.FloodLimit)
}

// slow is a response whose connection is handed over when the test says so.
type slow struct {
	http.ResponseWriter
	entered, proceed chan struct{}
}

func (s *slow) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	close(s.entered)
	<-s.proceed
	return http.NewResponseController(s.ResponseWriter).Hijack()
}

// TestTheLastPlaceIsTakenOnce, also by two who come at the same moment.
func TestTheLastPlaceIsTakenOnce(t *testing.T) {
	s := &slow{entered: make(chan struct{}), proceed: make(chan struct{})}
	proceed := sync.OnceFunc(func() { close(s.proceed) })
	b := elsewhere(t, func(w http.ResponseWriter) http.ResponseWriter {
		if s.ResponseWriter == nil {
			s.ResponseWriter = w
			return s
		}
		return w
	}, func(o *hub.Options) { o.Most = 1 })
	t.Cleanup(proceed) // or the server would wait for it
	first := make(chan error, 1)
	go func() {
		ws, _, err := websocket.Dial(t.Context(), b.url, nil)
		if err == nil {
			defer func() { _ = ws.CloseNow() }()
		}
		first <- err
	}()
	<-s.entered
	b.refused(nil, http.StatusServiceUnavailable, fault.Unavailable)
	proceed()
	if err := <-first; err != nil {
		t.Error(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(b.url, "ws"), nil)
	if err != nil {
		t.Fatal(err)
	}
	// Who has left, and what is no WebSocket, keeps no place, a moment after it was answered.
	for range 2 {
		b.until("the place is free", func() bool {
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			return answer.StatusCode == http.StatusUpgradeRequired
		})
	}
	b.until("the place is taken again", func() bool {
		ws, _, err := websocket.Dial(t.Context(), b.url, nil)
		if err == nil {
			t.Cleanup(func() { _ = ws.CloseNow() })
		}
		return err == nil
	})
}

// TestAForeignPageIsToldWhy in the words of every other refusal.
func TestAForeignPageIsToldWhy(t *testing.T) {
	b := start(t, &handler{})
	b.refused(&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://evil.example"}}}, http.StatusForbidden, fault.Forbidden)
}

// TestWhoComesInTooOftenComesBackLater, and is not told that it may not come at all.
func TestWhoComesInTooOftenComesBackLater(t *testing.T) {
	b := start(t, &handler{ready: func(live.Session) ([]any, error) { return nil, fault.New(fault.FloodLimit, "test", "") }})
	c := b.dial(nil)
	c.write(say{Type: "hello", Topic: "a"})
	if got := c.read(); got.Error == nil || got.Error.Code != fault.FloodLimit {
		t.Errorf("told %+v", got)
	}
	c.closed(hub.CloseFlood)
}
