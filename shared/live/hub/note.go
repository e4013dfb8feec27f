package hub

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/live"
)

// noted is a topic that clients without a connection ask for.
type noted struct {
	last  live.Note
	until time.Time // nobody asks any more
}

var _ live.Notes = (*Hub)(nil)

// Note implements live.Notes.
func (h *Hub) Note(_ context.Context, topic string) (live.Note, error) {
	now := h.now()
	h.notesMu.Lock()
	defer h.notesMu.Unlock()
	n, there := h.notes[topic]
	if !there {
		for other, n := range h.notes {
			if !now.Before(n.until) {
				delete(h.notes, other)
			}
		}
		n = &noted{}
		h.notes[topic] = n
	}
	n.until = now.Add(live.NotesFor)
	if !now.Before(n.last.Until) {
		return live.Note{}, nil
	}
	return n.last, nil
}

// keep keeps a passing frame where somebody asks for it.
func (h *Hub) keep(topic string, frame any) error {
	passing, ok := frame.(live.Passing)
	if !ok {
		return nil
	}
	now := h.now()
	h.notesMu.Lock()
	defer h.notesMu.Unlock()
	n, there := h.notes[topic]
	if !there || !now.Before(n.until) {
		return nil
	}
	data, err := live.Encode(frame)
	n.last = live.Note{Frame: data, Until: now.Add(passing.Lasts())}
	return err
}
