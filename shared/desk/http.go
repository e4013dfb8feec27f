package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
)

// maxBody bounds the body of a desk call, in bytes.
const maxBody = 64 << 10

// Handler is the desk API, version 1, below /desk/v1/.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	routes := map[string]endpoint{
		"GET /desk/v1/line":                               s.getLine,
		"GET /desk/v1/held":                               s.getHeld,
		"POST /desk/v1/claim":                             s.postClaim,
		"POST /desk/v1/tickets/{ticket}/claim":            s.postClaimTicket,
		"GET /desk/v1/conversations/{id}":                 s.getConversation,
		"POST /desk/v1/conversations/{id}/replies":        s.postReply,
		"POST /desk/v1/conversations/{id}/typing":         s.postTyping,
		"POST /desk/v1/conversations/{id}/resolve":        s.handOver(s.Resolve),
		"POST /desk/v1/conversations/{id}/return-to-bot":  s.handOver(s.ReturnToBot),
		"POST /desk/v1/conversations/{id}/return-to-line": s.handOver(s.ReturnToLine),
		"POST /desk/v1/heartbeat":                         s.postHeartbeat,
		"POST /desk/v1/logout":                            s.postLogout,
	}
	for pattern, e := range routes {
		mux.Handle(pattern, s.serve(e))
	}
	mux.Handle("/", s.serve(unknown))
	return s.methods(mux)
}

// endpoint answers one call of a known agent.
type endpoint func(ctx context.Context, agent Agent, r *http.Request) (any, error)

func (s *Service) serve(e endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		answer, err := s.answer(r, e)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		write(w, http.StatusOK, answer)
	})
}

func (s *Service) answer(r *http.Request, e endpoint) (any, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return nil, fault.New(fault.Unauthenticated, "desk.http", "send Authorization: Bearer <token>")
	}
	agent, err := s.o.Auth.Agent(r.Context(), token, s.o.Now())
	if err != nil {
		return nil, err
	}
	return e(r.Context(), agent, r)
}

// methods tells a wrong method from a wrong address.
func (s *Service) methods(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "/" {
			other := r.Clone(r.Context())
			other.Method = map[string]string{http.MethodGet: http.MethodPost}[r.Method]
			if other.Method == "" {
				other.Method = http.MethodGet
			}
			if _, pattern := mux.Handler(other); pattern != "/" {
				s.refuse(w, r, fault.New(fault.WrongMethod, "desk.http", "use "+other.Method))
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

func unknown(context.Context, Agent, *http.Request) (any, error) {
	return nil, fault.New(fault.NotFound, "desk.http", "the desk API has no such address")
}

func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := fault.StatusOf(err)
	if status >= http.StatusInternalServerError {
		s.o.Log.LogAttrs(r.Context(), slog.LevelError, "a desk call failed",
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
	write(w, status, struct {
		Error fault.Public `json:"error"`
	}{fault.PublicOf(err)})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that hung up asks again
}

// read decodes a body strictly: what is misspelt must not be ignored.
func read(r *http.Request, into any) error {
	if t := r.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/json") {
		return fault.New(fault.Unsupported, "desk.read", "send Content-Type: application/json")
	}
	body, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.New(fault.TooLarge, "desk.read", "a desk call has at most 64 KiB")
	case err != nil:
		return fault.New(fault.BadRequest, "desk.read", "the body ended early")
	case !utf8.Valid(body):
		return fault.New(fault.BadRequest, "desk.read", "the body is not valid UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil || d.More() {
		return fault.New(fault.BadRequest, "desk.read", "the body is not the documented JSON object")
	}
	return nil
}

func (s *Service) getLine(ctx context.Context, _ Agent, r *http.Request) (any, error) {
	lane := conversation.Lane(r.URL.Query().Get("lane"))
	if lane == "" {
		lane = conversation.Front
	}
	return s.Line(ctx, lane)
}

func (s *Service) getHeld(ctx context.Context, agent Agent, _ *http.Request) (any, error) {
	held, err := s.Held(ctx, agent)
	return struct {
		Held []history `json:"held"`
	}{held}, err
}

type claimBody struct {
	Lane conversation.Lane `json:"lane"`
	ID   string            `json:"id"`
}

func (s *Service) postClaim(ctx context.Context, agent Agent, r *http.Request) (any, error) {
	b := claimBody{Lane: conversation.Front}
	if err := read(r, &b); err != nil {
		return nil, err
	}
	if err := checkID(b.ID); err != nil {
		return nil, err
	}
	c, err := s.ClaimNext(ctx, agent, b.Lane, b.ID)
	if err != nil {
		return nil, err
	}
	return s.history(ctx, c, "")
}

func (s *Service) postClaimTicket(ctx context.Context, agent Agent, r *http.Request) (any, error) {
	var b struct {
		ID string `json:"id"`
	}
	if err := read(r, &b); err != nil {
		return nil, err
	}
	if err := checkID(b.ID); err != nil {
		return nil, err
	}
	ticket := conversation.TicketID(r.PathValue("ticket"))
	if ticket.Conversation() == "" {
		return nil, fault.New(fault.NotFound, "desk.claim", "this is no ticket's id")
	}
	c, err := s.ClaimTicket(ctx, agent, ticket, b.ID)
	if err != nil {
		return nil, err
	}
	return s.history(ctx, c, "")
}

// checkID checks the id under which an agent's tool repeats a call safely.
func checkID(id string) error {
	if len(id) < 1 || len(id) > 64 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		return fault.New(fault.BadRequest, "desk.id", "id has 1 to 64 letters, digits, - and _; repeat a call with the same id")
	}
	return nil
}

func conversationID(r *http.Request) (conversation.ID, error) {
	id := conversation.ID(r.PathValue("id"))
	if !id.Valid() {
		return "", fault.New(fault.NotFound, "desk.conversation", "this is no conversation's id")
	}
	return id, nil
}

func (s *Service) getConversation(ctx context.Context, agent Agent, r *http.Request) (any, error) {
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	return s.History(ctx, agent, id, conversation.Key(r.URL.Query().Get("before")))
}

func (s *Service) postReply(ctx context.Context, agent Agent, r *http.Request) (any, error) {
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	var b struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	}
	if err := read(r, &b); err != nil {
		return nil, err
	}
	if err := checkID(b.ID); err != nil {
		return nil, err
	}
	m, err := s.Reply(ctx, agent, id, b.ID, b.Text)
	if err != nil {
		return nil, err
	}
	return struct {
		Message messageView `json:"message"`
	}{messageOf(m)}, nil
}

func (s *Service) postTyping(ctx context.Context, agent Agent, r *http.Request) (any, error) {
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	c, err := s.o.Store.Conversation(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := yours(c, agent.ID); err != nil {
		return nil, err
	}
	s.o.Outbox.Tell(ctx, outbox.News{Conversation: id, Typing: conversation.Person})
	return struct{}{}, nil
}

func (s *Service) handOver(act func(context.Context, Agent, conversation.ID) (conversation.Conversation, error)) endpoint {
	return func(ctx context.Context, agent Agent, r *http.Request) (any, error) {
		id, err := conversationID(r)
		if err != nil {
			return nil, err
		}
		if err := read(r, &struct{}{}); err != nil {
			return nil, err
		}
		c, err := act(ctx, agent, id)
		if err != nil {
			return nil, err
		}
		return struct {
			Conversation conversationView `json:"conversation"`
		}{viewOf(c)}, nil
	}
}

func (s *Service) postHeartbeat(ctx context.Context, agent Agent, _ *http.Request) (any, error) {
	return struct {
		Lease int64 `json:"lease_seconds"`
	}{s.leaseSeconds()}, s.Alive(ctx, agent.ID)
}

func (s *Service) postLogout(ctx context.Context, agent Agent, _ *http.Request) (any, error) {
	return struct{}{}, s.Leave(ctx, agent.ID)
}
