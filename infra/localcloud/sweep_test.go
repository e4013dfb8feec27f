package localcloud_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// TestTimeIsUp: a connection ends after ten minutes in which nobody says anything, and
// after two hours whatever is said.
func TestTimeIsUp(t *testing.T) {
	began := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	now := func() time.Time { return began.Add(time.Duration(passed.Load())) }
	for name, c := range map[string]struct {
		says func(t *testing.T, ws *websocket.Conn, post func()) (event bool) // every nine minutes
		ends time.Duration
	}{
		"nobody says anything": {func(*testing.T, *websocket.Conn, func()) bool { return false }, 10 * time.Minute},
		"the client does": {func(t *testing.T, ws *websocket.Conn, _ func()) bool {
			say(t, ws, websocket.MessageText, "ping")
			return true
		}, 2 * time.Hour},
		"the function does": {func(_ *testing.T, _ *websocket.Conn, post func()) bool { post(); return false }, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			passed.Store(0)
			to, events := watch(t, ok)
			s, url, at := socketsAt(t, to, now)
			ws := dial(t, url)
			id := receive(t, events).Context.Connection
			for s.Open() == 0 {
				time.Sleep(time.Millisecond)
			}
			ended := make(chan error, 1)
			go func() {
				for {
					if _, _, err := ws.Read(t.Context()); err != nil {
						ended <- err
						return
					}
				}
			}()
			post := func() {
				if answer, _ := send(t, http.MethodPost, at+id, nil, []byte("news")); answer.StatusCode != http.StatusOK {
					t.Errorf("after %s, posting is answered %d", time.Duration(passed.Load()), answer.StatusCode)
				}
			}
			for next := 9 * time.Minute; next < c.ends; next += 9 * time.Minute {
				passed.Store(int64(next))
				s.Sweep()
				if c.says(t, ws, post) {
					receive(t, events)
				}
			}
			passed.Store(int64(c.ends - time.Second))
			s.Sweep()
			if s.Open() != 1 {
				t.Fatalf("after %s it is closed", c.ends-time.Second)
			}
			passed.Store(int64(c.ends))
			s.Sweep()
			if err := receive(t, ended); websocket.CloseStatus(err) != websocket.StatusGoingAway {
				t.Errorf("it ended with %v", err)
			}
			if e := receive(t, events); e.Context.Kind != "DISCONNECT" || e.Context.Connection != id {
				t.Errorf("the function hears %+v", e)
			}
			if answer, _ := send(t, http.MethodPost, at+id, nil, []byte("late")); answer.StatusCode != http.StatusGone {
				t.Errorf("posting is answered %d", answer.StatusCode)
			}
			s.Rest()
			if len(events) > 0 {
				t.Errorf("the function hears of it again: %+v", receive(t, events))
			}
		})
	}
}
