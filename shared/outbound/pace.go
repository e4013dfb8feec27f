package outbound

import (
	"context"
	"log/slog"
	"time"

	"github.com/zhida-project/zhida/shared/store"
)

// turn takes the next message's place in the channel's pace. Where others were there
// first, in whichever process, free is when to come again; else it is zero.
func (l *look) turn(ctx context.Context) (free time.Time, err error) {
	pace := l.d.info.Pace
	if pace == 0 {
		return time.Time{}, nil
	}
	now := l.d.o.Now()
	free, err = l.d.o.Store.Turn(ctx, l.place(), now, now.Add(pace))
	if err != nil || !free.After(now) {
		return time.Time{}, err
	}
	return free, nil
}

// place is what the messages to one user, or in one channel of theirs, share a pace by.
func (l *look) place() string {
	to := l.c.Peer
	return store.Scope("message", to.Channel, to.Account, to.User)
}

// slower has others wait too whom the provider would ask to, for a message to the same place.
// It is a courtesy: whoever is not held back by it is by the provider.
func (l *look) slower(ctx context.Context, pause time.Duration) {
	if pace := l.d.info.Pace; pace > 0 && pause > pace {
		now := l.d.o.Now()
		if _, err := l.d.o.Store.Turn(ctx, l.place(), now.Add(pace), now.Add(pause)); err != nil {
			l.d.o.Log.LogAttrs(ctx, slog.LevelInfo, "others are not held back", slog.String("error", err.Error()))
		}
	}
}

// soon is how long a doorbell may be held back: those behind it wait with it.
const soon = 10 * time.Second

// await has the conversation looked at again at a time: by a doorbell, or by the clock, where
// that is long. Should the bell get lost, the work that its messages came with is due anyway.
func (l *look) await(ctx context.Context, free time.Time) error {
	switch {
	case free.IsZero():
		return nil
	case free.Sub(l.d.o.Now()) > soon:
		return l.d.putOff(ctx, l.c.ID, free)
	}
	return l.d.o.Outbox.DoorbellAt(ctx, l.d.info.Name, l.c.ID, free)
}
