package outbox

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Lanes gathers changes of lines, so that whoever shows a line does it once for
// many changes: at once for the first, then at most every pause.
type Lanes struct{ changed chan conversation.Lane }

// NewLanes makes a Lanes.
func NewLanes() *Lanes { return &Lanes{changed: make(chan conversation.Lane, 64)} }

// Changed notes a change; it never blocks. Where many are noted already, one of
// them is yet to be shown, and that is enough.
func (l *Lanes) Changed(lane conversation.Lane) {
	select {
	case l.changed <- lane:
	default:
	}
}

// Run shows changed lanes until ctx ends.
func (l *Lanes) Run(ctx context.Context, pause time.Duration, show func(context.Context, conversation.Lane)) {
	for {
		select {
		case <-ctx.Done():
			return
		case lane := <-l.changed:
			for other := range l.others(lane) {
				show(ctx, other)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// others drains what is noted into a set that has the first lane.
func (l *Lanes) others(first conversation.Lane) map[conversation.Lane]bool {
	set := map[conversation.Lane]bool{first: true}
	for {
		select {
		case lane := <-l.changed:
			set[lane] = true
		default:
			return set
		}
	}
}
