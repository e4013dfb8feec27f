package desk

import (
	"context"
	"encoding/json"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/media"
)

// Board is the live.Handler of desk pages: what an agent sees without asking.
// Acts go through the HTTP API.
type Board struct{ desk *Service }

// Board returns the desk's live side.
func (s *Service) Board() *Board { return &Board{s} }

func agentTopic(id conversation.AgentID) string { return "agent:" + string(id) }
func laneTopic(lane conversation.Lane) string   { return "lane:" + string(lane) }

// Open reads {"type":"hello","token":…}.
func (b *Board) Open(ctx context.Context, first []byte) (live.Session, error) {
	var f struct {
		Type  string `json:"type"`
		Token string `json:"token"`
	}
	if err := json.Unmarshal(first, &f); err != nil || f.Type != "hello" {
		return live.Session{}, fault.New(fault.BadRequest, "desk.hello", `the first frame is {"type":"hello","token":"…"}`)
	}
	agent, err := b.desk.who(ctx, f.Token)
	if err != nil {
		return live.Session{}, err
	}
	if err := agent.may(hello); err != nil {
		return live.Session{}, err
	}
	if err := b.desk.arrive(ctx, agent.ID); err != nil {
		return live.Session{}, err
	}
	state, err := json.Marshal(agent)
	if err != nil {
		return live.Session{}, fault.Wrap(err, fault.Internal, "desk.hello", "")
	}
	return live.Session{
		Topics: []string{agentTopic(agent.ID), laneTopic(conversation.Front)}, State: state, Expires: agent.Expires,
	}, nil
}

func agentOf(s live.Session) (Agent, error) {
	var a Agent
	err := json.Unmarshal(s.State, &a)
	return a, fault.Wrap(err, fault.Internal, "desk.session", "")
}

type (
	readyFrame struct {
		Type  string    `json:"type"`
		Now   int64     `json:"now"`
		Agent agentView `json:"agent"`
		Lease int64     `json:"lease_seconds"`
		Ping  int64     `json:"ping_seconds"`
		Line  lineView  `json:"line"`
		Held  []history `json:"held"`

		Media *media.Limits `json:"media,omitempty"` // absent: none are taken
	}
	agentView struct {
		ID    conversation.AgentID             `json:"id"`
		Names map[conversation.Language]string `json:"names"`
	}
	lineFrame struct {
		Type string   `json:"type"`
		Line lineView `json:"line"`
	}
	messageFrame struct {
		Type         string          `json:"type"`
		Conversation conversation.ID `json:"conversation"`
		Message      messageView     `json:"message"`
		Limits       *limitsView     `json:"limits,omitempty"`    // the conversation's, now: messages change them,
		OptedOut     bool            `json:"opted_out,omitempty"` // and this
	}
	conversationFrame struct {
		Type         string           `json:"type"`
		Conversation conversationView `json:"conversation"`
	}
	typingFrame struct {
		Type         string          `json:"type"`
		Conversation conversation.ID `json:"conversation"`
	}
	seenFrame struct {
		Type         string          `json:"type"`
		Conversation conversation.ID `json:"conversation"`
		Seen         seenView        `json:"seen"`
	}
	pongFrame struct {
		Type string `json:"type"`
		Now  int64  `json:"now"`
	}
)

// Ready sends the line and everything the agent holds.
func (b *Board) Ready(ctx context.Context, s live.Session) ([]any, error) {
	agent, err := agentOf(s)
	if err != nil {
		return nil, err
	}
	line, err := b.desk.line(ctx, conversation.Front)
	if err != nil {
		return nil, err
	}
	held, err := b.desk.held(ctx, agent)
	if err != nil {
		return nil, err
	}
	return []any{readyFrame{
		Type: "ready", Now: b.desk.o.Now().UnixMilli(), Agent: agentView{agent.ID, agent.Names},
		Lease: b.desk.leaseSeconds(), Ping: b.desk.pingSeconds(), Line: line, Held: held, Media: b.desk.o.Media.Limits(),
	}}, nil
}

// held returns what an agent holds, with the newest messages of each, for one frame.
func (s *Service) held(ctx context.Context, agent Agent) ([]history, error) {
	tickets, err := s.o.Store.Held(ctx, agent.ID)
	if err != nil {
		return nil, err
	}
	held := make([]leaf, 0, len(tickets))
	for _, t := range tickets {
		l, err := s.leaf(ctx, agent, t.ID.Conversation(), "")
		if fault.Is(err, fault.NotYours) {
			continue // it went out of the agent's hands while we looked
		}
		if err != nil {
			return nil, err
		}
		held = append(held, l)
	}
	// What does not fit into the frame is read by HTTP, as older pages are.
	return s.show(ctx, live.PageBytes/max(len(held), 1), held...), nil
}

// Frame answers a ping; anything else is a BadRequest.
func (b *Board) Frame(ctx context.Context, s live.Session, frame []byte) ([]any, error) {
	var f struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(frame, &f); err != nil || f.Type != "ping" {
		return nil, fault.New(fault.BadRequest, "desk.frame", "after hello, a desk only sends ping; acts go through the HTTP API")
	}
	if err := b.Alive(ctx, s); err != nil {
		return nil, err
	}
	return []any{pongFrame{"pong", b.desk.o.Now().UnixMilli()}}, nil
}

// Alive renews the agent's lease: while the page is open, its agent is there.
// Unauthenticated if the agent is a tool whose token was revoked.
func (b *Board) Alive(ctx context.Context, s live.Session) error {
	agent, err := agentOf(s)
	if err != nil {
		return err
	}
	if err := b.desk.still(ctx, agent); err != nil {
		return err
	}
	return b.desk.Alive(ctx, agent.ID)
}

var _ live.Handler = (*Board)(nil)
