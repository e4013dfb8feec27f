package simulation_test

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/simulation"
)

func TestSpans(t *testing.T) {
	spans := []simulation.Span{{From: start, To: start.Add(time.Minute)}, {From: start.Add(time.Hour), To: start.Add(2 * time.Hour)}}
	for after, want := range map[time.Duration]bool{
		-time.Nanosecond: false, 0: true, time.Minute - 1: true, time.Minute: false, time.Hour - 1: false, time.Hour: true, 2 * time.Hour: false,
	} {
		if got := simulation.Within(spans, start.Add(after)); got != want {
			t.Errorf("after %v: %t", after, got)
		}
	}
	if simulation.Within(nil, start) {
		t.Error("in none of no spans")
	}
}
