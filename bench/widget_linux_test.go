package bench

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// widget is a customer's connection, and what came over it.
type widget struct {
	token        string
	conversation string
	ws           *websocket.Conn
	ended        chan struct{} // the reader of ws

	mu       sync.Mutex
	position int
	moved    time.Time            // when it was told so
	heard    map[string]time.Time // what persons said
}

// loadPatience is how long anything may take that a widget waits for.
const loadPatience = 30 * time.Second

func (w *widget) dial(b *testing.B, base string) {
	ws, _, err := websocket.Dial(context.Background(), strings.Replace(base, "http", "ws", 1)+"/inapp/live", nil)
	if err != nil {
		b.Error(err)
		return
	}
	ws.SetReadLimit(1 << 20)
	w.ws, w.ended = ws, make(chan struct{})
	hello, err := json.Marshal(map[string]string{"type": "hello", "token": w.token})
	if err == nil {
		err = ws.Write(context.Background(), websocket.MessageText, hello)
	}
	if err == nil {
		err = w.read()
	}
	if err != nil {
		b.Error(err)
	}
	go func(ended chan struct{}) {
		defer close(ended)
		for w.read() == nil {
		}
	}(w.ended)
}

func (w *widget) drop() {
	if w.ws == nil {
		return // it could not connect, which was told
	}
	_ = w.ws.CloseNow()
	<-w.ended
}

// read takes one frame.
func (w *widget) read() error {
	_, text, err := w.ws.Read(context.Background())
	if err != nil {
		return err
	}
	type state struct {
		Position int `json:"position"`
	}
	var f struct {
		Type         string `json:"type"`
		Conversation string `json:"conversation"`
		State        state  `json:"state"`
		Message      struct {
			Author string `json:"author"`
			Text   string `json:"text"`
		} `json:"message"`
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch f.Type {
	case "ready":
		w.conversation = f.Conversation
		w.position, w.moved = f.State.Position, time.Now()
	case "state":
		w.position, w.moved = f.State.Position, time.Now()
	case "message":
		if f.Message.Author == "person" {
			w.heard[f.Message.Text] = time.Now()
		}
	}
	return nil
}

func (w *widget) place() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.position
}

// since is how long after a moment the widget was told its place.
func (w *widget) since(began time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.moved.Sub(began)
}

// await waits for what frames bring. What is looked at is locked meanwhile.
func (w *widget) await(b *testing.B, what string, there func() bool) {
	b.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		done := there()
		w.mu.Unlock()
		if done {
			return
		}
		if time.Since(began) > loadPatience {
			b.Fatalf("%s does not come", what)
		}
	}
}
