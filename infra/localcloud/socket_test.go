package localcloud_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/infra/localcloud"
)

func sockets(t testing.TB, to localcloud.Invoker) (*localcloud.Sockets, string, string) {
	t.Helper()
	return socketsAt(t, to, time.Now)
}

func socketsAt(t testing.TB, to localcloud.Invoker, now func() time.Time) (*localcloud.Sockets, string, string) {
	t.Helper()
	s := localcloud.NewSockets("customers", "live", to, now)
	clients, functions := httptest.NewServer(s), httptest.NewServer(s.Management())
	t.Cleanup(func() {
		s.Close()
		s.Rest()
		clients.Close()
		functions.Close()
	})
	return s, "ws" + strings.TrimPrefix(clients.URL, "http"), functions.URL + "/live/@connections/"
}

func dial(t testing.TB, url string) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return ws
}

func say(t testing.TB, ws *websocket.Conn, kind websocket.MessageType, frame string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := ws.Write(ctx, kind, []byte(frame)); err != nil {
		t.Fatal(err)
	}
}

func hear(t testing.TB, ws *websocket.Conn) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, frame, err := ws.Read(ctx)
	return string(frame), err
}

// TestAFrameThroughAFunction: by a real bootstrap and the management API.
func TestAFrameThroughAFunction(t *testing.T) {
	t.Parallel()
	var manage http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { manage.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	f, log := deploy(t, func(o *localcloud.FunctionOptions) { o.Env = []string{"ECHO_CONNECTIONS=" + server.URL + "/live"} })
	s, url, _ := sockets(t, f)
	manage = s.Management()
	ws := dial(t, url)
	for _, frame := range []string{`{"text":"转人工 <&>"}`, `{"n":2}`} {
		say(t, ws, websocket.MessageText, frame)
		if got, err := hear(t, ws); err != nil || got != frame {
			t.Errorf("heard %q, %v", got, err)
		}
	}
	_ = ws.CloseNow()
	log.await(t, "forgotten", 1)
	if s.Open() != 0 {
		t.Error("it is open still")
	}
}

type socketSeen struct {
	Context struct {
		Kind       string `json:"eventType"`
		Route      string `json:"routeKey"`
		Connection string `json:"connectionId"`
		Code       int    `json:"disconnectStatusCode"`
	} `json:"requestContext"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

// watch is a function that hands on every event it gets.
func watch(t testing.TB, answer func(socketSeen) string) (invoker, chan socketSeen) {
	events := make(chan socketSeen, 16)
	return func(payload []byte) ([]byte, error) {
		var e socketSeen
		if err := json.Unmarshal(payload, &e); err != nil {
			t.Error(err)
		}
		events <- e
		if a := answer(e); a != "" {
			return []byte(a), nil
		}
		return nil, fmt.Errorf("no")
	}, events
}

func receive[T any](t testing.TB, from <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return got
}

func ok(socketSeen) string { return `{"statusCode":200}` }

func TestConnectionEvents(t *testing.T) {
	to, events := watch(t, ok)
	_, url, _ := sockets(t, to)
	ws := dial(t, url+"?a=b")
	first := receive(t, events)
	if first.Context.Kind != "CONNECT" || first.Context.Route != "$connect" || first.Headers["Host"] == "" {
		t.Errorf("got %+v", first)
	}
	say(t, ws, websocket.MessageText, "hello")
	if e := receive(t, events); e.Context.Kind != "MESSAGE" || e.Context.Route != "$default" || e.Body != "hello" || e.Context.Connection != first.Context.Connection {
		t.Errorf("got %+v", e)
	}
	if err := ws.Close(websocket.StatusGoingAway, ""); err != nil {
		t.Error(err)
	}
	if e := receive(t, events); e.Context.Kind != "DISCONNECT" || e.Context.Code != 1001 || e.Context.Connection != first.Context.Connection {
		t.Errorf("got %+v", e)
	}
}

// TestNoConnectionBeforeItsFunctionSaidSo: it cannot be posted to, and may be refused.
func TestNoConnectionBeforeItsFunctionSaidSo(t *testing.T) {
	early, status := 0, http.StatusForbidden
	var management string
	to, _ := watch(t, func(e socketSeen) string {
		answer, _ := send(t, http.MethodPost, management+e.Context.Connection, nil, []byte("too early"))
		early = answer.StatusCode
		return fmt.Sprintf(`{"statusCode":%d}`, status)
	})
	s, url, m := sockets(t, to)
	management = m
	_, answer, err := websocket.Dial(t.Context(), url, nil)
	if err == nil || answer.StatusCode != http.StatusForbidden || s.Open() != 0 {
		t.Errorf("got %v", err)
	}
	if early != http.StatusGone {
		t.Errorf("posted to early: %d", early)
	}
	broken, _ := watch(t, func(socketSeen) string { return "" })
	_, url, _ = sockets(t, broken)
	if _, answer, err = websocket.Dial(t.Context(), url, nil); err == nil || answer.StatusCode != http.StatusBadGateway {
		t.Errorf("got %v", err)
	}
	if answer, _ := send(t, http.MethodGet, "http"+strings.TrimPrefix(url, "ws"), nil, nil); answer.StatusCode != http.StatusForbidden {
		t.Errorf("without an upgrade: %d", answer.StatusCode)
	}
}

func TestManagement(t *testing.T) {
	to, events := watch(t, ok)
	s, url, at := sockets(t, to)
	ws := dial(t, url)
	id := receive(t, events).Context.Connection
	call := func(method, id string, size, want int, kind string) {
		t.Helper()
		answer, _ := send(t, method, at+id, nil, []byte(strings.Repeat("a", size)))
		if answer.StatusCode != want || answer.Header.Get("X-Amzn-ErrorType") != kind {
			t.Errorf("%s %s %d: %d %v", method, id, size, answer.StatusCode, answer.Header)
		}
	}
	for s.Open() == 0 { // the client knows a moment earlier
		time.Sleep(time.Millisecond)
	}
	call(http.MethodPost, id, 128<<10, 200, "")
	if got, err := hear(t, ws); err != nil || len(got) != 128<<10 {
		t.Errorf("heard %d bytes, %v", len(got), err)
	}
	call(http.MethodPost, id, 128<<10+1, 413, "PayloadTooLargeException")
	call(http.MethodPost, "nobody=", 1, 410, "GoneException")
	call(http.MethodDelete, "nobody=", 0, 410, "GoneException")
	call(http.MethodGet, id, 0, 200, "")
	call(http.MethodPut, id, 0, 405, "MethodNotAllowedException")
	call(http.MethodPost, "", 1, 403, "ForbiddenException")
	call(http.MethodDelete, id, 0, 204, "")
	if _, err := hear(t, ws); websocket.CloseStatus(err) != websocket.StatusNoStatusRcvd {
		t.Errorf("closed with %v", err)
	}
	if e := receive(t, events); e.Context.Kind != "DISCONNECT" {
		t.Errorf("got %+v", e)
	}
	call(http.MethodPost, id, 1, 410, "GoneException")
}

func TestFramesThatAreRefused(t *testing.T) {
	to, events := watch(t, func(e socketSeen) string {
		if e.Body == "fail" {
			return ""
		}
		return `{"statusCode":200}`
	})
	_, url, _ := sockets(t, to)
	for frame, c := range map[string]struct {
		kind websocket.MessageType
		want websocket.StatusCode
	}{
		"binary":                        {websocket.MessageBinary, websocket.StatusUnsupportedData},
		"\xff":                          {websocket.MessageText, websocket.StatusInvalidFramePayloadData},
		strings.Repeat("a", (32<<10)+1): {websocket.MessageText, websocket.StatusMessageTooBig},
	} {
		ws := dial(t, url)
		receive(t, events)
		say(t, ws, c.kind, frame)
		if _, err := hear(t, ws); websocket.CloseStatus(err) != c.want {
			t.Errorf("%.10s: %v", frame, err)
		}
		if e := receive(t, events); e.Context.Kind != "DISCONNECT" {
			t.Errorf("%.10s: got %+v", frame, e)
		}
	}
	ws := dial(t, url)
	say(t, ws, websocket.MessageText, "fail")
	if got, err := hear(t, ws); err != nil || !strings.Contains(got, `"message":"Internal server error"`) {
		t.Errorf("heard %s, %v", got, err)
	}
}

// TestCut: the function is not told.
func TestCut(t *testing.T) {
	to, events := watch(t, ok)
	s, url, at := sockets(t, to)
	ws := dial(t, url)
	id := receive(t, events).Context.Connection
	for s.Open() == 0 {
		time.Sleep(time.Millisecond)
	}
	s.Cut()
	if _, err := hear(t, ws); err == nil || websocket.CloseStatus(err) != -1 {
		t.Errorf("closed with %v", err)
	}
	if answer, _ := send(t, http.MethodPost, at+id, nil, []byte("late")); answer.StatusCode != http.StatusGone {
		t.Errorf("posted to: %d", answer.StatusCode)
	}
	dial(t, url)
	if e := receive(t, events); e.Context.Kind != "CONNECT" {
		t.Errorf("got %+v", e)
	}
}
