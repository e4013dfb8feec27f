package hub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/hub"
)

func TestFramesHaveALimit(t *testing.T) {
	b := start(t, &handler{})
	frame := func(size int) []byte {
		data, err := json.Marshal(say{Type: "x"})
		if err != nil {
			t.Fatal(err)
		}
		return append(data, bytes.Repeat([]byte(" "), size-len(data))...)
	}
	c := b.enter("a")
	c.raw(websocket.MessageText, frame(live.MaxFrame))
	if got := c.read(); got.Type != "echo" {
		t.Errorf("the largest frame was refused: %+v", got)
	}
	c.raw(websocket.MessageText, frame(live.MaxFrame+1))
	c.closed(hub.CloseTooBig)

	much := b.enter("a")
	go func() { // more than sockets hold: written while the other side is closing
		_ = much.ws.Write(context.Background(), websocket.MessageText, frame(1<<20))
	}()
	much.closed(hub.CloseTooBig)
}

func TestBinaryFramesAreRefused(t *testing.T) {
	b := start(t, &handler{})
	c := b.enter("a")
	c.raw(websocket.MessageBinary, []byte(`{"type":"x"}`))
	c.closed(hub.CloseUnsupported)
	first := b.dial(nil)
	first.raw(websocket.MessageBinary, []byte(`{"type":"hello"}`))
	first.closed(hub.CloseUnsupported)
}

func TestASlowClientIsCutAndNobodyElseWaits(t *testing.T) {
	b := start(t, &handler{})
	b.enter("a") // and reads no more
	quick := b.enter("a")
	big := say{Type: "push", Text: strings.Repeat("x", 64<<10)}
	// The slow client's socket takes some megabytes before its queue fills. The
	// third timer is that of the cut.
	for pushed := 0; b.clock.Waiting() < 3; pushed++ {
		if pushed > 5_000 {
			t.Fatal("the slow client is never cut")
		}
		b.push("a", big)
		if _, data, err := quick.ws.Read(t.Context()); err != nil || len(data) < 64<<10 {
			t.Fatalf("push %d: the quick client got %d bytes, %v", pushed, len(data), err)
		}
	}
	b.clock.Advance(2 * time.Second)
	b.until("the slow client is gone", func() bool { return b.hub.Connections() == 1 })
	b.push("a", say{Type: "last"})
	if got := quick.read(); got.Type != "last" {
		t.Errorf("got %+v", got)
	}
}

func TestASlowClientThatWakesUpIsToldToComeBack(t *testing.T) {
	h := &handler{}
	entered, proceed := make(chan struct{}), make(chan struct{})
	h.ready = func(live.Session) ([]any, error) {
		close(entered)
		<-proceed
		return []any{say{Type: "ready"}}, nil
	}
	b := start(t, h)
	c := b.dial(nil)
	c.write(say{Type: "hello", Topic: "a"})
	<-entered
	for range 257 { // one more than may wait
		b.push("a", say{Type: "push"})
	}
	close(proceed)
	c.closed(hub.CloseTryAgain)
}

func TestTheLimitIsWhatMayWait(t *testing.T) {
	h := &handler{}
	entered, proceed := make(chan struct{}), make(chan struct{})
	h.ready = func(live.Session) ([]any, error) {
		close(entered)
		<-proceed
		return []any{say{Type: "ready"}}, nil
	}
	b := start(t, h)
	c := b.dial(nil)
	c.write(say{Type: "hello", Topic: "a"})
	<-entered
	for range 256 {
		b.push("a", say{Type: "push"})
	}
	close(proceed)
	for i := range 257 {
		if _, err := c.next(); err != nil {
			t.Fatalf("frame %d: %v", i, err)
		}
	}
}

func TestExpiryAsksToIdentifyAgain(t *testing.T) {
	h := &handler{}
	b := start(t, h)
	h.expires = b.clock.Now().Add(time.Minute)
	c := b.enter("a")
	b.until("the timers run", func() bool { return b.clock.Waiting() == 2 })
	b.clock.Advance(time.Minute)
	c.closed(hub.CloseIdentify)
	b.until("forgotten", func() bool { return b.hub.Connections() == 0 && b.clock.Waiting() == 0 })
}

func TestKeepAlives(t *testing.T) {
	h := &handler{}
	b := start(t, h)
	c := b.enter("a")
	go func() { _, _ = c.next() }() // a client answers pings while it reads
	for i := range 3 {
		b.until("the timer runs", func() bool { return b.clock.Waiting() == 1 })
		b.clock.Advance(hub.KeepAlive)
		b.until("the handler hears of it", func() bool { return h.alive.Load() == int64(i+1) })
	}
}

func TestWithoutPongTheConnectionEnds(t *testing.T) {
	h := &handler{}
	b := start(t, h)
	b.enter("a") // and reads no more: pings stay unanswered
	b.until("the timer runs", func() bool { return b.clock.Waiting() == 1 })
	b.clock.Advance(hub.KeepAlive)
	b.until("the pong is awaited", func() bool { return b.clock.Waiting() == 1 })
	b.clock.Advance(10 * time.Second)
	b.until("the end is awaited", func() bool { return b.clock.Waiting() == 1 })
	b.clock.Advance(2 * time.Second)
	b.until("forgotten", func() bool { return b.hub.Connections() == 0 })
	if n := h.alive.Load(); n != 0 {
		t.Errorf("alive %d times", n)
	}
}

func TestFlood(t *testing.T) {
	b := start(t, &handler{})
	c := b.enter("a")
	for range 40 {
		c.write(say{Type: "x"})
		if got := c.read(); got.Type != "echo" {
			t.Fatalf("got %+v inside the limit", got)
		}
	}
	c.write(say{Type: "x", ID: "41"})
	got := c.read()
	if got.ID != "41" || got.Error == nil || got.Error.Code != fault.FloodLimit || got.Error.Retry <= 0 || got.Error.Retry > 60 {
		t.Fatalf("got %+v", got)
	}
	b.clock.Advance(100 * time.Millisecond) // two tokens
	for _, want := range []string{"echo", "echo", "error"} {
		c.write(say{Type: "x"})
		if got := c.read(); got.Type != want {
			t.Errorf("got %+v, want %s", got, want)
		}
	}
	for range 399 {
		c.write(say{Type: "x"})
		if _, err := c.next(); err != nil {
			t.Fatal(err)
		}
	}
	c.closed(hub.CloseFlood)
}

func TestShutdown(t *testing.T) {
	b := start(t, &handler{})
	clients := []*client{b.enter("a"), b.enter("b"), b.dial(nil)}
	b.push("a", say{Type: "before"})
	ended := make(chan error)
	go func() { ended <- b.hub.Close(context.Background()) }()
	if got := clients[0].read(); got.Type != "before" {
		t.Errorf("what was queued is lost: %+v", got)
	}
	for _, c := range clients {
		c.closed(hub.CloseGoingAway)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := b.hub.Connections(); n != 0 {
		t.Errorf("%d connections", n)
	}
	if _, answer, err := websocket.Dial(t.Context(), b.url, nil); err == nil || answer == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a closed hub answers %v, %v", answer, err)
	}
	if err := b.hub.Push(context.Background(), "a", say{}); err != nil {
		t.Error(err)
	}
}

func TestShutdownDoesNotWaitForEver(t *testing.T) {
	b := start(t, &handler{})
	b.enter("a") // never reads again
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- b.hub.Close(ctx) }()
	b.until("closing", func() bool { return b.clock.Waiting() >= 2 })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	b.until("forgotten", func() bool { return b.hub.Connections() == 0 })
}
