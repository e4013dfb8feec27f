package hub_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/hub"
)

func TestNewWantsAClock(t *testing.T) {
	if _, err := hub.New(hub.Options{}); !fault.Is(err, fault.Config) {
		t.Errorf("got %v", err)
	}
}

func TestFramesAreAnswered(t *testing.T) {
	b := start(t, &handler{})
	c := b.enter("a")
	c.write(say{Type: "x", ID: "1", Text: "<人工> & co"})
	if got := c.read(); got.ID != "1" || got.Text != "<人工> & co" {
		t.Errorf("got %+v", got)
	}
}

func TestPushReachesItsTopicOnly(t *testing.T) {
	b := start(t, &handler{})
	both, one := b.enter("a b"), b.enter("b")
	if n := b.hub.Listening("b"); n != 2 {
		t.Errorf("%d listen to b", n)
	}
	b.push("a", say{Type: "for a"})
	b.push("b", say{Type: "for b"})
	b.push("nobody", say{Type: "lost"})
	if got := both.read(); got.Type != "for a" {
		t.Errorf("got %+v", got)
	}
	if got := both.read(); got.Type != "for b" {
		t.Errorf("got %+v", got)
	}
	if got := one.read(); got.Type != "for b" {
		t.Errorf("another topic's frame came through: %+v", got)
	}
}

func TestATopicNamedTwiceIsHeardOnce(t *testing.T) {
	b := start(t, &handler{})
	c := b.enter("a a")
	b.push("a", say{Type: "1"})
	b.push("a", say{Type: "2"})
	if got := []string{c.read().Type, c.read().Type}; got[0] != "1" || got[1] != "2" {
		t.Errorf("got %v", got)
	}
}

func TestNothingFallsBetweenSubscribingAndReady(t *testing.T) {
	h := &handler{}
	b := start(t, h)
	h.ready = func(s live.Session) ([]any, error) {
		for i := range 100 { // the connection listens already
			if err := b.hub.Push(context.Background(), s.Topics[0], say{Type: "push", ID: fmt.Sprint(i)}); err != nil {
				return nil, err
			}
		}
		return []any{say{Type: "ready"}, say{Type: "more"}}, nil
	}
	c := b.enter("a")
	if got := c.read(); got.Type != "more" {
		t.Fatalf("got %+v before the handler's frames", got)
	}
	for i := range 100 {
		if got := c.read(); got.ID != fmt.Sprint(i) {
			t.Fatalf("push %d: got %+v", i, got)
		}
	}
}

func TestPushEncodesOnceForEverybody(t *testing.T) {
	b := start(t, &handler{})
	clients := make([]*client, 200)
	for i := range clients {
		clients[i] = b.enter("all")
	}
	frame := &counted{}
	if err := b.hub.Push(context.Background(), "all", frame); err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		if got := c.read(); got.Type != "counted" {
			t.Fatalf("got %+v", got)
		}
	}
	if n := frame.n.Load(); n != 1 {
		t.Errorf("encoded %d times", n)
	}
	if n := b.hub.Connections(); n != 200 {
		t.Errorf("%d connections", n)
	}
}

type counted struct{ n atomic.Int64 }

func (c *counted) MarshalJSON() ([]byte, error) {
	c.n.Add(1)
	return []byte(`{"type":"counted"}`), nil
}

func TestPushTellsWhatCannotBeEncoded(t *testing.T) {
	b := start(t, &handler{})
	b.enter("a")
	if err := b.hub.Push(context.Background(), "a", make(chan int)); !fault.Is(err, fault.Internal) {
		t.Errorf("got %v", err)
	}
}

func TestRefusedHellos(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		code websocket.StatusCode
		told fault.Code
	}{
		"no proof":     {fault.New(fault.Unauthenticated, "t", "h"), hub.CloseIdentify, fault.Unauthenticated},
		"bad shape":    {fault.New(fault.BadRequest, "t", "h"), hub.CloseBadHello, fault.BadRequest},
		"store down":   {fault.New(fault.Unavailable, "t", "h"), hub.CloseTryAgain, fault.Unavailable},
		"own mistake":  {fmt.Errorf("boom"), hub.CloseFault, fault.Internal},
		"out of time":  {context.DeadlineExceeded, hub.CloseTryAgain, fault.DeadlineExceeded},
		"not for them": {fault.New(fault.Forbidden, "t", "h"), hub.CloseBadHello, fault.Forbidden},
	} {
		t.Run(name, func(t *testing.T) {
			h := &handler{}
			h.refuse(c.err)
			b := start(t, h)
			client := b.dial(nil)
			client.write(say{Type: "hello", ID: "7"})
			got := client.read()
			if got.Type != "error" || got.ID != "7" || got.Error == nil || got.Error.Code != c.told {
				t.Errorf("got %+v", got)
			}
			client.closed(c.code)
			b.until("forgotten", func() bool { return b.hub.Connections() == 0 })
		})
	}
}

func TestReadyMayFail(t *testing.T) {
	b := start(t, &handler{ready: func(live.Session) ([]any, error) {
		return nil, fault.New(fault.Unavailable, "t", "")
	}})
	c := b.dial(nil)
	c.write(say{Type: "hello", Topic: "a"})
	if got := c.read(); got.Error == nil || got.Error.Code != fault.Unavailable {
		t.Errorf("got %+v", got)
	}
	c.closed(hub.CloseTryAgain)
	b.until("unsubscribed", func() bool { return b.hub.Listening("a") == 0 && b.hub.Connections() == 0 })
}

func TestWhoSaysNothingIsClosed(t *testing.T) {
	b := start(t, &handler{})
	c := b.dial(nil)
	b.until("the timer runs", func() bool { return b.clock.Waiting() == 1 })
	b.clock.Advance(10 * time.Second)
	c.closed(hub.CloseSilent)
}

func TestErrorsKeepTheConnection(t *testing.T) {
	h := &handler{}
	h.frame = func(_ context.Context, s say) ([]any, error) {
		switch s.Type {
		case "bad":
			return []any{say{Type: "half"}}, &fault.Error{Code: fault.ClockSkew, Op: "t", Hint: "h", Now: time.UnixMilli(5)}
		case "out":
			return nil, fault.New(fault.Unauthenticated, "t", "")
		}
		return []any{say{Type: "ok"}}, nil
	}
	b := start(t, h)
	c := b.enter("a")
	c.write(say{Type: "bad", ID: "9"})
	if got := c.read(); got.Type != "half" {
		t.Errorf("the answers before the error are lost: %+v", got)
	}
	if got := c.read(); got.Type != "error" || got.ID != "9" || got.Error.Code != fault.ClockSkew || got.Error.Now != 5 {
		t.Errorf("got %+v", got)
	}
	c.write(say{Type: "good"})
	if got := c.read(); got.Type != "ok" {
		t.Errorf("got %+v", got)
	}
	c.raw(websocket.MessageText, []byte(`{"id":7`))
	if got := c.read(); got.Type != "error" || got.ID != "" {
		t.Errorf("got %+v", got)
	}
	c.write(say{Type: "out", ID: "10"})
	if got := c.read(); got.Type != "error" || got.ID != "10" {
		t.Errorf("got %+v", got)
	}
	c.closed(hub.CloseIdentify)
}

func TestFramesOfOneConnectionComeOneAfterTheOther(t *testing.T) {
	var inside atomic.Int64
	h := &handler{frame: func(_ context.Context, s say) ([]any, error) {
		defer inside.Add(-1)
		if inside.Add(1) != 1 {
			return nil, fmt.Errorf("two at once")
		}
		return []any{say{Type: "ok", ID: s.ID}}, nil
	}}
	b := start(t, h)
	c := b.enter("a")
	for i := range 30 {
		c.write(say{Type: "x", ID: fmt.Sprint(i)})
	}
	for i := range 30 {
		if got := c.read(); got.Type != "ok" || got.ID != fmt.Sprint(i) {
			t.Fatalf("frame %d: got %+v", i, got)
		}
	}
}

func TestAPanicEndsOneConnection(t *testing.T) {
	h := &handler{frame: func(_ context.Context, s say) ([]any, error) {
		if s.Type == "boom" {
			panic("boom")
		}
		return []any{say{Type: "ok"}}, nil
	}}
	b := start(t, h)
	victim, other := b.enter("a"), b.enter("a")
	victim.write(say{Type: "boom"})
	victim.closed(hub.CloseFault)
	other.write(say{Type: "x"})
	if got := other.read(); got.Type != "ok" {
		t.Errorf("got %+v", got)
	}
}

func TestTheHandlerKnowsTheAddress(t *testing.T) {
	b := start(t, &handler{frame: func(ctx context.Context, _ say) ([]any, error) {
		return []any{say{Type: "from", Text: live.AddressOf(ctx)}}, nil
	}})
	c := b.enter("a")
	c.write(say{Type: "x"})
	if got := c.read(); got.Text != "127.0.0.1" {
		t.Errorf("got %+v", got)
	}
}

func TestOrigins(t *testing.T) {
	b := start(t, &handler{})
	host := strings.TrimPrefix(b.url, "ws://")
	for origin, want := range map[string]int{
		"":                         http.StatusSwitchingProtocols,
		"http://" + host:           http.StatusSwitchingProtocols,
		"https://shop.example":     http.StatusSwitchingProtocols,
		"https://cn.shop.example":  http.StatusForbidden,
		"http://shop.example":      http.StatusForbidden,
		"https://evil.example":     http.StatusForbidden,
		"https://shop.example.com": http.StatusForbidden,
		"null":                     http.StatusForbidden,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		ws, answer, err := websocket.Dial(t.Context(), b.url, &websocket.DialOptions{HTTPHeader: header})
		if answer == nil || answer.StatusCode != want {
			t.Errorf("origin %q: got %v, %v; want %d", origin, answer, err, want)
		}
		if err == nil {
			_ = ws.CloseNow()
		}
	}
}

func TestAPlainCallIsNoConnection(t *testing.T) {
	b := start(t, &handler{})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http"+strings.TrimPrefix(b.url, "ws"), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("got %s", answer.Status)
	}
}

func TestErrorFramesQuoteReasonableIDsOnly(t *testing.T) {
	b := start(t, &handler{frame: func(context.Context, say) ([]any, error) {
		return nil, fault.New(fault.BadRequest, "t", "")
	}})
	c := b.enter("a")
	c.write(say{Type: "x", ID: strings.Repeat("i", 65)})
	if got := c.read(); got.ID != "" {
		t.Errorf("quoted %d bytes", len(got.ID))
	}
	data, _ := json.Marshal(map[string]any{"type": "x", "id": 12})
	c.raw(websocket.MessageText, data)
	if got := c.read(); got.Type != "error" || got.ID != "" {
		t.Errorf("got %+v", got)
	}
}

func TestAFullHubTakesNobodyMore(t *testing.T) {
	b := start(t, &handler{}, func(o *hub.Options) { o.Most = 1 })
	b.enter("a")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, response, err := websocket.Dial(ctx, b.url, nil)
	if err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the second connection: %v", err)
	}
}
