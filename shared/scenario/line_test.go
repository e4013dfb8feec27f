package scenario

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

// line is how a client talks to a host: a WebSocket, or calls in its place.
type line interface {
	say(t testing.TB, frame any)
	drop()
	ended() <-chan struct{}
}

// The pauses between polls are real time: that of stories stands still, and with it what
// is left of the frames that a customer may send. So they grow while nothing is heard.
const (
	firstPause = 30 * time.Millisecond
	mostPause  = 2 * time.Second
)

// calls is a line of HTTP calls, as README.md of the in-app channel describes it.
type calls struct {
	t     testing.TB
	url   string
	token string
	was   string // the token of the visitor whom somebody was before
	web   *http.Client
	hear  func(kind string, frame []byte)

	turn sync.Mutex // one call at a time
	mark string
	in   string // the conversation that ready named

	once sync.Once
	stir chan struct{} // something was said
	stop chan struct{}
	over chan struct{} // closed when nothing more is heard
}

// callIn begins a line of calls and says hello.
func callIn(t testing.TB, web *http.Client, url, token, was string, hear func(kind string, frame []byte), gone func()) *calls {
	t.Helper()
	c := &calls{t: t, url: url, token: token, was: was, web: web, hear: hear, stir: make(chan struct{}, 1), stop: make(chan struct{}), over: make(chan struct{})}
	c.post(map[string]any{"type": "hello"})
	go func() {
		c.poll()
		close(c.over)
		gone()
	}()
	t.Cleanup(c.drop)
	return c
}

func (c *calls) poll() {
	for pause := firstPause; ; pause = min(2*pause, mostPause) {
		select {
		case <-c.stop:
			return
		case <-c.stir:
			pause = firstPause / 2
			continue
		case <-time.After(pause):
		}
		before := c.at()
		if !c.ask() {
			return
		}
		if c.at() != before {
			pause = firstPause / 2
		}
	}
}

// at is the mark of what was heard.
func (c *calls) at() string {
	c.turn.Lock()
	defer c.turn.Unlock()
	return c.mark
}

// ask asks for what is new.
func (c *calls) ask() bool {
	return c.post(map[string]any{"type": "poll"})
}

func (c *calls) say(_ testing.TB, frame any) {
	if f, ok := frame.(map[string]any); ok && f["type"] == "ping" {
		c.ask() // what was pushed before is heard before
	}
	c.post(frame.(map[string]any))
	select {
	case c.stir <- struct{}{}:
	default: // it is known
	}
}

// post makes one call, and hears its frames; false if the host is not there, or does not
// know the caller any more.
func (c *calls) post(frame map[string]any) bool {
	c.turn.Lock()
	defer c.turn.Unlock()
	if frame["type"] == "poll" {
		frame["mark"] = c.mark
	}
	status, body, err := c.request(frame)
	if err != nil {
		return false
	}
	var answer struct {
		Frames []json.RawMessage `json:"frames"`
		Error  json.RawMessage   `json:"error"`
	}
	mustUnmarshal(c.t, body, &answer)
	if status != http.StatusOK {
		refused, err := json.Marshal(map[string]any{"type": "error", "id": frame["id"], "error": answer.Error})
		if err != nil {
			c.t.Error(err)
		}
		answer.Frames = []json.RawMessage{refused}
	}
	for _, heard := range answer.Frames {
		var f struct {
			Type  string          `json:"type"`
			Mark  string          `json:"mark"`
			In    string          `json:"conversation"`
			Frame json.RawMessage `json:"frame"`
		}
		mustUnmarshal(c.t, heard, &f)
		switch {
		case f.Type == "ready":
			c.mark, c.in = f.Mark, f.In
		case f.Type == "passing":
			heard = f.Frame
			mustUnmarshal(c.t, heard, &f)
		case f.Type == "pong" && frame["type"] == "poll":
			continue
		}
		c.hear(f.Type, heard)
	}
	return status != http.StatusUnauthorized
}

func (c *calls) request(frame map[string]any) (int, []byte, error) {
	if c.was != "" {
		frame = map[string]any{"type": "as", "visitor": c.was, "conversation": c.in, "frame": frame}
	}
	data, err := json.Marshal(frame)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequest(http.MethodPost, c.url, bytes.NewReader(data))
	if err != nil {
		return 0, nil, err
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + c.token}}
	answer, err := c.web.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

func (c *calls) drop() {
	c.once.Do(func() { close(c.stop) })
	<-c.over
}

func (c *calls) ended() <-chan struct{} { return c.over }
