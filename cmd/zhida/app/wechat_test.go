package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

// TestWhoWaitsForATokenWaits: by the clock, and no longer than whoever asked.
func TestWhoWaitsForATokenWaits(t *testing.T) {
	clock := queuetest.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	wait := Waiter(clock)
	waited, armed := make(chan error, 1), make(chan struct{})
	go func() { waited <- wait(t.Context(), time.Second) }()
	go func() { clock.AwaitTimers(t.Context(), 1); close(armed) }()
	select {
	case err := <-waited:
		t.Fatalf("it did not wait: %v", err)
	case <-armed:
	}
	clock.Advance(time.Second)
	if err := <-waited; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("who went away: %v", err)
	}
}
