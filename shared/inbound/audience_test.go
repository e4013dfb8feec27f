package inbound

import (
	"context"
	"log/slog"
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// claimedMeanwhile is a line whose first is claimed while positions are worked out.
type claimedMeanwhile struct {
	*heap
	now   conversation.Conversation
	claim func()
}

func (c *claimedMeanwhile) Line(context.Context, conversation.Lane, int) ([]store.Waiting, error) {
	return []store.Waiting{{Conversation: c.now.ID, Ticket: c.now.Ticket.ID, Epoch: c.now.Epoch}}, nil
}

func (c *claimedMeanwhile) Position(context.Context, conversation.Lane, string) (store.Place, error) {
	c.claim()
	return store.Place{Ahead: 3, Exact: true}, nil
}

func (c *claimedMeanwhile) Conversation(context.Context, conversation.ID) (conversation.Conversation, error) {
	return c.now, nil
}

// window shows the state that its rules leave it with: see web/common/frames.js.
type window struct {
	heard int
	shown stateFrame
}

func (w *window) Push(_ context.Context, _ string, frame any) error {
	if s, ok := frame.(statePush); ok {
		w.heard++
		if s.State.Epoch >= w.shown.Epoch {
			w.shown = s.State
		}
	}
	return nil
}

// TestAPositionComesAfterThePerson: whoever waits is shown their position, and whoever was
// just taken by a person is not left with "waiting, first in line".
func TestAPositionComesAfterThePerson(t *testing.T) {
	waits := conversation.Conversation{ID: "c", Status: conversation.Waiting, Epoch: 2, Ticket: conversation.Ticket{ID: "t"}}
	s, w := &claimedMeanwhile{heap: &heap{}, now: waits, claim: func() {}}, &window{}
	a := &Audience{store: s, client: &guests{}, push: w, log: slog.New(slog.DiscardHandler), lanes: outbox.NewLanes()}
	moved := func() {
		if err := a.Tell(t.Context(), outbox.News{Conversation: "c", Moved: true}); err != nil {
			t.Error(err)
		}
	}
	show := func() {
		if err := a.ShowLine(t.Context(), conversation.Front); err != nil {
			t.Fatal(err)
		}
	}
	moved()
	show()
	if w.heard != 2 || w.shown.Position != 1 {
		t.Errorf("after %d states the window shows %+v", w.heard, w.shown)
	}
	s.claim = func() {
		claimed, err := s.now.Apply(conversation.Event{Kind: conversation.Claimed, Agent: "lin", Name: "小林"})
		if err != nil {
			t.Fatal(err)
		}
		s.now = claimed
		moved()
	}
	show()
	if w.heard != 4 || w.shown.Status != conversation.WithPerson || w.shown.Epoch != 3 {
		t.Errorf("after %d states the window shows %+v", w.heard, w.shown)
	}
}
