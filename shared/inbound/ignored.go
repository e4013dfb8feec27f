package inbound

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
)

// tally counts the calls that nothing came of, by channel and reason. A line of the log for each
// would be more than all others: they are told together.
type tally struct {
	mu    sync.Mutex
	told  time.Time
	calls map[reason]int
}

type reason struct{ channel, why string }

// everyTally is how often what was counted is told, while there are calls.
const everyTally = time.Minute

// ignored counts a call or a message that nothing comes of.
func (s *Service) ignored(ctx context.Context, channel, why string) {
	now := s.o.Now()
	t := &s.ignoring
	t.mu.Lock()
	if t.calls == nil {
		t.calls = map[reason]int{}
	}
	t.calls[reason{channel, why}]++
	due := now.Sub(t.told) >= everyTally
	var told map[reason]int
	if due {
		told, t.calls, t.told = t.calls, nil, now
	}
	t.mu.Unlock()
	for _, r := range slices.SortedFunc(maps.Keys(told), func(a, b reason) int { return told[b] - told[a] }) {
		s.o.Log.LogAttrs(ctx, slog.LevelInfo, "calls are ignored",
			slog.String("channel", r.channel), slog.String("why", r.why), slog.Int("count", told[r]))
	}
}

// remarkable tells of what a platform says that is not about one customer.
func (s *Service) remarkable(ctx context.Context, channel string, receipt channel.Receipt) {
	if receipt.Dropping {
		s.o.Log.LogAttrs(ctx, slog.LevelWarn, "the platform drops customers' messages: it has too many", slog.String("channel", channel))
	}
	if receipt.Revoked != "" {
		s.o.Log.LogAttrs(ctx, slog.LevelInfo, "an account took its rights back, and is forgotten",
			slog.String("channel", channel), slog.String("account", receipt.Revoked), slog.String("why", receipt.Ignored))
	}
}
