package hub

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime/debug"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// conn is one connection. While it is idle it costs one goroutine, the one that
// reads; writing borrows another for as long as there is something to write.
type conn struct {
	hub     *Hub
	ws      *websocket.Conn
	socket  net.Conn
	handler live.Handler
	address string       // of the client
	caller  string       // whose count of unopened connections it is in; "" for nobody's; of the hub, under its mu
	session live.Session // set once, before the connection listens to anything
	flood   bucket       // of the reading goroutine alone
	out     outbox
	timers  timers
}

// run reads the connection to its end.
func (c *conn) run() {
	defer c.hub.gone.Done()
	defer c.hub.forget(c)
	defer c.finish()
	defer c.survive("read")

	hello := c.timers.after(c, helloWithin, func() { c.end(CloseSilent, "no first frame in time") })
	first, ok := c.read()
	hello()
	if !ok || !c.open(first) {
		return
	}
	c.watch()
	for {
		frame, ok := c.read()
		if !ok {
			return
		}
		c.answer(frame)
	}
}

// read returns the next frame. Not ok is the end of the connection. What still
// comes while it is being closed is thrown away, so that the client can read why.
func (c *conn) read() ([]byte, bool) {
	for {
		kind, r, err := c.ws.Reader(context.Background())
		if err != nil {
			return nil, false
		}
		if kind != websocket.MessageText {
			c.end(CloseUnsupported, "frames are text")
			return nil, false
		}
		frame, err := io.ReadAll(io.LimitReader(r, live.MaxFrame+1))
		switch {
		case err != nil:
			return nil, false
		case len(frame) > live.MaxFrame:
			c.end(CloseTooBig, "a frame has at most 32 KiB")
			return nil, false
		case !c.out.ended():
			return frame, true
		}
	}
}

// open learns who the client is and lets the handler's first frames go out
// before everything that is pushed meanwhile.
func (c *conn) open(first []byte) bool {
	ctx := live.WithAddress(c.hub.ctx, c.address)
	session, err := c.handler.Open(ctx, first)
	if err != nil {
		c.refuse("open", first, err)
		return false
	}
	c.session = session
	c.hub.subscribe(c)
	ready, err := c.handler.Ready(ctx, session)
	if err != nil {
		c.refuse("ready", first, err)
		return false
	}
	frames := make([][]byte, 0, len(ready))
	for _, frame := range ready {
		data, err := live.Encode(frame)
		if err != nil {
			c.refuse("ready", first, err)
			return false
		}
		frames = append(frames, data)
	}
	c.out.release(c, frames)
	return true
}

// refuse tells a client that it does not get in, and closes.
func (c *conn) refuse(op string, frame []byte, err error) {
	c.note(op, err)
	code, reason := CloseBadHello, "the first frame is not of the documented shape"
	switch {
	case fault.Is(err, fault.Unauthenticated):
		code, reason = CloseIdentify, "identify again"
	case fault.Is(err, fault.FloodLimit):
		code, reason = CloseFlood, "come back after a pause"
	case fault.CodeOf(err) == fault.Internal:
		code, reason = CloseFault, "a defect in Zhida"
	case fault.StatusOf(err) >= 500:
		code, reason = CloseTryAgain, "try again later"
	}
	c.out.release(c, [][]byte{errorFrame(frame, err)})
	c.end(code, reason)
}

// answer hands a frame to the handler, unless there are too many.
func (c *conn) answer(frame []byte) {
	if wait := c.flood.take(c.hub.now()); wait > 0 {
		c.send(errorFrame(frame, &fault.Error{Code: fault.FloodLimit, Op: "hub.answer",
			Hint: "send it again after the pause", RetryAfter: wait}))
		if c.flood.hopeless() {
			c.end(CloseFlood, "far above the limit of frames")
		}
		return
	}
	replies, err := c.handler.Frame(live.WithAddress(c.hub.ctx, c.address), c.session, frame)
	for _, reply := range replies {
		data, bad := live.Encode(reply)
		if bad != nil {
			err = errors.Join(err, bad)
			break
		}
		c.send(data)
	}
	if err == nil {
		return
	}
	c.note("frame", err)
	c.send(errorFrame(frame, err))
	if fault.Is(err, fault.Unauthenticated) {
		c.end(CloseIdentify, "identify again")
	}
}

// send queues one encoded frame. It never waits: a client that is too far
// behind is closed and finds the rest in the store.
func (c *conn) send(frame []byte) {
	if !c.out.add(c, frame) {
		c.note("send", fault.New(fault.Unavailable, "hub.send", "the client did not keep up"))
		c.out.drop()
		c.end(CloseTryAgain, "too far behind")
	}
}

// end closes the connection once everything queued is written. The first end
// decides the code.
func (c *conn) end(code websocket.StatusCode, reason string) {
	if c.out.end(c, code, reason) {
		c.timers.after(c, closeWithin, func() { _ = c.socket.Close() })
	}
}

// finish lets a closing handshake finish, and ends everything else.
func (c *conn) finish() {
	c.out.wait(c)
	c.timers.stop()
	_ = c.socket.Close()
	_ = c.ws.CloseNow()
}

// survive turns a panic in a handler into the end of one connection.
func (c *conn) survive(op string) {
	if p := recover(); p != nil {
		c.hub.log.Error("live: panic", slog.String("op", op), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		c.out.release(c, nil)
		c.end(CloseFault, "a defect in Zhida")
	}
}

// note logs what is our own fault; what is the client's, the client is told.
func (c *conn) note(op string, err error) {
	if fault.StatusOf(err) >= 500 {
		c.hub.log.Warn("live: "+op, slog.String("code", string(fault.CodeOf(err))), slog.Any("error", err))
	}
}

// errorFrame tells a client what went wrong with its frame.
func errorFrame(frame []byte, err error) []byte {
	data, _ := live.Encode(live.ErrorFrame(frame, err)) // strings and numbers always encode
	return data
}
