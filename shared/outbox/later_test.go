package outbox_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/store"
)

type noStore struct{ store.Store }

// TestADoorbellForLater is due then where the queue can wait, and goes round by a queue that
// holds everything back where it cannot.
func TestADoorbellForLater(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 1, 0, time.UTC)
	for name, holds := range map[string]bool{"by its due time": false, "by another queue": true} {
		t.Run(name, func(t *testing.T) {
			bells, held := &shelf{}, &shelf{}
			o := outbox.Options{
				Store: noStore{}, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: &shelf{}}, Outbound: map[string]queue.Queue{"x": bells},
				MaxText: map[string]int{"x": 1}, Audience: &listener{}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			}
			if holds {
				o.Later = map[string]queue.Queue{"x": held}
			}
			box, err := outbox.New(o)
			err = errors.Join(err, box.DoorbellAt(t.Context(), "x", conv, at))
			if holds && len(held.got) == 1 && len(bells.got) == 0 {
				if got := held.got[0]; got.Group != string(conv) || !got.Due.IsZero() {
					t.Errorf("held back is %+v", got)
				}
				err = errors.Join(err, box.RingOn("x")(t.Context(), held.got[0].Body))
				at = time.Time{}
			}
			if err != nil || len(bells.got) != 1 || bells.got[0].Group != string(conv) || !bells.got[0].Due.Equal(at) {
				t.Errorf("the doorbells are %+v, %v", bells.got, err)
			}
			if err := box.RingOn("x")(t.Context(), []byte("{}")); !fault.Is(err, fault.BadRequest) {
				t.Errorf("no doorbell: %v", err)
			}
		})
	}
}

// TestLanesAreAnAudienceOfLines only.
func TestLanesAreAnAudienceOfLines(t *testing.T) {
	lanes := outbox.NewLanes()
	ctx, cancel := context.WithCancel(t.Context())
	for _, n := range []outbox.News{{Conversation: conv, Moved: true}, {Lane: conversation.Front}} {
		if err := lanes.Tell(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	var shown []conversation.Lane
	lanes.Run(ctx, time.Hour, func(_ context.Context, lane conversation.Lane) {
		shown = append(shown, lane)
		cancel()
	})
	if len(shown) != 1 || shown[0] != conversation.Front {
		t.Errorf("shown are %v", shown)
	}
}
