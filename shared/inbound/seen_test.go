package inbound_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/store"
)

// sighted is the store of a conversation in which we said something.
type sighted struct {
	blank
	saw []store.Seen
}

func (*sighted) Conversation(_ context.Context, id conversation.ID) (conversation.Conversation, error) {
	return conversation.Conversation{ID: id, Status: conversation.WithBot, LastOut: "5"}, nil
}

func (s *sighted) See(_ context.Context, _ conversation.ID, seen store.Seen) (bool, error) {
	s.saw = append(s.saw, seen)
	return false, nil
}

// TestNobodySeesMoreThanWasSaid: what a client claims ends at the newest message of
// ours, and what it has shown, it has.
func TestNobodySeesMoreThanWasSaid(t *testing.T) {
	for frame, want := range map[string]store.Seen{
		`{"type":"seen","received":"4","read":"3"}`: {Received: "4", Read: "3"},
		`{"type":"seen","received":"4"}`:            {Received: "4"},
		`{"type":"seen","received":"3","read":"4"}`: {Received: "4", Read: "4"},
		`{"type":"seen","received":"9","read":"9"}`: {Received: "5", Read: "5"},
		`{"type":"seen"}`:                           {},
	} {
		kept := &sighted{}
		s, err := serviceWith(0, conversation.IDs{}, kept)
		if err != nil {
			t.Fatal(err)
		}
		audience, err := inbound.NewAudience(kept, pages{}, silent{}, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		frames, err := s.NewVisitors(pages{}, audience, nil).Frame(t.Context(), live.Session{State: []byte(`{}`)}, []byte(frame))
		if err != nil || len(frames) != 0 || len(kept.saw) != 1 || kept.saw[0] != want {
			t.Errorf("%s: %v, %v, %v", frame, kept.saw, frames, err)
		}
	}
}
