package lambdahost

import (
	"context"
	"errors"
	"log/slog"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// Sessions keeps the sessions of open connections, where whoever pushes to their
// topics finds them, too.
type Sessions interface {
	Put(ctx context.Context, connection string, s live.Session) error

	// Get returns a connection's session. Errors: NotFound if it has none.
	Get(ctx context.Context, connection string) (live.Session, error)

	// Delete removes what may be there.
	Delete(ctx context.Context, connection string) error
}

// Poster reaches one connection, whoever holds it.
type Poster interface {
	// Post sends one frame, once. Errors: NotFound for a connection that is gone.
	Post(ctx context.Context, connection string, frame []byte) error

	// Close ends a connection; one that is gone already is no error.
	Close(ctx context.Context, connection string) error
}

// converse serves one event of a connection. The gateway holds the connection, so
// this does not answer but posts, and cannot name the code with which it closes: the
// error frame before says why. out lasts longer than ctx, so that a handler that ran
// out of time can still be reported.
func (h *Host) converse(ctx, out context.Context, e *event) ([]byte, error) {
	c := conn{h, e.Context.Connection}
	ctx = live.WithAddress(ctx, e.Context.Identity.Caller)
	switch e.Context.Kind {
	case "CONNECT": // the first frame says who it is
		if h.o.Pages != nil && !h.o.Pages(e.header().Values("Origin"), e.Context.Domain) {
			return refusal(fault.New(fault.Forbidden, "lambdahost.connect", "this page's origin is not among the channel's origins in zhida.yaml"))
		}
	case "MESSAGE":
		err := h.contain(ctx, "live", func() error { c.frame(ctx, out, e); return nil })
		if err != nil {
			err = h.contain(ctx, "live", func() error { c.refuse(out, "panic", nil, err); return nil })
		}
		if err != nil {
			return nil, err
		}
	case "DISCONNECT":
		if err := h.contain(ctx, "live", func() error { c.forget(out); return nil }); err != nil {
			return nil, err
		}
	default:
		return nil, unknown("it is of no known kind of a WebSocket API")
	}
	return []byte(`{"statusCode":200}`), nil
}

// conn is one connection.
type conn struct {
	host *Host
	id   string
}

// frame takes a client's frame: the first says who it is, the others need an answer.
func (c conn) frame(ctx, out context.Context, e *event) {
	frame := []byte(e.Body)
	if e.Base64 {
		c.refuse(out, "frame", nil, fault.New(fault.Unsupported, "lambdahost.frame", "frames are text"))
		return
	}
	if len(frame) > live.MaxFrame {
		c.refuse(out, "frame", nil, fault.New(fault.TooLarge, "lambdahost.frame", "a frame has at most 32 KiB"))
		return
	}
	s, err := c.host.o.Sessions.Get(ctx, c.id)
	switch {
	case fault.Is(err, fault.NotFound):
		c.open(ctx, out, frame)
	case err != nil:
		c.refuse(out, "session", frame, err)
	case !s.Expires.IsZero() && !c.host.o.Now().Before(s.Expires):
		c.refuse(out, "session", frame, fault.New(fault.Unauthenticated, "lambdahost.frame", "identify again"))
	default:
		c.answer(ctx, out, s, frame)
	}
}

// open learns who the client is. It listens to its topics before it is told that
// it is ready, so that nothing falls between.
func (c conn) open(ctx, out context.Context, frame []byte) {
	s, err := c.host.o.Live.Open(ctx, frame)
	if err != nil {
		c.refuse(out, "open", frame, err)
		return
	}
	if err := c.host.o.Sessions.Put(ctx, c.id, s); err != nil {
		c.refuse(out, "open", frame, err)
		return
	}
	ready, err := c.host.o.Live.Ready(ctx, s)
	if err != nil {
		c.refuse(out, "ready", frame, err)
		return
	}
	if _, err := c.tell(out, ready); err != nil {
		c.refuse(out, "ready", frame, err)
	}
}

// answer hands a frame to the handler. Every frame shows that the client is there:
// nobody else tells of keep-alives.
func (c conn) answer(ctx, out context.Context, s live.Session, frame []byte) {
	if err := c.host.o.Live.Alive(ctx, s); err != nil {
		if fault.Is(err, fault.Unauthenticated) {
			c.refuse(out, "alive", frame, err)
			return
		}
		c.note(out, "alive", err)
	}
	replies, err := c.host.o.Live.Frame(ctx, s, frame)
	there, bad := c.tell(out, replies)
	err = errors.Join(err, bad)
	switch {
	case err == nil || !there:
	case fault.Is(err, fault.Unauthenticated):
		c.refuse(out, "frame", frame, err)
	default:
		c.note(out, "frame", err)
		c.post(out, errorFrame(frame, err))
	}
}

// tell posts frames while the client is there. An error is a frame that is no JSON.
func (c conn) tell(out context.Context, frames []any) (there bool, err error) {
	for _, frame := range frames {
		data, err := live.Encode(frame)
		if err != nil {
			return true, err
		}
		if !c.post(out, data) {
			return false, nil
		}
	}
	return true, nil
}

// post sends one frame. A client that cannot be reached is let go: it comes back
// and finds what it missed in the store.
func (c conn) post(out context.Context, frame []byte) (there bool) {
	err := c.host.o.Poster.Post(out, c.id, frame)
	if err == nil {
		return true
	}
	c.forget(out)
	if !fault.Is(err, fault.NotFound) {
		c.note(out, "post", err)
		c.close(out)
	}
	return false
}

// refuse tells a client why, and closes.
func (c conn) refuse(out context.Context, op string, frame []byte, err error) {
	c.note(out, op, err)
	if !c.post(out, errorFrame(frame, err)) {
		return
	}
	c.forget(out)
	c.close(out)
}

func (c conn) forget(out context.Context) {
	if err := c.host.o.Sessions.Delete(out, c.id); err != nil {
		c.note(out, "forget", err)
	}
}

func (c conn) close(out context.Context) {
	if err := c.host.o.Poster.Close(out, c.id); err != nil {
		c.note(out, "close", err)
	}
}

// note logs what is our own fault; what is the client's, the client is told.
func (c conn) note(out context.Context, op string, err error) {
	if fault.StatusOf(err) >= 500 {
		c.host.log(out, slog.LevelWarn, "live: "+op, slog.String("op", "live"),
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
}

// errorFrame tells a client what went wrong with its frame.
func errorFrame(frame []byte, err error) []byte {
	data, _ := live.Encode(live.ErrorFrame(frame, err)) // strings and numbers always encode
	return data
}
