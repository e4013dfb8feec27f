package desk

import (
	"context"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
)

// Offer answers with how an agent uploads what a reply will show: see media.Offer. It
// is for the agent who holds the conversation. Errors: NotYours, Closed, NotPossible,
// OptedOut, TemplateOnly, and those of media.
func (s *Service) Offer(ctx context.Context, agent Agent, id conversation.ID, o channel.Offer) (media.Upload, error) {
	c, err := s.toWrite(ctx, agent, id)
	if err != nil {
		return media.Upload{}, err
	}
	o.Peer = c.Peer
	return s.o.Media.Offer(ctx, id, string(agent.ID), o)
}

func (s *Service) postMedia(ctx context.Context, agent Agent, r call) (any, error) {
	id, err := conversationID(r)
	if err != nil {
		return nil, err
	}
	var b struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		Type    string `json:"type"`
		Size    int64  `json:"size"`
		Seconds int    `json:"seconds"`
	}
	if err := r.read(&b); err != nil {
		return nil, err
	}
	if err := checkID(b.ID); err != nil {
		return nil, err
	}
	if b.Seconds < 0 {
		return nil, fault.New(fault.BadRequest, "desk.media", "seconds is how long a sound is, or left out")
	}
	return s.Offer(ctx, agent, id, channel.Offer{ID: b.ID, Name: b.Name, Type: b.Type, Size: b.Size, Seconds: b.Seconds})
}
