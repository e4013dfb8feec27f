package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/outbox"
)

// people are the simulated customers of the demo. They come in by the same door
// as everybody else: a token, a frame, the connector.
type people struct {
	app   *App
	heard chan outbox.News
	known map[conversation.ID]person
}

type person struct {
	user, name, ask, thanks string
	ago                     time.Duration // how long before the start they asked
}

var persons = []person{
	{"demo-zhou", "周阿姨", "我的退款三天没到账了，找个真人帮我看看", "好的，谢谢你，总算有人理我了", 95 * time.Second},
	{"demo-sam", "Sam", "Hi, my parcel says delivered but it is not here. Can I talk to a real person?", "Great, thanks for sorting it out!", 40 * time.Second},
}

func newPeople(a *App) *people {
	return &people{app: a, heard: make(chan outbox.News, 64), known: map[conversation.ID]person{}}
}

// Tell hears news; what is too much for a simulation is dropped.
func (p *people) Tell(_ context.Context, n outbox.News) error {
	select {
	case p.heard <- n:
	default:
	}
	return nil
}

// Run lets them ask, unless they have before, and thank for the first answer.
func (p *people) Run(ctx context.Context) {
	for _, who := range persons {
		if err := p.arrive(ctx, who); err != nil {
			p.log(ctx, err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-p.heard:
			if err := p.hear(ctx, n); err != nil {
				p.log(ctx, err)
			}
		}
	}
}

func (p *people) log(ctx context.Context, err error) {
	if ctx.Err() == nil {
		p.app.o.Log.LogAttrs(ctx, slog.LevelWarn, "a simulated customer failed", slog.String("error", err.Error()))
	}
}

func (p *people) arrive(ctx context.Context, who person) error {
	token, err := p.app.vouch(who.user, who.name)
	if err != nil {
		return err
	}
	id, err := p.app.conversationOf(ctx, token)
	if err != nil {
		return err
	}
	said, err := p.app.engines.Store.Messages(ctx, id, "", inbound.Page)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(said, func(m conversation.Message) bool { return m.ClientID == "thanks" }) {
		p.known[id] = who
	}
	if len(said) > 0 {
		return nil
	}
	return p.write(ctx, token, "ask", who.ask, p.app.o.Clock.Now().Add(-who.ago))
}

// readingTime is how long a simulated customer takes to answer.
const readingTime = 1500 * time.Millisecond

func (p *people) hear(ctx context.Context, n outbox.News) error {
	who, known := p.known[n.Conversation]
	if !known {
		return nil
	}
	for _, key := range n.Keys {
		m, err := p.app.engines.Store.Message(ctx, n.Conversation, key)
		if err != nil {
			return err
		}
		if m.Author != conversation.Person {
			continue
		}
		token, err := p.app.vouch(who.user, who.name)
		if err != nil {
			return err
		}
		fired, stop := p.app.o.Clock.Timer(readingTime)
		select {
		case <-ctx.Done():
			stop()
			return ctx.Err()
		case <-fired:
		}
		delete(p.known, n.Conversation) // once is polite
		return p.write(ctx, token, "thanks", who.thanks, p.app.o.Clock.Now())
	}
	return nil
}

func (p *people) write(ctx context.Context, token, id, text string, at time.Time) error {
	now := p.app.o.Clock.Now()
	frame, err := json.Marshal(map[string]any{"type": "message", "id": id, "at": at.UnixMilli(), "text": text})
	if err != nil {
		return fault.Wrap(err, fault.Internal, "people.write", "")
	}
	receipt, err := p.app.inapp.Receive(ctx, p.app.inapp.Submission(token, frame, now))
	if err != nil {
		return err
	}
	_, err = p.app.inbound.Accept(ctx, p.app.inapp.Info(), receipt)
	return err
}
