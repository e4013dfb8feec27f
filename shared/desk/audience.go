package desk

import (
	"context"
	"log/slog"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// Audience pushes news to the agents whose desk pages are open.
type Audience struct {
	store    store.Store
	push     live.Pusher
	channels Channels
	media    *media.Service
	now      func() time.Time
	log      *slog.Logger
	lanes    *outbox.Lanes
}

// NewAudience makes the agents' side of news; fault.Config if a part is missing. m may
// be nil: then media are told in words alone.
func NewAudience(s store.Store, push live.Pusher, channels Channels, m *media.Service, now func() time.Time, log *slog.Logger) (*Audience, error) {
	if s == nil || push == nil || channels == nil || now == nil || log == nil {
		return nil, fault.New(fault.Config, "desk.NewAudience", "a part is missing")
	}
	return &Audience{s, push, channels, m, now, log, outbox.NewLanes()}, nil
}

// Tell pushes news to the agents it concerns.
func (a *Audience) Tell(ctx context.Context, n outbox.News) error {
	if n.Lane != "" {
		a.lanes.Changed(n.Lane)
	}
	c, err := n.Now(ctx, a.store)
	if fault.Is(err, fault.NotFound) {
		return nil // somebody types their first word
	}
	if err != nil {
		return err
	}
	if n.Left != "" {
		if err := a.toAgent(ctx, n.Left, conversationFrame{"conversation", a.channels.view(c)}); err != nil {
			return err
		}
	}
	if c.Status != conversation.WithPerson {
		return nil
	}
	return a.tellHolder(ctx, c, n)
}

func (a *Audience) tellHolder(ctx context.Context, c conversation.Conversation, n outbox.News) error {
	holder := c.Ticket.Assignee
	if n.Moved {
		if err := a.toAgent(ctx, holder, conversationFrame{"conversation", a.channels.view(c)}); err != nil {
			return err
		}
	}
	if n.Typing == conversation.Customer {
		return a.toAgent(ctx, holder, typingFrame{"typing", c.ID})
	}
	if n.Seen != (store.Seen{}) {
		if err := a.toAgent(ctx, holder, seenFrame{"seen", c.ID, seenView(n.Seen)}); err != nil {
			return err
		}
	}
	for _, key := range n.Keys {
		m, err := n.Message(ctx, a.store, key)
		if err != nil {
			return err
		}
		view := messageOf(m, channel.View{Language: c.Language, Links: a.media.Links(ctx, m)})
		view.Late = m.Author == conversation.Customer && m.Key < c.LastIn && m.Received.After(c.LastIn.Time())
		if err := a.toAgent(ctx, holder, messageFrame{"message", c.ID, view, limitsOf(c), c.OptedOut()}); err != nil {
			return err
		}
	}
	return nil
}

func (a *Audience) toAgent(ctx context.Context, agent conversation.AgentID, frame any) error {
	return a.push.Push(ctx, agentTopic(agent), frame)
}

// Run shows lines as they move, until ctx ends. pause is the least time between
// two updates.
func (a *Audience) Run(ctx context.Context, pause time.Duration) {
	a.lanes.Run(ctx, pause, func(ctx context.Context, lane conversation.Lane) {
		if err := a.ShowLine(ctx, lane); err != nil {
			a.log.LogAttrs(ctx, slog.LevelWarn, "a line was not shown",
				slog.String("lane", string(lane)), slog.String("error", err.Error()))
		}
	})
}

// ShowLine shows agents a line as it is now. Whoever is not reached is logged and
// sees its next change: a line is not held up for one page.
func (a *Audience) ShowLine(ctx context.Context, lane conversation.Lane) error {
	line, err := lineOf(ctx, a.store, lane, a.now())
	if err != nil {
		return err
	}
	if err := a.push.Push(ctx, laneTopic(lane), lineFrame{"line", line}); err != nil {
		a.log.LogAttrs(ctx, slog.LevelWarn, "a line did not reach every desk", slog.String("lane", string(lane)),
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
	return nil
}
