package live

import (
	"context"
	"encoding/json"
	"time"
)

// Passing is a frame that is in no store: it is true when it is pushed, and for a
// while. Everything else that is pushed, a client can read later.
type Passing interface {
	// Lasts is for how long it is worth telling.
	Lasts() time.Duration
}

// Note is a passing frame that was pushed while nobody listened who could hear it.
type Note struct {
	Frame json.RawMessage // nil for none
	Until time.Time
}

// NotesFor is how long passing frames are kept for whoever asks.
const NotesFor = 5 * time.Minute

// Notes keeps the last passing frame pushed to a topic, for clients that ask in place
// of listening. To topics for which nobody asks, keeping costs nothing.
type Notes interface {
	// Note returns the frame that is worth telling by now, and has those of the next
	// minutes kept, up to NotesFor. Errors: Unavailable.
	Note(ctx context.Context, topic string) (Note, error)
}
