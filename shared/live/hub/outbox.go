package hub

import (
	"context"
	"sync"

	"github.com/coder/websocket"
)

// outbox is what a connection has still to write: a bounded queue that is empty,
// and costs nothing, nearly always.
type outbox struct {
	mu       sync.Mutex
	released bool     // before, frames queue up behind those of the handler's Ready
	writing  bool     // a goroutine writes
	queue    [][]byte // encoded once for all connections of a topic: never written to
	room     int      // the most frames that may wait
	ending   bool     // nothing is queued any more; the connection is closed after the last frame
	code     websocket.StatusCode
	reason   string
	over     chan struct{} // made by end, closed when the closing handshake is over
}

// add queues a frame; false says that there is no room.
func (o *outbox) add(c *conn, frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending {
		return true // the client is told to come back, and finds it in the store
	}
	if len(o.queue) >= max(o.room, maxQueued) {
		return false
	}
	o.queue = append(o.queue, frame)
	o.start(c)
	return true
}

// release puts frames before everything queued so far and starts writing. They
// come on top of the room there is.
func (o *outbox) release(c *conn, frames [][]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.released {
		return
	}
	o.released = true
	o.room = maxQueued + len(frames)
	o.queue = append(frames, o.queue...)
	o.start(c)
}

// end lets the connection be closed behind the last frame; false says that
// somebody ended it before.
func (o *outbox) end(c *conn, code websocket.StatusCode, reason string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ending {
		return false
	}
	o.ending, o.code, o.reason = true, code, reason
	o.over = make(chan struct{})
	o.released = true
	o.start(c)
	return true
}

// drop forgets what waits.
func (o *outbox) drop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = nil
}

func (o *outbox) ended() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ending
}

// wait returns when the closing handshake is over, at once where none began.
func (o *outbox) wait(c *conn) {
	o.mu.Lock()
	over := o.over
	o.mu.Unlock()
	if over != nil {
		<-over
	}
}

// start lends the outbox a goroutine. The caller holds mu.
func (o *outbox) start(c *conn) {
	if o.released && !o.writing && (len(o.queue) > 0 || o.ending) {
		o.writing = true
		go o.write(c)
	}
}

// write empties the outbox. A write that fails ends the connection's reader,
// too, which does the rest.
func (o *outbox) write(c *conn) {
	for {
		frame, more := o.next()
		if !more {
			return
		}
		if frame == nil {
			_ = c.ws.Close(o.code, o.reason)
			close(o.over)
			return
		}
		if err := c.ws.Write(context.Background(), websocket.MessageText, frame); err != nil {
			o.drop()
			_ = c.socket.Close()
		}
	}
}

// next returns the frame to write, nil for the end of the connection, and false
// where there is nothing to do now.
func (o *outbox) next() ([]byte, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) > 0 {
		frame := o.queue[0]
		o.queue[0] = nil
		o.queue = o.queue[1:]
		return frame, true
	}
	o.queue = nil
	o.writing = o.ending // an outbox that ended never writes again
	return nil, o.ending
}
