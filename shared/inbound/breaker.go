package inbound

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/bot"
	"github.com/zhida-project/zhida/shared/fault"
)

// A bot that fails maxFailures times in a row rests: for so long nobody waits for it,
// and whoever asks is offered a person at once. Then one question tries it.
const (
	maxFailures = 3
	rest        = 30 * time.Second
)

// breaker knows whether a bot rests. It is one program's own: on Lambda, an
// instance's.
type breaker struct {
	now func() time.Time
	log *slog.Logger

	mu       sync.Mutex
	failures int       // in a row
	until    time.Time // when a bot that rests is tried again; zero while it is asked
	trying   bool      // a question is on its way to try it
	era      int       // goes up as the bot begins to rest, and as it ends: what began before tells nothing of now
}

// outcome is what became of a question.
type outcome int

const (
	undone   outcome = iota // this program ended it, or broke: it tells nothing of the bot
	failed                  // it could not be reached, broke, was too busy, or had no answer in time
	answered                // if only to say that there is no answer, or in a way that is refused
)

// do asks, unless the bot rests: then the error is Unavailable. ctx is without the
// bot's patience, so that its end is ours and not the bot's.
func (b *breaker) do(ctx context.Context, ask func() (bot.Answer, error)) (bot.Answer, error) {
	era, err := b.begin(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	became := undone
	defer func() { b.end(ctx, era, became) }()
	answer, err := ask()
	switch {
	case err == nil, fault.Is(err, fault.Config):
		// One question that a bot refuses, or answers wrongly, says nothing of the next one,
		// and was answered at once: nobody has to be spared it.
		became = answered
	case ctx.Err() == nil && (fault.Is(err, fault.Unavailable) || fault.Is(err, fault.DeadlineExceeded)):
		became = failed
	}
	return answer, err
}

func (b *breaker) begin(ctx context.Context) (era int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until.IsZero() {
		return b.era, nil
	}
	left := b.until.Sub(b.now())
	if b.trying || left > 0 && left <= rest { // more is left only where the clock was set back
		return 0, fault.New(fault.Unavailable, "inbound.Turns", "the bot failed again and again, and is not asked for a moment")
	}
	b.trying = true
	b.tell(ctx, "the bot is tried again")
	return b.era, nil
}

func (b *breaker) end(ctx context.Context, era int, became outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if era != b.era {
		return
	}
	tried := b.trying
	b.trying = false
	switch became {
	case undone:
	case answered:
		b.failures = 0
		if tried {
			b.until = time.Time{}
			b.era++
			b.tell(ctx, "the bot answers again")
		}
	case failed:
		b.failures++
		if b.failures >= maxFailures {
			b.until = b.now().Add(rest)
			b.era++
			b.tell(ctx, "the bot is not asked for a while")
		}
	}
}

func (b *breaker) tell(ctx context.Context, what string) {
	b.log.LogAttrs(ctx, slog.LevelWarn, what, slog.Int("failures", b.failures), slog.Time("until", b.until))
}
