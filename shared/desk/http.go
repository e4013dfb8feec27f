package desk

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
)

// maxBody bounds the body of a desk call, in bytes.
const maxBody = 64 << 10

// endpoint answers one call of a known agent.
type endpoint func(ctx context.Context, agent Agent, r call) (any, error)

// call is a request whose body can be read.
type call struct {
	w http.ResponseWriter
	*http.Request
}

func (r call) read(into any) error { return jsonhttp.Read(r.w, r.Request, maxBody, into) }

func (s *Service) serve(of route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := s.answer(w, r, of)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		jsonhttp.Write(w, http.StatusOK, answer)
	})
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, of route) (any, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	agent, err := s.who(r.Context(), token)
	if err != nil {
		return nil, err
	}
	if err := agent.may(of); err != nil {
		return nil, err
	}
	return of.serve(r.Context(), agent, call{w, r})
}

func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if fault.StatusOf(err) >= http.StatusInternalServerError {
		s.o.Log.LogAttrs(r.Context(), slog.LevelError, "a desk call failed",
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
	jsonhttp.Refuse(w, err)
}

func (s *Service) getLine(ctx context.Context, _ Agent, r call) (any, error) {
	lane := conversation.Lane(r.URL.Query().Get("lane"))
	if lane == "" {
		lane = conversation.Front
	}
	return s.line(ctx, lane)
}

func (s *Service) getHeld(ctx context.Context, agent Agent, _ call) (any, error) {
	held, err := s.held(ctx, agent)
	return struct {
		Held []history `json:"held"`
	}{held}, err
}

// getAgentHeld shows a lead what another agent holds.
func (s *Service) getAgentHeld(ctx context.Context, _ Agent, r call) (any, error) {
	return s.getHeld(ctx, Agent{ID: conversation.AgentID(r.PathValue("agent"))}, r)
}

type claimBody struct {
	Lane conversation.Lane `json:"lane"`
	ID   string            `json:"id"`
}

func (s *Service) postClaim(ctx context.Context, agent Agent, r call) (any, error) {
	b := claimBody{Lane: conversation.Front}
	if err := r.read(&b); err != nil {
		return nil, err
	}
	if err := checkID(b.ID); err != nil {
		return nil, err
	}
	c, err := s.ClaimNext(ctx, agent, b.Lane, b.ID)
	if err != nil {
		return nil, err
	}
	return s.newest(ctx, c)
}

func (s *Service) postClaimTicket(ctx context.Context, agent Agent, r call) (any, error) {
	var b struct {
		ID string `json:"id"`
	}
	if err := r.read(&b); err != nil {
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
	return s.newest(ctx, c)
}

// checkID checks the id under which an agent's tool repeats a call safely.
func checkID(id string) error {
	if len(id) < 1 || len(id) > 64 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		return fault.New(fault.BadRequest, "desk.id", "id has 1 to 64 letters, digits, - and _; repeat a call with the same id")
	}
	return nil
}

func conversationID(r call) (conversation.ID, error) {
	id := conversation.ID(r.PathValue("id"))
	if !id.Valid() {
		return "", fault.New(fault.NotFound, "desk.conversation", "this is no conversation's id")
	}
	return id, nil
}

func (s *Service) getConversation(ctx context.Context, agent Agent, r call) (any, error) {
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	return s.read(ctx, agent, id, conversation.Key(r.URL.Query().Get("before")))
}

func (s *Service) postReply(ctx context.Context, agent Agent, r call) (any, error) {
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	var b struct {
		ID    string             `json:"id"`
		Text  string             `json:"text"`
		Media []string           `json:"media"`
		Link  *conversation.Card `json:"link"`
	}
	if err := r.read(&b); err != nil {
		return nil, err
	}
	if err := checkID(b.ID); err != nil {
		return nil, err
	}
	done, err := s.say(ctx, agent, id, saying{b.ID, b.Text, b.Media, b.Link})
	if err != nil {
		return nil, err
	}
	said := done.Messages[0]
	return struct {
		Message messageView `json:"message"`
	}{messageOf(said, channel.View{Language: done.Conversation.Language, Links: s.o.Media.Links(ctx, said)})}, nil
}

func (s *Service) postTyping(ctx context.Context, agent Agent, r call) (any, error) {
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.Typing(ctx, agent, id)
}

// standing is the answer of whatever changes a conversation.
type standing struct {
	Conversation conversationView `json:"conversation"`
}

// end serves an act that ends the agent's part: it says what was read.
func (s *Service) end(act func(context.Context, Agent, conversation.ID, time.Time) (conversation.Conversation, error)) endpoint {
	return func(ctx context.Context, agent Agent, r call) (any, error) {
		id, err := conversationID(r)
		if err != nil {
			return nil, err
		}
		var b struct {
			Seen int64 `json:"seen"`
		}
		if err := r.read(&b); err != nil {
			return nil, err
		}
		if b.Seen <= 0 {
			return nil, fault.New(fault.BadRequest, "desk.end", "seen is the greatest received of the customer's messages that the agent has read")
		}
		c, err := act(ctx, agent, id, time.UnixMilli(b.Seen))
		return standing{s.o.Channels.view(c)}, err
	}
}

func (s *Service) postReturnToLine(ctx context.Context, agent Agent, r call) (any, error) {
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	if err := r.read(&struct{}{}); err != nil {
		return nil, err
	}
	c, err := s.ReturnToLine(ctx, agent, id)
	return standing{s.o.Channels.view(c)}, err
}

func (s *Service) postHeartbeat(ctx context.Context, agent Agent, _ call) (any, error) {
	return struct {
		Lease int64 `json:"lease_seconds"`
	}{s.leaseSeconds()}, s.Alive(ctx, agent.ID)
}

func (s *Service) postLogout(ctx context.Context, agent Agent, _ call) (any, error) {
	return struct{}{}, s.Leave(ctx, agent.ID)
}
