package hub_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/hub"
)

// patience is how long a test waits for what must happen; it is spent only when
// it does not.
const patience = 10 * time.Second

// say is any frame of the tests' protocol.
type say struct {
	Type  string        `json:"type"`
	Topic string        `json:"topic,omitempty"`
	ID    string        `json:"id,omitempty"`
	Text  string        `json:"text,omitempty"`
	Error *fault.Public `json:"error,omitempty"`
}

// handler lets everybody in who names a topic, and echoes.
type handler struct {
	expires time.Time
	ready   func(live.Session) ([]any, error)
	frame   func(context.Context, say) ([]any, error)
	alive   atomic.Int64
	mu      sync.Mutex
	refusal error
}

func (h *handler) refuse(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refusal = err
}

func (h *handler) Open(_ context.Context, first []byte) (live.Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refusal != nil {
		return live.Session{}, h.refusal
	}
	var s say
	if err := json.Unmarshal(first, &s); err != nil || s.Type != "hello" {
		return live.Session{}, fault.New(fault.BadRequest, "test.Open", "say hello")
	}
	return live.Session{Topics: strings.Fields(s.Topic), Expires: h.expires}, nil
}

func (h *handler) Ready(_ context.Context, s live.Session) ([]any, error) {
	if h.ready != nil {
		return h.ready(s)
	}
	return []any{say{Type: "ready"}}, nil
}

func (h *handler) Frame(ctx context.Context, _ live.Session, frame []byte) ([]any, error) {
	var s say
	if err := json.Unmarshal(frame, &s); err != nil {
		return nil, fault.New(fault.BadRequest, "test.Frame", "a frame is an object")
	}
	if h.frame != nil {
		return h.frame(ctx, s)
	}
	return []any{say{Type: "echo", ID: s.ID, Text: s.Text}}, nil
}

func (h *handler) Alive(context.Context, live.Session) error {
	h.alive.Add(1)
	return nil
}

// bench is a hub with one endpoint on a real socket.
type bench struct {
	t     testing.TB
	hub   *hub.Hub
	clock *clock
	url   string
}

func start(t testing.TB, h live.Handler, change ...func(*hub.Options)) *bench {
	t.Helper()
	c := newClock()
	o := hub.Options{Now: c.Now, After: c.After}
	for _, f := range change {
		f(&o)
	}
	made, err := hub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(made.Endpoint(h, live.Origins{"https://shop.example"}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = made.Close(ctx)
		server.Close()
	})
	return &bench{t, made, c, "ws" + strings.TrimPrefix(server.URL, "http")}
}

// dial connects without saying anything.
func (b *bench) dial(o *websocket.DialOptions) *client {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, b.url, o)
	if err != nil {
		b.t.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	b.t.Cleanup(func() { _ = ws.CloseNow() })
	return &client{b.t, ws}
}

// enter connects, says hello and reads the ready frame.
func (b *bench) enter(topic string) *client {
	b.t.Helper()
	c := b.dial(nil)
	c.write(say{Type: "hello", Topic: topic})
	if got := c.read(); got.Type != "ready" {
		b.t.Fatalf("got %+v instead of ready", got)
	}
	return c
}

func (b *bench) push(topic string, s say) {
	b.t.Helper()
	if err := b.hub.Push(context.Background(), topic, s); err != nil {
		b.t.Fatal(err)
	}
}

// until waits for what happens on other goroutines.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for end := time.Now().Add(patience); !ok(); {
		if time.Now().After(end) {
			b.t.Fatalf("never: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

type client struct {
	t  testing.TB
	ws *websocket.Conn
}

func (c *client) write(s say) {
	c.t.Helper()
	data, err := json.Marshal(s)
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(websocket.MessageText, data)
}

func (c *client) raw(kind websocket.MessageType, data []byte) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.ws.Write(ctx, kind, data); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) next() (say, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, data, err := c.ws.Read(ctx)
	if err != nil {
		return say{}, err
	}
	var s say
	return s, json.Unmarshal(data, &s)
}

func (c *client) read() say {
	c.t.Helper()
	s, err := c.next()
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// closed reads to the end and wants this code there.
func (c *client) closed(want websocket.StatusCode) {
	c.t.Helper()
	for {
		_, err := c.next()
		if err == nil {
			continue
		}
		var closed websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != want {
			c.t.Fatalf("the connection ended with %v, want %d", err, want)
		}
		return
	}
}
