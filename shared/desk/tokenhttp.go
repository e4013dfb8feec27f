package desk

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// tokenView is what is shown of a tool's token.
type tokenView struct {
	ID      string                           `json:"id"`
	Agent   conversation.AgentID             `json:"agent"` // as whom the tool acts
	Names   map[conversation.Language]string `json:"name"`
	Scopes  []string                         `json:"scopes"`
	By      conversation.AgentID             `json:"created_by"`
	Created int64                            `json:"created"`
	Expires int64                            `json:"expires"`
}

func viewOfKey(k toolkey.Key) tokenView {
	return tokenView{k.ID, toolID(k.ID), k.Names, k.Scopes, k.By, k.Created.UnixMilli(), k.Expires.UnixMilli()}
}

func (s *Service) postToken(ctx context.Context, agent Agent, r call) (any, error) {
	var n NewTool
	if err := r.read(&n); err != nil {
		return nil, err
	}
	token, key, err := s.NewToken(ctx, agent, n)
	if err != nil {
		return nil, err
	}
	return struct {
		Token string    `json:"token"`
		Tool  tokenView `json:"tool"`
	}{token, viewOfKey(key)}, nil
}

func (s *Service) getTokens(ctx context.Context, _ Agent, _ call) (any, error) {
	keys, err := s.o.Tools.List(ctx)
	tools := make([]tokenView, 0, len(keys))
	for _, k := range keys {
		tools = append(tools, viewOfKey(k))
	}
	return struct {
		Tools []tokenView `json:"tools"`
	}{tools}, err
}

// deleteToken revokes. What the tool holds goes back in line with its lease, which
// it can renew no more.
func (s *Service) deleteToken(ctx context.Context, _ Agent, r call) (any, error) {
	id := r.PathValue("tool")
	if !toolIDShape(id) {
		return nil, fault.New(fault.NotFound, "desk.token", "this is no tool's id")
	}
	return struct{}{}, s.o.Tools.Remove(ctx, id)
}
