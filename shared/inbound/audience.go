package inbound

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// stateFrame is where a customer stands.
type stateFrame struct {
	Status      conversation.Status   `json:"status"`
	Epoch       int64                 `json:"epoch"` // of the conversation: one with less came too late, whenever it arrives
	Position    int                   `json:"position,omitempty"`
	Exact       bool                  `json:"exact,omitempty"`        // else Position people are ahead,
	About       bool                  `json:"about,omitempty"`        // about so many, or more than so many
	WaitSeconds int64                 `json:"wait_seconds,omitempty"` // absent: no estimate is known
	Agent       string                `json:"agent,omitempty"`        // display name
	Language    conversation.Language `json:"language,omitempty"`
	Ticket      conversation.TicketID `json:"ticket,omitempty"`
}

type statePush struct {
	Type  string     `json:"type"`
	State stateFrame `json:"state"`
}

// typingShown is how long clients show that somebody types.
const typingShown = 6 * time.Second

// Lasts implements live.Passing: that somebody types is in no store.
func (typingPush) Lasts() time.Duration { return typingShown }

type typingPush struct {
	Type   string              `json:"type"`
	Author conversation.Author `json:"author"`
	Name   string              `json:"name,omitempty"`
}

// Audience pushes news to the customers with a connection.
type Audience struct {
	store  store.Store
	client channel.Live
	push   live.Pusher
	media  *media.Service
	log    *slog.Logger
	lanes  *outbox.Lanes
}

// NewAudience makes the customers' side of news for one channel; fault.Config if
// its customers hold no connections. m may be nil: then media are told in words alone.
func NewAudience(s store.Store, c channel.Connector, push live.Pusher, m *media.Service, log *slog.Logger) (*Audience, error) {
	client, ok := c.(channel.Live)
	if !ok || s == nil || push == nil || log == nil {
		return nil, fault.New(fault.Config, "inbound.NewAudience", "this channel has no live clients, or a part is missing")
	}
	return &Audience{store: s, client: client, push: push, media: m, log: log, lanes: outbox.NewLanes()}, nil
}

// Tell pushes news to the customer it is about: a message of theirs to their
// other windows, where they stand, that the agent is typing. Messages to them
// are outbound's matter.
func (a *Audience) Tell(ctx context.Context, n outbox.News) error {
	if n.Lane != "" {
		a.lanes.Changed(n.Lane)
	}
	topic := string(n.Conversation)
	if n.Typing == conversation.Person {
		c, err := a.store.Conversation(ctx, n.Conversation)
		if err != nil {
			return err
		}
		return a.push.Push(ctx, topic, typingPush{"typing", n.Typing, c.Ticket.Name})
	}
	if err := a.echo(ctx, n); err != nil || !n.Moved {
		return err
	}
	state, err := a.state(ctx, n.Conversation)
	if err != nil {
		return err
	}
	return a.push.Push(ctx, topic, statePush{"state", state})
}

type messagePush struct {
	Type    string `json:"type"`
	Message any    `json:"message"`
}

func (a *Audience) echo(ctx context.Context, n outbox.News) error {
	for _, key := range n.Keys {
		if key.Ours() {
			continue
		}
		m, err := n.Message(ctx, a.store, key)
		if err != nil {
			return err
		}
		lang, err := a.language(ctx, n.Conversation, []conversation.Message{m})
		if err != nil {
			return err
		}
		if err := a.push.Push(ctx, string(n.Conversation), messagePush{"message", a.frames(ctx, lang, m)[0]}); err != nil {
			return err
		}
	}
	return nil
}

// language is that of a conversation. It is read only where there are media, which are
// told in words as well.
func (a *Audience) language(ctx context.Context, id conversation.ID, messages []conversation.Message) (conversation.Language, error) {
	if !slices.ContainsFunc(messages, func(m conversation.Message) bool { return len(m.MediaParts()) > 0 }) {
		return "", nil
	}
	c, err := a.store.Conversation(ctx, id)
	return c.Language, err
}

// frames renders messages of one conversation, with links to their media.
func (a *Audience) frames(ctx context.Context, lang conversation.Language, messages ...conversation.Message) []any {
	return a.render(messages, channel.View{Language: lang, Links: a.media.Links(ctx, messages...)})
}

// page is frames as far as they fit one page, and whether older ones did not. Links are
// made for what fits without any: the others would be for nothing.
func (a *Audience) page(ctx context.Context, lang conversation.Language, messages []conversation.Message) (frames []any, cut bool) {
	bare, _ := live.Newest(a.render(messages, channel.View{Language: lang}), live.PageBytes)
	frames, _ = live.Newest(a.frames(ctx, lang, messages[len(messages)-len(bare):]...), live.PageBytes)
	return frames, len(frames) < len(messages)
}

func (a *Audience) render(messages []conversation.Message, view channel.View) []any {
	frames := make([]any, len(messages))
	for i, m := range messages {
		frames[i] = a.client.Frame(m, view)
	}
	return frames
}

// state reads where a customer stands; before the first word, with the bot.
func (a *Audience) state(ctx context.Context, id conversation.ID) (stateFrame, error) {
	c, err := a.store.Conversation(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return stateFrame{Status: conversation.WithBot}, nil
	}
	if err != nil {
		return stateFrame{}, err
	}
	f := stateFrame{Status: c.Status, Epoch: c.Epoch, Language: c.Language}
	switch c.Status {
	case conversation.WithPerson:
		f.Agent, f.Ticket = c.Ticket.Name, c.Ticket.ID
	case conversation.Waiting:
		place, err := a.store.Position(ctx, c.Ticket.Lane, c.Ticket.Rank())
		if err != nil {
			return stateFrame{}, err
		}
		f.Ticket = c.Ticket.ID
		f.stand(place)
	case conversation.WithBot, conversation.Ended:
	}
	return f, nil
}

func (f *stateFrame) stand(p store.Place) {
	f.Position, f.Exact, f.About = p.Ahead, p.Exact, p.About
	if p.Exact {
		f.Position++
	}
	if wait, known := routing.Estimate(p); known {
		f.WaitSeconds = max(int64(wait/time.Second), 1)
	}
}

// Run shows waiting customers their position as the line moves (promise P3),
// until ctx ends. pause is the least time between two updates.
func (a *Audience) Run(ctx context.Context, pause time.Duration) {
	a.lanes.Run(ctx, pause, func(ctx context.Context, lane conversation.Lane) {
		if err := a.ShowLine(ctx, lane); err != nil {
			a.log.LogAttrs(ctx, slog.LevelWarn, "positions were not shown",
				slog.String("lane", string(lane)), slog.String("error", err.Error()))
		}
	})
}

// ShowLine shows the customers at the head of a line where they stand now. Who is taken
// out of it meanwhile has another epoch by then, and their client knows better. Whoever is
// not reached is logged and sees the next change: a line is not held up for one window.
func (a *Audience) ShowLine(ctx context.Context, lane conversation.Lane) error {
	line, err := a.store.Line(ctx, lane, outbox.Followed)
	if err != nil || len(line) == 0 {
		return err
	}
	place, err := a.store.Position(ctx, lane, line[0].Rank)
	if err != nil {
		return err
	}
	for i, w := range line {
		f := stateFrame{Status: conversation.Waiting, Epoch: w.Epoch, Ticket: w.Ticket}
		f.stand(store.Place{Ahead: i, Exact: true, Every: place.Every})
		if err := a.push.Push(ctx, string(w.Conversation), statePush{"state", f}); err != nil {
			a.log.LogAttrs(ctx, slog.LevelWarn, "a position did not reach every window", slog.String("conversation", string(w.Conversation)),
				slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
		}
	}
	return nil
}
