package inbound

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

// Handler is the webhook of one connector.
type Handler struct {
	inbound   *Service
	connector channel.Connector
	info      channel.Info
	door      *Door
	inline    channel.InlineReplier // nil where answers carry no messages
}

// NewHandler mounts a connector. The door is for customers' own clients; nil where a
// platform calls.
func (s *Service) NewHandler(c channel.Connector, d *Door) *Handler {
	h := &Handler{inbound: s, connector: c, info: c.Info(), door: d}
	h.inline, _ = c.(channel.InlineReplier) // nil otherwise
	return h
}

// ServeHTTP answers a platform's call, after everything in it is durable and
// decided upon.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := deadline(r.Context(), h.info.AckWithin)
	defer cancel()
	if h.door != nil {
		if goesOn, err := h.door.admit(w, r); err != nil {
			h.refuse(ctx, w, err)
			return
		} else if !goesOn {
			return
		}
	}
	request, err := h.request(w, r)
	if err != nil {
		h.refuse(ctx, w, err)
		return
	}
	receipt, err := receive(ctx, h.connector, request)
	if err != nil {
		h.refuse(ctx, w, err)
		return
	}
	if err := h.inbound.heed(ctx, h.connector, receipt); err != nil {
		h.refuse(ctx, w, err) // it is told again
		return
	}
	if h.inline != nil && receipt.Answer == nil {
		h.answerInline(ctx, w, request, receipt)
		return
	}
	from, _, _ := net.SplitHostPort(r.RemoteAddr) // where it is none, nobody is known
	accepted, err := h.door.accept(ctx, h.inbound, h.info, receipt, from)
	if err != nil {
		h.refuse(ctx, w, err)
		return
	}
	h.answer(w, receipt, accepted)
}

// receive lets a connector that needs it look outside first, and then judge a call.
func receive(ctx context.Context, c channel.Connector, r channel.Request) (channel.Receipt, error) {
	if err := prepare(ctx, c, r); err != nil {
		return channel.Receipt{}, err
	}
	return c.Receive(ctx, r)
}

func prepare(ctx context.Context, c channel.Connector, r channel.Request) error {
	if p, ok := c.(channel.Preparer); ok {
		return p.Prepare(ctx, r)
	}
	return nil
}

// request reads a call, whole.
func (h *Handler) request(w http.ResponseWriter, r *http.Request) (channel.Request, error) {
	body, err := jsonhttp.Body(w, r, h.info.MaxBody)
	return channel.Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header, Body: body, At: h.inbound.o.Now(),
	}, err
}

// deadline is the platform's patience, or the host's where that ends before. A
// phone that hangs up does not undo what it said, so nothing else ends the call.
func deadline(caller context.Context, patience time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(caller), patience)
	hosts, bounded := caller.Deadline()
	if !bounded {
		return ctx, cancel
	}
	ctx, both := context.WithDeadline(ctx, hosts)
	return ctx, func() { both(); cancel() }
}

// answer is what the platform prescribes, or what the connector makes of an
// acceptance, or an empty 200.
func (h *Handler) answer(w http.ResponseWriter, receipt channel.Receipt, accepted []Accepted) {
	a := receipt.Answer
	if by, ok := h.connector.(channel.Acknowledger); ok && a == nil {
		messages := make([]conversation.Message, len(accepted))
		for i := range accepted {
			messages[i] = accepted[i].Message
		}
		a = by.Acknowledge(messages)
	}
	if a != nil {
		write(w, a)
	}
}

func write(w http.ResponseWriter, a *channel.Answer) {
	w.Header().Set("Content-Type", a.ContentType)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a caller that hung up asks again
}

func (h *Handler) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	level := slog.LevelInfo
	if h.door == nil { // what a platform calls with and cannot be read is lost
		level = slog.LevelWarn
	}
	h.inbound.refused(ctx, w, h.info.Name, err, level)
}

// refused tells a caller what went wrong with a call of a channel, and logs it at this level; what
// is not the caller's fault as an error.
func (s *Service) refused(ctx context.Context, w http.ResponseWriter, channel string, err error, level slog.Level) {
	if fault.StatusOf(err) >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.o.Log.LogAttrs(ctx, level, "a call was refused", slog.String("channel", channel),
		slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	jsonhttp.Refuse(w, err)
}
