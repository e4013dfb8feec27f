package localcloud

import (
	"sync"
	"time"

	"github.com/coder/websocket"
)

// How long a connection lasts, and how long one on which nobody says anything: see the
// page named at maxFrame. With which code API Gateway closes is not documented, so no
// client may count on it.
const (
	maxLife = 2 * time.Hour
	maxIdle = 10 * time.Minute
	timeUp  = websocket.StatusGoingAway
)

// Sweep closes the connections whose time is up, by the injected clock, and returns
// when their clients know, or have had a moment. Their function is told.
func (s *Sockets) Sweep() {
	var closing sync.WaitGroup
	for _, c := range s.over(s.now()) {
		s.ended(c, timeUp)
		closing.Go(func() { _ = c.ws.Close(timeUp, "") }) // the client may be gone
	}
	closing.Wait()
}

func (s *Sockets) over(now time.Time) (all []*socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		if now.Sub(c.since) >= maxLife || now.UnixMilli()-c.heard.Load() >= maxIdle.Milliseconds() {
			all = append(all, c)
		}
	}
	return all
}
