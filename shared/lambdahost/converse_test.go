package lambdahost_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/hub"
)

// line is a host with one connection.
type line struct {
	t        testing.TB
	host     *lambdahost.Host
	log      *logged
	echo     *echo
	sessions *sessions
	poster   *poster
	now      time.Time
}

func newLine(t testing.TB, e *echo) *line {
	l := &line{t: t, echo: e, sessions: &sessions{}, poster: &poster{}, now: today}
	l.host, l.log = host(t, lambdahost.Options{Live: e, Sessions: l.sessions, Poster: l.poster, Now: func() time.Time { return l.now }})
	return l
}

// say plays one event of the connection.
func (l *line) say(kind, body string, binary bool) {
	l.t.Helper()
	payload, err := json.Marshal(map[string]any{
		"requestContext": map[string]any{"connectionId": "c1", "eventType": kind, "stage": "prod"},
		"body":           body, "isBase64Encoded": binary,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if data, err := l.host.Invoke(l.t.Context(), payload); err != nil || string(data) != `{"statusCode":200}` {
		l.t.Errorf("%s: got %s, %v", kind, data, err)
	}
}

func (l *line) frame(body string) { l.t.Helper(); l.say("MESSAGE", body, false) }

// wants these frames since the last time, and this end of them.
func (l *line) wants(open bool, frames ...string) {
	l.t.Helper()
	if !slices.Equal(l.poster.frames, frames) {
		l.t.Errorf("got %q, want %q", l.poster.frames, frames)
	}
	if closed := len(l.poster.closed) > 0; closed == open {
		l.t.Errorf("closed: %v, want %v", closed, !open)
	}
	if held := l.sessions.has("c1"); held != open {
		l.t.Errorf("has a session: %v, want %v", held, open)
	}
	l.poster.frames, l.poster.closed = nil, nil
}

// TestWhoMayConnect: the gateway's handshake is the host's to refuse.
func TestWhoMayConnect(t *testing.T) {
	h, _ := host(t, lambdahost.Options{
		Live: &echo{}, Sessions: &sessions{}, Poster: &poster{}, Pages: live.Origins{"https://shop.example"}.Allow,
	})
	const refused = `{"statusCode":403,"headers":{"Cache-Control":"no-store","Content-Type":"application/json; charset=utf-8"},` +
		`"body":"{\"error\":{\"code\":\"forbidden\",\"message\":\"the caller is known and may not do this\",` +
		`\"hint\":\"this page's origin is not among the channel's origins in zhida.yaml\"}}","isBase64Encoded":false}`
	for _, c := range []struct{ name, origin, want string }{
		{"", "", `{"statusCode":200}`},
		{"Origin", "https://shop.example", `{"statusCode":200}`},
		{"origin", "https://shop.example", `{"statusCode":200}`},
		{"Origin", "https://a1.execute-api.eu-west-1.amazonaws.com", `{"statusCode":200}`},
		{"Origin", "https://evil.example", refused},
		{"ORIGIN", "null", refused},
		{"Origin", "https://shop.example,https://evil.example", refused},
		{"Origin", "", refused},
	} {
		payload, err := json.Marshal(map[string]any{
			"requestContext": map[string]any{
				"connectionId": "c1", "eventType": "CONNECT", "domainName": "a1.execute-api.eu-west-1.amazonaws.com",
			},
			"headers": map[string]string{c.name: c.origin},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := h.Invoke(t.Context(), payload); err != nil || string(got) != c.want {
			t.Errorf("%s: %q: %s, %v", c.name, c.origin, got, err)
		}
	}
}

// TestTheHandlerKnowsTheAddress that the gateway saw, and not what a client says.
func TestTheHandlerKnowsTheAddress(t *testing.T) {
	var seen []string
	note := func(ctx context.Context) { seen = append(seen, live.AddressOf(ctx)) }
	h, _ := host(t, lambdahost.Options{Sessions: &sessions{}, Poster: &poster{}, Live: &echo{
		open:  func(ctx context.Context, _ []byte) (live.Session, error) { note(ctx); return live.Session{}, nil },
		frame: func(ctx context.Context, _ live.Session, _ []byte) ([]any, error) { note(ctx); return nil, nil },
	}})
	for range 2 {
		payload := `{"requestContext":{"connectionId":"c1","eventType":"MESSAGE","identity":{"sourceIp":"203.0.113.7"}},
			"headers":{"X-Forwarded-For":"1.2.3.4"},"body":"{}"}`
		if _, err := h.Invoke(t.Context(), []byte(payload)); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"203.0.113.7", "203.0.113.7"}; !slices.Equal(seen, want) {
		t.Errorf("got %q", seen)
	}
}

const hello = `{"type":"hello","text":"lin"}`

func TestAConversation(t *testing.T) {
	alive := 0
	l := newLine(t, &echo{alive: func(context.Context, live.Session) error { alive++; return nil }})
	l.say("CONNECT", "", false)
	if len(l.poster.frames) > 0 || l.sessions.has("c1") {
		t.Errorf("connecting alone said %q", l.poster.frames)
	}
	l.frame(hello)
	l.wants(true, `{"type":"ready"}`)
	l.frame(`{"type":"message","id":"7","text":"转人工 <&>"}`)
	l.wants(true, `{"type":"echo","id":"7","text":"lin<转人工 <&>>"}`)
	l.frame(`nonsense`)
	l.wants(true, `{"type":"error","error":{"code":"bad_request","message":"the request is not of the documented shape","hint":"a frame is an object"}}`)
	if alive != 2 {
		t.Errorf("the client was alive %d times, want 2", alive)
	}
	l.say("DISCONNECT", "", false)
	if l.sessions.has("c1") || len(l.poster.frames)+len(l.poster.closed) > 0 {
		t.Error("a connection that is gone is only forgotten")
	}
	if l.log.String() != "" {
		t.Errorf("the log has %s", l.log)
	}
}

// TestSubscribedBeforeReady: what is pushed while Ready is worked out must find the
// connection.
func TestSubscribedBeforeReady(t *testing.T) {
	var l *line
	l = newLine(t, &echo{ready: func(context.Context, live.Session) ([]any, error) {
		if !l.sessions.has("c1") {
			t.Error("Ready came before the session was kept")
		}
		return nil, nil
	}})
	l.frame(hello)
	l.wants(true)
}

func TestSessionsEnd(t *testing.T) {
	l := newLine(t, &echo{expires: today.Add(time.Minute)})
	l.frame(hello)
	l.wants(true, `{"type":"ready"}`)
	l.now = today.Add(time.Minute - 1)
	l.frame(`{"type":"message"}`)
	l.wants(true, `{"type":"echo","text":"lin<>"}`)
	l.now = today.Add(time.Minute)
	l.frame(`{"type":"message","id":"8"}`)
	l.wants(false, `{"type":"error","id":"8","error":{"code":"unauthenticated","message":"`+
		fault.Table()[fault.Unauthenticated].Meaning+`","hint":"identify again"}}`)
}

// TestRefusals lets a handler say no in every way.
func TestRefusals(t *testing.T) {
	no := func(code fault.Code) error { return fault.New(code, "test", "do this") }
	expired := func(context.Context, live.Session) error { return no(fault.Unauthenticated) }
	for name, c := range map[string]struct {
		echo echo
		say  []string
		code fault.Code // of the last frame
		open bool
		log  bool
	}{
		"no hello":       {echo{}, []string{`{}`}, fault.BadRequest, false, false},
		"a bad proof":    {echo{open: func(context.Context, []byte) (live.Session, error) { return live.Session{}, no(fault.Unauthenticated) }}, []string{hello}, fault.Unauthenticated, false, false},
		"not ready":      {echo{ready: func(context.Context, live.Session) ([]any, error) { return nil, no(fault.Unavailable) }}, []string{hello}, fault.Unavailable, false, true},
		"a bad ready":    {echo{ready: func(context.Context, live.Session) ([]any, error) { return []any{func() {}}, nil }}, []string{hello}, fault.Internal, false, true},
		"a bad frame":    {echo{}, []string{hello, `x`}, fault.BadRequest, true, false},
		"a bad reply":    {echo{frame: func(context.Context, live.Session, []byte) ([]any, error) { return []any{func() {}}, nil }}, []string{hello, `x`}, fault.Internal, true, true},
		"our own fault":  {echo{frame: func(context.Context, live.Session, []byte) ([]any, error) { return nil, errors.New("secret") }}, []string{hello, `x`}, fault.Internal, true, true},
		"a proof's end":  {echo{frame: func(context.Context, live.Session, []byte) ([]any, error) { return nil, no(fault.Unauthenticated) }}, []string{hello, `x`}, fault.Unauthenticated, false, false},
		"alive no more":  {echo{alive: expired}, []string{hello, `x`}, fault.Unauthenticated, false, false},
		"a panic":        {echo{frame: func(context.Context, live.Session, []byte) ([]any, error) { panic("secret") }}, []string{hello, `x`}, fault.Internal, false, true},
		"a first panic":  {echo{open: func(context.Context, []byte) (live.Session, error) { panic("secret") }}, []string{hello}, fault.Internal, false, true},
		"a panic before": {echo{ready: func(context.Context, live.Session) ([]any, error) { panic("secret") }}, []string{hello}, fault.Internal, false, true},
		"too long":       {echo{}, []string{hello, strings.Repeat("x", 32<<10+1)}, fault.TooLarge, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, &c.echo)
			for _, frame := range c.say {
				l.poster.frames = nil
				l.frame(frame)
			}
			if len(l.poster.frames) != 1 || !strings.Contains(l.poster.frames[0], `"type":"error"`) ||
				!strings.Contains(l.poster.frames[0], `"code":"`+string(c.code)+`"`) || strings.Contains(l.poster.frames[0], "secret") {
				t.Errorf("got %q, want %s", l.poster.frames, c.code)
			}
			l.wants(c.open, l.poster.frames...)
			if (l.log.String() != "") != c.log {
				t.Errorf("the log has %s", l.log)
			}
		})
	}
}

func TestAliveMayFail(t *testing.T) {
	l := newLine(t, &echo{alive: func(context.Context, live.Session) error { return fault.New(fault.Unavailable, "test", "") }})
	l.frame(hello)
	l.poster.frames = nil
	l.frame(`{"type":"message"}`)
	l.wants(true, `{"type":"echo","text":"lin<>"}`)
	if !strings.Contains(l.log.String(), "live: alive") {
		t.Errorf("the log has %s", l.log)
	}
}

func TestBinaryFramesAreRefused(t *testing.T) {
	l := newLine(t, &echo{})
	l.frame(hello)
	l.poster.frames = nil
	l.say("MESSAGE", "AAEC", true)
	if len(l.poster.frames) != 1 || !strings.Contains(l.poster.frames[0], `"code":"unsupported"`) {
		t.Errorf("got %q", l.poster.frames)
	}
	l.wants(false, l.poster.frames...)
}

func TestClientsThatAreGone(t *testing.T) {
	l := newLine(t, &echo{frame: func(context.Context, live.Session, []byte) ([]any, error) { return []any{1, 2, 3}, nil }})
	l.frame(hello)
	l.poster.frames, l.poster.err = nil, fault.New(fault.NotFound, "test.Post", "gone")
	l.frame(`{}`)
	if l.sessions.has("c1") || len(l.poster.closed) > 0 || l.log.String() != "" {
		t.Errorf("closed %q; the log has %s", l.poster.closed, l.log)
	}

	// One that cannot be reached otherwise is let go, so that it comes back.
	l.poster.err = nil
	l.frame(hello)
	l.poster.frames, l.poster.err = nil, fault.New(fault.Unavailable, "test.Post", "throttled")
	l.frame(`{}`)
	l.wants(false)
	if !strings.Contains(l.log.String(), "throttled") {
		t.Errorf("the log has %s", l.log)
	}
}

func TestSessionsThatCannotBeReached(t *testing.T) {
	l := newLine(t, &echo{})
	l.sessions.err = fault.New(fault.Unavailable, "test.sessions", "the table does not answer")
	l.frame(hello)
	if len(l.poster.frames) != 1 || !strings.Contains(l.poster.frames[0], `"code":"unavailable"`) || len(l.poster.closed) != 1 {
		t.Errorf("got %q, closed %q", l.poster.frames, l.poster.closed)
	}
	l.say("DISCONNECT", "", false)
	if n := strings.Count(l.log.String(), "the table does not answer"); n < 2 {
		t.Errorf("the log has %s", l.log)
	}
}

// TestALateHandlerIsStillReported: the margin is there to say so.
func TestALateHandlerIsStillReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, &echo{frame: func(ctx context.Context, _ live.Session, _ []byte) ([]any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		l.frame(hello)
		l.poster.frames = nil
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.host.Invoke(ctx, []byte(`{"requestContext":{"connectionId":"c1","eventType":"MESSAGE"},"body":"{}"}`)); err != nil {
			t.Fatal(err)
		}
		if len(l.poster.frames) != 1 || !strings.Contains(l.poster.frames[0], `"code":"deadline_exceeded"`) {
			t.Errorf("got %q", l.poster.frames)
		}
	})
}

func TestUnknownKindsOfAConnection(t *testing.T) {
	l := newLine(t, &echo{})
	if data, err := l.host.Invoke(t.Context(), []byte(`{"requestContext":{"connectionId":"c1","eventType":"PAUSE"}}`)); !fault.Is(err, fault.BadRequest) {
		t.Errorf("got %s, %v", data, err)
	}
}

// TestErrorFramesAreTheHubs says the same wrong things to the engine of the single
// binary and to this host: clients see the same frames.
func TestErrorFramesAreTheHubs(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		frame string
	}{
		"an id":              {fault.New(fault.BadRequest, "test", "use <type> & more"), `{"id":"7"}`},
		"no id":              {fault.New(fault.BadText, "test", ""), `{}`},
		"no JSON":            {fault.New(fault.BadRequest, "test", "x"), `nonsense`},
		"an id that is none": {fault.New(fault.BadRequest, "test", "x"), `{"id":7}`},
		"an id too long":     {fault.New(fault.BadRequest, "test", "x"), `{"id":"` + strings.Repeat("i", 65) + `"}`},
		"a pause":            {&fault.Error{Code: fault.FloodLimit, Op: "test", RetryAfter: time.Second}, `{"id":"7"}`},
		"a clock":            {&fault.Error{Code: fault.ClockSkew, Op: "test", Now: today}, `{"id":"7"}`},
		"no fault":           {errors.New("secret"), `{"id":"7"}`},
		"a proof's end":      {fault.New(fault.Unauthenticated, "test", "sign in"), `{"id":"7"}`},
	} {
		t.Run(name, func(t *testing.T) {
			e := &echo{frame: func(context.Context, live.Session, []byte) ([]any, error) { return nil, c.err }}
			l := newLine(t, e)
			l.frame(hello)
			l.poster.frames = nil
			l.frame(c.frame)
			if want := fromHub(t, e, c.frame); len(l.poster.frames) != 1 || l.poster.frames[0] != want {
				t.Errorf("got %q, the hub says %s", l.poster.frames, want)
			}
		})
	}
}

// fromHub is what the hub answers to a frame after hello.
func fromHub(t *testing.T, e *echo, frame string) string {
	t.Helper()
	made, err := hub.New(hub.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(made.Endpoint(e, nil))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	defer func() { _ = made.Close(ctx) }()
	ws, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(server.URL, "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	var got []byte
	for _, say := range []string{hello, frame} {
		if err := ws.Write(ctx, websocket.MessageText, []byte(say)); err != nil {
			t.Fatal(err)
		}
		if _, got, err = ws.Read(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return string(got)
}
