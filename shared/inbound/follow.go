package inbound

import (
	"context"
	"slices"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// placed is a message with the peer whose it is, and with what goes along where it is the first.
func (s *Service) placed(ctx context.Context, in channel.Inbound) (channel.Inbound, error) {
	if in.Else == (conversation.Peer{}) && len(in.First) == 0 {
		return in, nil
	}
	_, err := s.o.Store.Conversation(ctx, s.o.IDs.Of(in.Peer))
	if !fault.Is(err, fault.NotFound) {
		return in, err
	}
	in.Parts = append(slices.Clone(in.Parts), in.First...)
	if in.Else != (conversation.Peer{}) {
		in.Peer = in.Else
	}
	return in, nil
}

// goesOn reports whether there is a conversation that a message follows in. Elsewhere people talk
// among themselves: nothing of it is kept. What somebody did and did not write is news to people only.
func (s *Service) goesOn(ctx context.Context, id conversation.ID, in channel.Inbound) (bool, error) {
	c, err := s.o.Store.Conversation(ctx, id)
	wrote := slices.ContainsFunc(in.Parts, func(p conversation.Part) bool { return p.Kind != conversation.Act })
	switch {
	case fault.Is(err, fault.NotFound):
	case err != nil:
		return false, err
	case c.Peer.User != "" && (wrote || c.Ticket.Open()):
		return true, nil
	}
	s.ignored(ctx, in.Peer.Channel, "follows_nothing")
	return false, nil
}
