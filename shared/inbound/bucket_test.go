package inbound

import (
	"fmt"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestARate(t *testing.T) {
	b := newBuckets(Rate{Burst: 3, Every: time.Second})
	want := func(key string, after, wait time.Duration) {
		t.Helper()
		if got := b.take(key, noon.Add(after)); got != wait {
			t.Errorf("%s after %s: waits %s, want %s", key, after, got, wait)
		}
	}
	for range 3 {
		want("a", 0, 0)
	}
	want("a", 0, time.Second)
	want("a", 400*time.Millisecond, 600*time.Millisecond)
	want("b", 400*time.Millisecond, 0) // nobody pays for another
	want("a", time.Second, 0)
	want("a", time.Second, time.Second)
	b.giveBack("a")
	want("a", time.Second, 0)
	want("a", -time.Hour, time.Hour+2*time.Second) // a clock that was put back
	for range 3 {
		want("a", time.Hour, 0) // no more than the burst, however long it was
	}
	want("a", time.Hour, time.Second)
	b.giveBack("nobody")
	want("nobody", time.Hour, 0)
}

func TestNoRateIsNoLimit(t *testing.T) {
	b := newBuckets(Rate{})
	for range 1000 {
		if wait := b.take("a", noon); wait != 0 {
			t.Fatalf("waits %s", wait)
		}
	}
}

// TestBucketsAreBounded, and those that are full go first.
func TestBucketsAreBounded(t *testing.T) {
	b := newBuckets(Rate{Burst: 1, Every: time.Second})
	for i := range 2 * maxBuckets {
		if wait := b.take(fmt.Sprint(i), noon.Add(time.Duration(i)*10*time.Microsecond)); wait != 0 {
			t.Fatalf("the %d. waits %s", i, wait)
		}
	}
	if len(b.full) > maxBuckets {
		t.Errorf("%d are remembered", len(b.full))
	}
	if wait := b.take(fmt.Sprint(2*maxBuckets-1), noon.Add(2*time.Second)); wait == 0 {
		t.Error("the latest was forgotten")
	}
}
