package inbound

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// answerInline answers a call whose answer may carry a message. After an error that can
// pass, the platform is to call again; anything else would come again for nothing, and
// many a platform tells its customer of a failure: it is logged, and answered with silence.
func (h *Handler) answerInline(ctx context.Context, w http.ResponseWriter, r channel.Request, receipt channel.Receipt) {
	a, err := h.said(ctx, r, receipt)
	switch {
	case err == nil:
		write(w, a)
	case fault.RetryOf(err) != fault.Never:
		h.refuse(ctx, w, err)
	default:
		h.inbound.o.Log.LogAttrs(ctx, slog.LevelError, "a call came to nothing", slog.String("channel", h.info.Name),
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
		write(w, h.inline.Silence())
	}
}

// said takes what a call brings, and returns its answer.
func (h *Handler) said(ctx context.Context, r channel.Request, receipt channel.Receipt) (*channel.Answer, error) {
	if len(receipt.Messages) != 1 {
		_, err := h.inbound.Accept(ctx, h.info, receipt)
		return h.inline.Silence(), err
	}
	if err := h.inbound.ready(); err != nil {
		return nil, err
	}
	carries := func(out channel.Outbound) bool { _, can := h.inline.Inline(r, out); return can }
	accepted, err := h.inbound.accept(ctx, h.info, receipt.Messages[0], carries)
	if err != nil {
		return nil, err
	}
	c := accepted.Conversation
	for _, m := range accepted.replies {
		if !m.Outcome.Inline {
			continue
		}
		answer, can := h.inline.Inline(r, channel.Outbound{Peer: c.Peer, Message: m, Language: c.Language, Attempt: 1})
		if !can || !h.inTime(began(r, receipt), m) {
			if now := h.inbound.o.Now(); m.Outcome.Delivery == conversation.Attempting {
				h.inbound.o.Log.LogAttrs(ctx, slog.LevelWarn, "an answer is too late for its call, and goes out otherwise", slog.String("channel", h.info.Name),
					slog.Int64("call_ms", now.Sub(began(r, receipt)).Milliseconds()), slog.Int64("here_ms", now.Sub(r.At).Milliseconds()))
			}
			break
		}
		return answer, h.inbound.said(ctx, c, m)
	}
	return h.inline.Silence(), nil
}

// began is when the platform began to wait: a call may have been long on its way. Meanwhile
// it gives up, and whoever takes its next call may have found nothing to say.
func began(r channel.Request, receipt channel.Receipt) time.Time {
	if !receipt.Began.IsZero() && receipt.Began.Before(r.At) {
		return receipt.Began
	}
	return r.At
}

// inTime reports whether a platform that takes the answer now still shows it: most of its
// patience is left for its way. Once the message may be on its way otherwise, it is too late,
// however often the call comes; what the answer to an earlier call said, it says again.
func (h *Handler) inTime(began time.Time, m conversation.Message) bool {
	now, otherwise := h.inbound.o.Now(), m.Received.Add(outbox.Grace)
	switch m.Outcome.Delivery {
	case conversation.Sent:
		return now.Before(otherwise)
	case conversation.Attempting:
		return now.Sub(began) < h.info.AckWithin*3/5 && now.Before(otherwise.Add(-h.info.AckWithin))
	case conversation.Pending, conversation.Held, conversation.Delivered, conversation.NotSent, conversation.UnknownSent:
	}
	return false
}

// said records that a message is said in the answer to its customer's own call, before it
// is: there is no receipt of it.
func (s *Service) said(ctx context.Context, c conversation.Conversation, m conversation.Message) error {
	if m.Outcome.Delivery == conversation.Sent {
		return nil
	}
	m.Outcome.Delivery, m.Outcome.At = conversation.Sent, s.o.Now()
	more, err := s.o.Store.Outcome(ctx, store.Outcome{
		Conversation: m.Conversation, Key: m.Key, Outcome: m.Outcome, Record: outbox.Acknowledged(c, m, m.Outcome.At),
	})
	if err != nil {
		return err
	}
	n := outbox.Of(c)
	n.State, n.Keys, n.Messages = c, []conversation.Key{m.Key}, []conversation.Message{m}
	s.o.Outbox.Tell(ctx, n)
	if more {
		return s.ring(ctx, c)
	}
	return nil
}

// after has what waits go out because of a message: its media come in, and what the channel
// did not let us send goes out by what it grants.
func (s *Service) after(ctx context.Context, in channel.Inbound, received store.Received) error {
	c := received.Conversation
	if received.Message.Awaited() {
		s.missed(ctx, c, s.o.Outbox.Fetch(ctx, c.Peer.Channel, c.ID, received.Message.Key))
	}
	if in.Grant == (conversation.Grant{}) || !c.Undelivered {
		return nil
	}
	return s.ring(ctx, c)
}

// ring has what a conversation has undelivered go out now, or within a minute.
func (s *Service) ring(ctx context.Context, c conversation.Conversation) error {
	err := s.o.Outbox.Doorbell(ctx, c.Peer.Channel, c.ID)
	if err == nil {
		return nil
	}
	s.missed(ctx, c, err)
	return s.o.Store.Defer(ctx, store.Work{Kind: store.Deliver, Conversation: c.ID}, s.o.Now().Add(outbox.Grace))
}

// missed logs that a bell was not rung.
func (s *Service) missed(ctx context.Context, c conversation.Conversation, err error) {
	if err != nil {
		s.o.Log.LogAttrs(ctx, slog.LevelWarn, "a bell was not rung; the clock rings it", slog.String("conversation", string(c.ID)),
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
}

// await makes due work of media that lie with the provider.
func (s *Service) await(ctx context.Context, m conversation.Message) error {
	if !m.Awaited() {
		return nil
	}
	return s.o.Store.Defer(ctx, fetchWork(m), s.o.Now().Add(outbox.Grace).Truncate(time.Millisecond))
}

func fetchWork(m conversation.Message) store.Work {
	return store.Work{Kind: store.Fetch, Conversation: m.Conversation, Key: m.Key}
}
