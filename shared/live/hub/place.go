package hub

import (
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// takePlace takes a place for a connection that is yet to be accepted; forget gives it
// back. Errors: Unavailable, FloodLimit.
func (h *Hub) takePlace(c *conn) error {
	c.caller = netaddr.Subscriber(c.address)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closed || h.places >= h.most:
		return fault.New(fault.Unavailable, "hub.accept", "the server stops, or has all the connections it takes")
	case c.caller != "" && h.unopened[c.caller] >= h.unopenedMost:
		return &fault.Error{Code: fault.FloodLimit, Op: "hub.accept", RetryAfter: time.Second,
			Hint: "too many connections from this address have not said who they are; come back after the pause"}
	case c.caller != "":
		h.unopened[c.caller]++
	}
	h.places++
	return nil
}

// subscribe has a connection that has said who it is hear its topics.
func (h *Hub) subscribe(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened(c)
	for _, topic := range c.session.Topics {
		if !slices.Contains(h.topics[topic], c) {
			h.topics[topic] = append(h.topics[topic], c)
		}
	}
}

// opened no longer counts a connection among those that have not said who they are. The
// caller holds mu.
func (h *Hub) opened(c *conn) {
	if c.caller == "" {
		return
	}
	if h.unopened[c.caller]--; h.unopened[c.caller] == 0 {
		delete(h.unopened, c.caller)
	}
	c.caller = ""
}

// forget gives a connection's place back, and tells it nothing more.
func (h *Hub) forget(c *conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened(c)
	h.places--
	delete(h.conns, c)
	for _, topic := range c.session.Topics {
		left := slices.DeleteFunc(h.topics[topic], func(other *conn) bool { return other == c })
		if len(left) == 0 {
			delete(h.topics, topic)
			continue
		}
		h.topics[topic] = left
	}
}
