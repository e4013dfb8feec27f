package queue

import "time"

// Clock is all that engines and Work know about time. The wall clock is
// SystemClock(time.Now), made by main; tests use queuetest.Clock.
type Clock interface {
	Now() time.Time
	// Timer returns a channel that gets one value once d has passed, and a function
	// that gives the timer up, to be called in any case.
	Timer(d time.Duration) (fired <-chan time.Time, stop func())
}

// SystemClock is the Clock of a process: now for the time, the runtime's timers to wait.
func SystemClock(now func() time.Time) Clock { return systemClock{now} }

type systemClock struct{ now func() time.Time }

func (c systemClock) Now() time.Time { return c.now() }

func (c systemClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}
