package simulation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/simulation"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func patience(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func never() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestNothingUnderWay(t *testing.T) {
	a := simulation.NewActivity(queuetest.NewClock(start))
	if a.Settled(never()) != nil || a.Rests(never()) != nil {
		t.Error("nothing goes on, and it does not rest")
	}
}

// TestRests: what works is no rest, what sleeps is, and once the clock has come to where it sleeps to it
// is none again, even before it has woken.
func TestRests(t *testing.T) {
	clock := queuetest.NewClock(start)
	a := simulation.NewActivity(clock)
	work, woke := make(chan struct{}), make(chan bool)
	a.Go(func() {
		<-work
		woke <- a.Sleep(time.Minute)
	})
	if err := a.Rests(never()); !errors.Is(err, context.Canceled) {
		t.Errorf("at work, and it rests: %v", err)
	}
	close(work)
	if err := a.Rests(patience(t)); err != nil {
		t.Fatal(err)
	}
	if err := a.Settled(never()); !errors.Is(err, context.Canceled) {
		t.Errorf("asleep, and it is settled: %v", err)
	}
	clock.Advance(59 * time.Second)
	if err := a.Rests(never()); err != nil {
		t.Errorf("a second to go, and it does not rest: %v", err)
	}
	clock.Advance(time.Second)
	if err := a.Rests(never()); !errors.Is(err, context.Canceled) {
		t.Errorf("its time has come, and it rests: %v", err)
	}
	if !<-woke {
		t.Error("a sleep that ended says that it was cut short")
	}
	if err := a.Settled(patience(t)); err != nil {
		t.Error(err)
	}
}

// TestRestIsCounted: two are under way, and one of them rests by its own word.
func TestRestIsCounted(t *testing.T) {
	a := simulation.NewActivity(queuetest.NewClock(start))
	let, resting := make(chan struct{}), make(chan struct{})
	for range 2 {
		a.Go(func() { <-let })
	}
	a.Go(func() {
		defer a.Rest(start.Add(time.Second))()
		close(resting)
		<-let
	})
	<-resting
	if err := a.Rests(never()); !errors.Is(err, context.Canceled) {
		t.Errorf("one of three rests, and all do: %v", err)
	}
	wakes := [2]func(){a.Rest(start.Add(time.Second)), a.Rest(start.Add(time.Second))}
	if err := a.Rests(never()); err != nil {
		t.Errorf("all three rest, and they do not: %v", err)
	}
	wakes[0]()
	if err := a.Rests(never()); !errors.Is(err, context.Canceled) {
		t.Errorf("one woke, and all rest: %v", err)
	}
	wakes[1]()
	close(let)
	if err := a.Rests(patience(t)); err != nil {
		t.Errorf("all have ended: %v", err)
	}
}

func TestCloseWakes(t *testing.T) {
	a := simulation.NewActivity(queuetest.NewClock(start))
	woke := make(chan bool)
	a.Go(func() { woke <- a.Sleep(time.Minute) })
	if err := a.Rests(patience(t)); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if <-woke {
		t.Error("a sleep that was cut short says that it ended")
	}
	<-a.Closed()
	if err := a.Settled(patience(t)); err != nil {
		t.Error(err)
	}
}

// TestAwait: of a timer that runs already, the rest until it fires.
func TestAwait(t *testing.T) {
	clock := queuetest.NewClock(start)
	a := simulation.NewActivity(clock)
	fired, stop := clock.Timer(5 * time.Second)
	defer stop()
	clock.Advance(3 * time.Second)
	woke := make(chan bool)
	a.Go(func() { woke <- a.Await(fired, start.Add(5*time.Second)) })
	if err := a.Rests(patience(t)); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Second)
	if !<-woke {
		t.Error("the timer fired, and it is not said")
	}
}
