package inbound

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/live"
)

// Calls are a customer's connection made of HTTP calls, for networks that let no
// WebSocket through: each call carries one frame, and is answered with the frames
// that a connection would have heard.
//
//	POST, Authorization: Bearer <token>, Content-Type: application/json
//	{"type":"hello"}
//	{"frames":[{"type":"ready",…}]}
//
// One frame is of calls alone: {"type":"poll","mark":…} asks for what a connection
// would be pushed. Nothing is kept between two calls but what is passing
// (live.Notes), and the token is checked at each of them.
type Calls struct {
	visitors *Visitors
	notes    live.Notes
}

// NewCalls answers by calls what v answers on connections.
func NewCalls(v *Visitors, n live.Notes) *Calls { return &Calls{v, n} }

type heard struct {
	Frames []any `json:"frames"`
}

// calledFrame is what a call reads of its frame. Whoever was a visitor before says so
// in every call, and in which conversation ready has put them:
// {"type":"as","visitor":…,"conversation":…,"frame":{…}}.
type calledFrame struct {
	Type         string          `json:"type"`
	Mark         string          `json:"mark"`
	Visitor      string          `json:"visitor"`
	Conversation conversation.ID `json:"conversation"`
	Frame        json.RawMessage `json:"frame"`
}

type passingFrame struct {
	Type  string          `json:"type"`
	Until int64           `json:"until"` // the same until is the same frame, told again
	Frame json.RawMessage `json:"frame"`
}

// ServeHTTP implements http.Handler. Errors, beside those of the frames: WrongMethod,
// Unsupported, TooLarge for a frame over live.MaxFrame, BadRequest, Unauthenticated.
func (c *Calls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := deadline(r.Context(), c.visitors.info.AckWithin)
	defer cancel()
	goesOn, err := c.visitors.door.admit(w, r)
	if err == nil && !goesOn {
		return
	}
	var frames []any
	if err == nil {
		from, _, _ := net.SplitHostPort(r.RemoteAddr) // where it is none, nobody is known
		frames, err = c.answer(live.WithAddress(ctx, from), w, r)
	}
	if err != nil {
		c.visitors.inbound.refused(ctx, w, c.visitors.info.Name, err, slog.LevelInfo)
		return
	}
	jsonhttp.Write(w, http.StatusOK, heard{append([]any{}, frames...)})
}

func (c *Calls) answer(ctx context.Context, w http.ResponseWriter, r *http.Request) ([]any, error) {
	if r.Method != http.MethodPost {
		return nil, fault.New(fault.WrongMethod, "inbound.call", "POST one frame")
	}
	frame, err := jsonhttp.Body(w, r, live.MaxFrame)
	if err != nil {
		return nil, err
	}
	var f calledFrame
	unread := json.Unmarshal(frame, &f)
	said := frameIn{Visitor: f.Visitor, In: f.Conversation}
	if f.Type == "as" {
		frame, f = f.Frame, calledFrame{}
		unread = cmp.Or(unread, json.Unmarshal(frame, &f))
	}
	session, err := c.open(ctx, r.Header, said)
	if err != nil {
		return nil, err
	}
	if !channel.IsJSON(r.Header) {
		return nil, fault.New(fault.Unsupported, "inbound.call", "send application/json in UTF-8")
	}
	if unread != nil {
		return nil, fault.New(fault.BadRequest, "inbound.call", "the body is one frame: a JSON object with a type")
	}
	switch f.Type {
	case "hello":
		return c.visitors.Ready(ctx, session)
	case "poll":
		return c.poll(ctx, session, f.Mark)
	default:
		return c.visitors.Frame(ctx, session, frame)
	}
}

// poll answers whether anything is new since the mark that the client has: with a pong
// if nothing is, else as if it had connected again. What is new is not told by keys: a
// message may come in before others that the client has. What is passing comes first,
// since a message ends that its author types.
func (c *Calls) poll(ctx context.Context, s live.Session, mark string) (frames []any, err error) {
	who, err := visitorOf(s)
	if err != nil {
		return nil, err
	}
	if err := c.visitors.door.takeFrame(ctx, who.Conversation, c.visitors.inbound.o.Now()); err != nil {
		return nil, err
	}
	note, err := c.notes.Note(ctx, string(who.Conversation))
	if err != nil {
		return nil, err
	}
	if note.Frame != nil {
		frames = append(frames, passingFrame{"passing", note.Until.UnixMilli(), note.Frame})
	}
	seen, err := c.visitors.glance(ctx, who, pollPage)
	if err != nil {
		return nil, err
	}
	if seen.mark == mark {
		if who.Before && !withPeople(seen.state.Status) {
			return nil, helloAgain("inbound.poll") // as on a connection, once the last word is heard
		}
		return append(frames, pongFrame{"pong", c.visitors.inbound.o.Now().UnixMilli()}), nil
	}
	return append(frames, c.visitors.ready(ctx, who, seen)), nil
}

// open learns who calls, beside what they said of themselves.
func (c *Calls) open(ctx context.Context, h http.Header, said frameIn) (live.Session, error) {
	if said.Token = channel.Bearer(h); said.Token == "" {
		return live.Session{}, fault.New(fault.Unauthenticated, "inbound.call", "send Authorization: Bearer and the customer's token")
	}
	return c.visitors.session(ctx, said, c.visitors.inbound.o.Now())
}

var _ http.Handler = (*Calls)(nil)
