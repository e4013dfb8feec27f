package app

import (
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// shards is how many worlds run side by side.
const shards = 4

// point is one way to go wrong.
type point struct {
	mode mode
	at   int
	lazy bool // customers' clients submit again only after something else has happened
}

// TestCrashPoints lets every single call of a whole story go wrong, in every
// way, and then lets time pass: no acknowledged message is lost, doubled or out
// of order, and every stored ask is a ticket.
//
// Where a call only reads, a lost reply is a failure, and dying after it is
// dying after the write before it; so those are tried for writes only.
//
// A story is played by one goroutine, in which the race detector finds nothing,
// at ten times the cost: under it, a child without it tries all points, and few
// are tried here.
func TestCrashPoints(t *testing.T) {
	step := 1
	switch {
	case testing.Short():
		step = 37
	case raceDetector:
		step = 37
		t.Run("all", withoutRaceDetector)
	}
	crashes(t, openCrashFile, step)
}

// crashes lets every step-th call of the story go wrong, on the engines that open makes.
func crashes(t *testing.T, open func(*testing.T) crashFile, step int) {
	t.Helper()
	calls := unharmedCalls(t, open)
	all := tally{tried: map[mode]int{}}
	t.Run("points", func(t *testing.T) {
		for shard := range shards {
			t.Run(fmt.Sprint(shard), func(t *testing.T) {
				t.Parallel()
				s := series{t: t, open: open, file: open(t), all: &all}
				for i := shard * step; i < len(calls) && s.file.failures < maxFailures; i += shards * step {
					s.call(i+1, calls[i])
				}
			})
		}
	})
	for _, m := range slices.Sorted(maps.Keys(all.tried)) {
		t.Logf("%5d points  %s", all.tried[m], m)
	}
	t.Logf("%5d of them again with clients that submit late, over %d calls of one story", all.lazy, len(calls))
}

// withoutRaceDetector runs the whole test in a child.
func withoutRaceDetector(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-run", "^TestCrashPoints$", ".").CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "_test.go:") {
			t.Log(strings.TrimSpace(line))
		}
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// maxFailures is how many failures of a shard are enough to read.
const maxFailures = 5

// tally counts what was tried.
type tally struct {
	mu    sync.Mutex
	tried map[mode]int
	lazy  int
}

// series is the points that one shard tries.
type series struct {
	t    *testing.T
	open func(*testing.T) crashFile
	file crashFile
	all  *tally
}

// call tries everything that can go wrong at one call. What would be the same
// story once more is left out: a late client where no submission failed, and an
// answer that got out where nobody waited for one.
func (s *series) call(at int, c call) {
	s.t.Helper()
	s.both(point{mode: failsBefore, at: at}, c)
	if !c.writes {
		return
	}
	s.both(point{mode: replyLost, at: at}, c)
	if w := s.both(point{mode: diesSilent, at: at}, c); w.unanswered > 0 {
		s.try(point{mode: diesAnswered, at: at}, c)
	}
}

func (s *series) both(p point, c call) *world {
	s.t.Helper()
	w := s.try(p, c)
	if w.refused > 0 {
		p.lazy = true
		s.try(p, c)
	}
	return w
}

// try plays the story with one thing going wrong.
func (s *series) try(p point, c call) *world {
	s.t.Helper()
	s.file.runs++
	w := newWorld(s.t, s.file, p, fmt.Sprintf("run %d", s.file.runs))
	w.play()
	w.check()
	if first := w.injected; first.hit != c.op {
		w.errorf("the story changed: call %d was %s and is %q", p.at, c.op, first.hit)
	}
	w.clear()
	if w.failed {
		failures := s.file.failures + 1
		s.file = s.open(s.t) // what is left over would disturb the next
		s.file.failures = failures
	}
	s.all.mu.Lock()
	defer s.all.mu.Unlock()
	s.all.tried[p.mode]++
	if p.lazy {
		s.all.lazy++
	}
	return w
}

// unharmedCalls plays the story with nothing going wrong.
func unharmedCalls(t *testing.T, open func(*testing.T) crashFile) []call {
	t.Helper()
	w := newWorld(t, open(t), point{mode: unharmed}, "unharmed")
	w.play()
	w.check()
	return w.in.made
}
