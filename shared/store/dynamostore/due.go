package dynamostore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/store"
)

// Due is part of store.Store. Each shard shows its earliest; what it shows is read
// again, and left out where it was settled or moved meanwhile. What a Receive that
// was cut off left undone is done, so that whoever takes up its mark finds the
// conversation.
func (s *Store) Due(ctx context.Context, now time.Time, limit int) ([]store.Work, error) {
	if limit <= 0 {
		return nil, nil
	}
	shown, err := s.shown(ctx, now, limit)
	if err != nil {
		return nil, failed("Due", err)
	}
	var work []store.Work
	for len(shown) > 0 && len(work) < limit {
		some := shown[:min(len(shown), limit-len(work))]
		shown = shown[len(some):]
		found, err := s.read(ctx, some)
		if err != nil {
			return nil, failed("Due", err)
		}
		if err := s.complete(ctx, found); err != nil {
			return nil, failed("Due", err)
		}
		work = append(work, unmoved(some, found)...)
	}
	return work, nil
}

// shown returns what the index shows as due, the earliest first. It ends where a
// shard that has more to show might come next.
func (s *Store) shown(ctx context.Context, now time.Time, limit int) ([]item, error) {
	const all = shards + 1
	var parts [all][]item
	var more [all]bool
	var errs [all]error
	var asked sync.WaitGroup
	for n := range all {
		asked.Go(func() {
			shard := leases
			if n < shards {
				shard = fmt.Sprint(n)
			}
			q := within(workIndex, workShard, shard, workDue, number(math.MinInt64), number(now.UnixMilli()))
			parts[n], more[n], errs[n] = s.find(ctx, q, limit)
		})
	}
	asked.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	end := int64(math.MaxInt64)
	for n, part := range parts {
		if more[n] {
			end = min(end, part[len(part)-1].int(workDue))
		}
	}
	shown := slices.DeleteFunc(slices.Concat(parts[:]...), func(i item) bool { return i.int(workDue) > end })
	slices.SortStableFunc(shown, func(a, b item) int { return cmp.Compare(a.int(workDue), b.int(workDue)) })
	return shown, nil
}

// unmoved returns the work that is still due when the index says.
func unmoved(shown, found []item) []store.Work {
	at := make(map[key]int64, len(shown))
	for _, i := range shown {
		at[i.key()] = i.int(workDue)
	}
	var work []store.Work
	for _, i := range found {
		if i.has(workDue) && i.int(workDue) == at[i.key()] {
			work = append(work, workOf(i))
		}
	}
	return work
}
