package inbound

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/store"
)

// held is the store of a conversation that lin holds, in which we said something, and
// for which one mark is kept.
type held struct {
	*heap
	saw  []store.Seen
	kept store.Seen
}

func (*held) Conversation(_ context.Context, id conversation.ID) (conversation.Conversation, error) {
	return conversation.Conversation{
		ID: id, Peer: conversation.Peer{Channel: "x"}, Status: conversation.WithPerson, LastOut: saidAt(5),
		Ticket: conversation.Ticket{Assignee: "lin"},
	}, nil
}

func (h *held) See(_ context.Context, _ conversation.ID, s store.Seen) (store.Seen, bool, error) {
	h.saw = append(h.saw, s)
	before := h.kept
	h.kept = store.Seen{Received: max(before.Received, s.Received), Read: max(before.Read, s.Read)}
	return h.kept, h.kept != before, nil
}

func saidAt(ms int) conversation.Key {
	return conversation.OwnKey(noon.Add(time.Duration(ms)*time.Millisecond), "reply", 0)
}

// heldBy is the connection of a customer whom lin has.
func heldBy(t *testing.T) (*held, func(frame string) error) {
	t.Helper()
	f := newFlood(t, DoorOptions{})
	s := &held{heap: f.heap}
	f.service.o.Store = s
	v := &Visitors{inbound: f.service, connector: &guests{}, client: &guests{}, audience: &Audience{store: s, log: slog.New(slog.DiscardHandler)}}
	return s, func(frame string) error {
		frames, err := v.Frame(t.Context(), live.Session{State: []byte(`{}`)}, []byte(frame))
		if len(frames) > 0 {
			t.Errorf("%s is answered: %v", frame, frames)
		}
		return err
	}
}

func marks(received, read conversation.Key) string {
	return fmt.Sprintf(`{"type":"seen","received":%q,"read":%q}`, received, read)
}

// TestNobodySeesMoreThanWasSaid: what a client claims ends at the newest message of
// ours, and what it has shown, it has.
func TestNobodySeesMoreThanWasSaid(t *testing.T) {
	for frame, want := range map[string]store.Seen{
		marks(saidAt(4), saidAt(3)): {Received: saidAt(4), Read: saidAt(3)},
		marks(saidAt(4), ""):        {Received: saidAt(4)},
		marks(saidAt(3), saidAt(4)): {Received: saidAt(4), Read: saidAt(4)},
		marks(saidAt(9), saidAt(9)): {Received: saidAt(5), Read: saidAt(5)},
		`{"type":"seen"}`:           {},
	} {
		s, say := heldBy(t)
		if err := say(frame); err != nil || len(s.saw) != 1 || s.saw[0] != want {
			t.Errorf("%s: %v, %v", frame, s.saw, err)
		}
	}
}

// TestMarksOnlyGrowForAgents: of two windows one has read less, and the other has got
// less. What an agent is told is what both have done.
func TestMarksOnlyGrowForAgents(t *testing.T) {
	s, say := heldBy(t)
	for _, frame := range []string{marks(saidAt(3), saidAt(1)), marks(saidAt(2), saidAt(2)), marks(saidAt(2), saidAt(1))} {
		if err := say(frame); err != nil {
			t.Fatal(err)
		}
	}
	want := []store.Seen{{Received: saidAt(3), Read: saidAt(1)}, {Received: saidAt(3), Read: saidAt(2)}}
	if len(s.told) != len(want) || s.told[0].Seen != want[0] || s.told[1].Seen != want[1] {
		t.Errorf("lin is told %+v, want %+v", s.told, want)
	}
}

// TestOnlyKeysAreSeen: whatever else a client says is neither kept nor told.
func TestOnlyKeysAreSeen(t *testing.T) {
	for _, bad := range []conversation.Key{
		conversation.Key("0" + strings.Repeat("<", 30_000)), "0", conversation.InboundKey(noon, "m-1"), saidAt(1) + "0x",
	} {
		for _, frame := range []string{marks(bad, ""), marks("", bad), marks(saidAt(1), bad)} {
			s, say := heldBy(t)
			if err := say(frame); !fault.Is(err, fault.BadRequest) || len(s.saw) > 0 || len(s.told) > 0 {
				t.Errorf("%.60s: kept %.60v, told %d, %v", frame, s.saw, len(s.told), err)
			}
		}
	}
}
