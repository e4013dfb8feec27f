package scenario

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/coder/websocket"
)

// conn is a client's WebSocket; each frame it hears goes to a function.
type conn struct {
	ws   *websocket.Conn
	over chan struct{} // closed when it has ended
}

// dial connects and says hello.
func dial(t testing.TB, url, token string, hear func(kind string, frame []byte), gone func(error)) *conn {
	t.Helper()
	c := open(t, url, hear, gone)
	c.say(t, map[string]any{"type": "hello", "token": token})
	return c
}

// open connects and says nothing yet.
func open(t testing.TB, url string, hear func(kind string, frame []byte), gone func(error)) *conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		t.Fatalf("no connection: %v", err)
	}
	ws.SetReadLimit(8 << 20)
	c := &conn{ws: ws, over: make(chan struct{})}
	go func() {
		for {
			_, frame, err := ws.Read(context.Background())
			if err != nil {
				close(c.over)
				gone(err)
				return
			}
			var f struct {
				Type string `json:"type"`
			}
			_ = json.Unmarshal(frame, &f) // a frame without a type is of no known kind
			hear(f.Type, frame)
		}
	}()
	t.Cleanup(c.drop)
	return c
}

func (c *conn) say(t testing.TB, frame any) {
	t.Helper()
	data, err := json.Marshal(frame)
	if err != nil {
		t.Fatal(err)
	}
	c.raw(websocket.MessageText, data)
}

func (c *conn) raw(kind websocket.MessageType, data []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// Where it cannot be sent, the connection is ending, and the reader tells how.
	_ = c.ws.Write(ctx, kind, data)
}

// drop breaks the connection off without a goodbye.
func (c *conn) drop() {
	_ = c.ws.CloseNow()
	<-c.over
}

func (c *conn) ended() <-chan struct{} { return c.over }

// mustUnmarshal reads a frame or an answer that must be of the documented shape.
func mustUnmarshal(t testing.TB, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Errorf("this is not of the documented shape: %v\n%s", err, data)
	}
}
