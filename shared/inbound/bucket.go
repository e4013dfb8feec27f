package inbound

import (
	"sync"
	"time"
)

// Rate is how often somebody may do something: Burst times at once, and once more after
// each Every. No Burst is no limit.
type Rate struct {
	Burst int
	Every time.Duration
}

// kilobytes is a rate of megabytes by the kilobyte: a small file is not a whole megabyte.
func (r Rate) kilobytes() Rate { return Rate{r.Burst << 10, r.Every >> 10} }

// maxBuckets is how many customers, or addresses, are remembered. Beyond that some are
// forgotten, as if they had kept still.
const maxBuckets = 100_000

// buckets hold one rate for each of many keys. What is kept of one is only when it will
// be full again (the generic cell rate algorithm, ITU-T I.371): who kept still is no
// entry. It is safe for concurrent use.
type buckets struct {
	rate Rate

	mu   sync.Mutex
	full map[string]time.Time
}

func newBuckets(r Rate) *buckets { return &buckets{rate: r, full: map[string]time.Time{}} }

// take takes once of what a key has left, or says how long it is until it has.
func (b *buckets) take(key string, now time.Time) (wait time.Duration) { return b.takeAll(key, 1, now) }

// takeAll takes n times at once, which is no more than Burst.
func (b *buckets) takeAll(key string, n int, now time.Time) (wait time.Duration) {
	if b.rate.Burst <= 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	full, known := b.full[key]
	if !known {
		b.makeRoom(now)
	}
	if full.Before(now) {
		full = now
	}
	full = full.Add(time.Duration(n) * b.rate.Every)
	if wait = full.Sub(now) - time.Duration(b.rate.Burst)*b.rate.Every; wait > 0 {
		return wait
	}
	b.full[key] = full
	return 0
}

// giveBack undoes a take.
func (b *buckets) giveBack(key string) { b.giveBackAll(key, 1) }

func (b *buckets) giveBackAll(key string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if full, known := b.full[key]; known {
		b.full[key] = full.Add(-time.Duration(n) * b.rate.Every)
	}
}

// makeRoom forgets one or some where there are too many: of the next few those that are
// full, or else one that is not.
func (b *buckets) makeRoom(now time.Time) {
	if len(b.full) < maxBuckets {
		return
	}
	const few = 8
	left := few
	for key, full := range b.full {
		if left--; left == 0 || !full.After(now) {
			delete(b.full, key)
		}
		if left == 0 {
			return
		}
	}
}
