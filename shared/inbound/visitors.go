package inbound

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/outbox"
)

// Page is how many messages a client gets at a time.
const Page = 50

// Visitors is the live.Handler of customers who hold a connection: they say
// hello, submit messages, and come back after a drop to what they missed.
type Visitors struct {
	inbound   *Service
	connector channel.Connector
	client    channel.Live
	info      channel.Info
	audience  *Audience
	door      *Door
}

// NewVisitors mounts the connector of an audience. The door is that of its handler.
func (s *Service) NewVisitors(c channel.Connector, a *Audience, d *Door) *Visitors {
	return &Visitors{inbound: s, connector: c, client: a.client, info: c.Info(), audience: a, door: d}
}

// visitor is the state of a connection.
type visitor struct {
	Token        string          `json:"token"`
	Conversation conversation.ID `json:"conversation"`
	Name         string          `json:"name"`
	Also         conversation.ID `json:"also,omitempty"`   // the other one of a customer who was a visitor before; "" for none
	Before       bool            `json:"before,omitempty"` // Conversation is the one they had as a visitor, and Also their own
}

// frameIn is any frame of a customer's; message frames are the connector's to read.
type frameIn struct {
	Type    string           `json:"type"`
	Token   string           `json:"token"`
	Visitor string           `json:"visitor"`
	ID      string           `json:"id"`
	Before  conversation.Key `json:"before"`
	Frame   json.RawMessage  `json:"frame"`
	In      conversation.ID  `json:"-"` // where a caller is who has said hello; "" for hello

	Received conversation.Key `json:"received"`
	Read     conversation.Key `json:"read"`
}

// offerIn is what a frame of the type media offers. Its media type is "mime", as
// "type" is the frame's.
type offerIn struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Type    string `json:"mime"`
	Size    int64  `json:"size"`
	Seconds int    `json:"seconds"`
}

// Open reads {"type":"hello","token":…}, with the "visitor" that somebody was before.
func (v *Visitors) Open(ctx context.Context, first []byte) (live.Session, error) {
	var f frameIn
	if err := json.Unmarshal(first, &f); err != nil || f.Type != "hello" {
		return live.Session{}, fault.New(fault.BadRequest, "inbound.hello", `the first frame is {"type":"hello","token":"…"}`)
	}
	return v.session(ctx, f, v.inbound.o.Now())
}

// Ready sends the newest page and the state.
func (v *Visitors) Ready(ctx context.Context, s live.Session) ([]any, error) {
	who, err := visitorOf(s)
	if err != nil {
		return nil, err
	}
	if err := v.door.takeHello(ctx, who.Conversation, v.inbound.o.Now()); err != nil {
		return nil, err
	}
	seen, err := v.glance(ctx, who, Page)
	if err != nil {
		return nil, err
	}
	return []any{v.ready(ctx, who, seen)}, nil
}

// Frame answers one frame.
func (v *Visitors) Frame(ctx context.Context, s live.Session, frame []byte) ([]any, error) {
	who, err := visitorOf(s)
	if err != nil {
		return nil, err
	}
	var f frameIn
	if err := json.Unmarshal(frame, &f); err != nil {
		return nil, fault.New(fault.BadRequest, "inbound.frame", "a frame is a JSON object with a type")
	}
	if err := v.stays(ctx, who); err != nil {
		return nil, err
	}
	switch f.Type {
	case "message": // has limits of its own, which know an ask
		return v.submit(ctx, who, frame)
	case "again":
		return v.again(ctx, who, f.Frame)
	case "media": // has limits of its own
		return v.offer(ctx, who, frame)
	case "history", "typing", "seen":
		if err := v.door.takeFrame(ctx, who.Conversation, v.inbound.o.Now()); err != nil {
			return nil, err
		}
		return v.answer(ctx, who, f)
	case "ping":
		return []any{pongFrame{"pong", v.inbound.o.Now().UnixMilli()}}, nil
	default:
		return nil, fault.New(fault.BadRequest, "inbound.frame", "types are message, again, media, history, typing, seen and ping")
	}
}

// answer answers what only looks, or is looked at.
func (v *Visitors) answer(ctx context.Context, who visitor, f frameIn) ([]any, error) {
	switch f.Type {
	case "history":
		return v.history(ctx, who, f.Before)
	case "typing":
		return nil, v.typing(ctx, who)
	default:
		return nil, v.seen(ctx, who, f.Received, f.Read)
	}
}

// Alive has nothing to do: a customer's place depends on no connection (promise P4).
func (v *Visitors) Alive(context.Context, live.Session) error { return nil }

// submit takes a message as if a platform had called: the connector checks the
// token again, so a connection cannot outlive its proof.
func (v *Visitors) submit(ctx context.Context, who visitor, frame []byte) ([]any, error) {
	ctx, cancel := context.WithTimeout(ctx, v.info.AckWithin)
	defer cancel()
	request := v.client.Submission(who.Token, bytes.Clone(frame), v.inbound.o.Now())
	receipt, err := receive(ctx, v.connector, request)
	if err != nil {
		return nil, err
	}
	accepted, err := v.door.accept(ctx, v.inbound, v.info, receipt, live.AddressOf(ctx))
	if err != nil {
		return nil, err
	}
	acks := make([]any, len(accepted))
	for i, a := range accepted {
		acks[i] = ackOf(a.Message)
	}
	return acks, nil
}

func ackOf(m conversation.Message) ackFrame {
	return ackFrame{"ack", m.ClientID, m.Key, m.Key.Time().UnixMilli()}
}

// typing is for the agent who holds the conversation; nobody else looks on.
func (v *Visitors) typing(ctx context.Context, who visitor) error {
	c, err := v.inbound.o.Store.Conversation(ctx, who.Conversation)
	if fault.Is(err, fault.NotFound) {
		return nil // it is their first word
	}
	if err != nil {
		return err
	}
	if n := outbox.Of(c); n.Holder != "" {
		n.Typing = conversation.Customer
		v.inbound.o.Outbox.Tell(ctx, n)
	}
	return nil
}

func (v *Visitors) history(ctx context.Context, who visitor, before conversation.Key) ([]any, error) {
	messages, more, err := v.read(ctx, who.Conversation, before, Page)
	if err != nil {
		return nil, err
	}
	lang, err := v.audience.language(ctx, who.Conversation, messages)
	if err != nil {
		return nil, err
	}
	frames, cut := v.audience.page(ctx, lang, messages)
	return []any{pageFrame{"page", frames, more || cut}}, nil
}

// read returns at most so many messages, without those that the customer may not see.
func (v *Visitors) read(ctx context.Context, id conversation.ID, before conversation.Key, most int) (messages []conversation.Message, more bool, err error) {
	messages, err = v.inbound.o.Store.Messages(ctx, id, before, most+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(messages) > most; more {
		messages = messages[1:]
	}
	return slices.DeleteFunc(messages, func(m conversation.Message) bool {
		return m.Private || m.Outcome.Delivery == conversation.NotSent
	}), more, nil
}

func visitorOf(s live.Session) (visitor, error) {
	var who visitor
	err := json.Unmarshal(s.State, &who)
	return who, fault.Wrap(err, fault.Internal, "inbound.session", "")
}

type (
	pageFrame struct {
		Type     string `json:"type"`
		Messages []any  `json:"messages"`
		More     bool   `json:"more"`
	}
	ackFrame struct {
		Type string           `json:"type"`
		ID   string           `json:"id"`
		Key  conversation.Key `json:"key"`
		At   int64            `json:"at"`
	}
	pongFrame struct {
		Type string `json:"type"`
		Now  int64  `json:"now"`
	}
)

var _ live.Handler = (*Visitors)(nil)
