package outbox

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Followed is how many waiting customers at the head of a line are shown their
// position as it changes. Whoever is further back sees it when they ask.
const Followed = 128

// Lanes gathers changes of lines, so that whoever shows a line does it once for
// many changes: at once for the first, then at most every pause.
type Lanes struct {
	mu      sync.Mutex
	changed map[conversation.Lane]bool
	signal  chan struct{}
}

// NewLanes makes a Lanes.
func NewLanes() *Lanes {
	return &Lanes{changed: map[conversation.Lane]bool{}, signal: make(chan struct{}, 1)}
}

// Changed notes a change; it never blocks.
func (l *Lanes) Changed(lane conversation.Lane) {
	l.mu.Lock()
	l.changed[lane] = true
	l.mu.Unlock()
	select {
	case l.signal <- struct{}{}:
	default: // it is signalled already
	}
}

// Tell makes it an Audience that shows lines only.
func (l *Lanes) Tell(_ context.Context, n News) error {
	if n.Lane != "" {
		l.Changed(n.Lane)
	}
	return nil
}

// Run shows changed lanes until ctx ends.
func (l *Lanes) Run(ctx context.Context, pause time.Duration, show func(context.Context, conversation.Lane)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.signal:
		}
		for lane := range l.take() {
			show(ctx, lane)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (l *Lanes) take() map[conversation.Lane]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := maps.Clone(l.changed)
	clear(l.changed)
	return taken
}
