package dynamostore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Place.Every looks at the newest paceClaims claims of the last paceWindow, and
// takes paceLeast of them to say anything.
const (
	paceWindow = time.Hour
	paceClaims = 20
	paceLeast  = 3

	// paceRead is how many entries are read at a time: few go back in line, and so
	// many are one read unit.
	paceRead = 24
)

// The pace is told from the keys of the day's index alone: the entry of a record
// that tells of it says when, in which lane and whose.

// paces reports whether a record tells of the pace.
func paces(r conversation.Record) bool {
	return r.Event == conversation.RecordClaimed || r.Event == conversation.RecordBackInLine
}

// paceShards is how many partitions of a day's index lanes share.
const paceShards = 4

func paceShardName(n uint32) string { return fmt.Sprint("p", n) }

func paceShard(lane conversation.Lane) string {
	h := fnv.New32a()
	h.Write([]byte(lane))
	return paceShardName(h.Sum32() % paceShards)
}

// paceAt sorts the claims and returns of a lane by their time, at one time the
// returns behind the claims.
func paceAt(r conversation.Record) string {
	kind := "claimed"
	if r.Event == conversation.RecordBackInLine {
		kind = "returned"
	}
	return cut(fmt.Sprintf("%s%s#%s#%s#%d", pacePrefix(r.Lane), padded(r.At.UnixMilli()), kind, digest(string(r.Ask))[:16], r.Nth))
}

func pacePrefix(lane conversation.Lane) string { return short(string(lane)) + "#" }

// occasion is one entry of the pace.
type occasion struct {
	ms       int64
	returned bool
	whose    string // the ask, and which of its claims
}

func parseOccasion(at string) (o occasion, ok bool) {
	parts := strings.SplitN(at, "#", 3)
	if len(parts) != 3 {
		return o, false
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	return occasion{ms, parts[1] == "returned", parts[2]}, err == nil
}

// pace is the time between two claims in a lane, 0 where there is none to tell.
func (s *Store) pace(ctx context.Context, in conversation.Lane, now time.Time) (time.Duration, error) {
	since := now.Add(-paceWindow + time.Millisecond)
	days := slices.Compact([]string{dateOf(since), dateOf(now)})
	occasions := make([][]occasion, len(days))
	errs := make([]error, len(days))
	var all sync.WaitGroup
	for n, day := range days {
		all.Go(func() { occasions[n], errs[n] = s.occasions(ctx, in, day, since, now) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, err
	}
	claims := lasting(slices.Concat(occasions...))
	claims = claims[:min(len(claims), paceClaims)]
	if len(claims) < paceLeast {
		return 0, nil
	}
	oldest := claims[len(claims)-1]
	return time.Duration(now.UnixMilli()-oldest) * time.Millisecond / time.Duration(len(claims)-1), nil
}

// occasions reads one day's, the newest first, until there are claims enough.
func (s *Store) occasions(ctx context.Context, in conversation.Lane, day string, since, now time.Time) ([]occasion, error) {
	prefix := pacePrefix(in)
	q := within(dayIndex, dayShard, day+"#"+paceShard(in), dayAt,
		text(cut(prefix+padded(since.UnixMilli()))), text(cut(prefix+padded(now.UnixMilli()+1))))
	q.ScanIndexForward = aws.Bool(false)
	var found []occasion
	for more := true; more && len(lasting(found)) < paceClaims; {
		q.Limit = aws.Int32(paceRead)
		p, err := s.query(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, i := range p.items {
			if o, ok := parseOccasion(strings.TrimPrefix(i.text(dayAt), prefix)); ok {
				found = append(found, o)
			}
		}
		q.ExclusiveStartKey, more = p.next, p.next != nil
	}
	return found, nil
}

// lasting returns the times of the claims that did not go back in line, the newest
// first. Of a claim that was recorded twice the earlier time counts.
func lasting(occasions []occasion) []int64 {
	returned, claimed := map[string]bool{}, map[string]int64{}
	for _, o := range occasions {
		if ms, twice := claimed[o.whose]; o.returned {
			returned[o.whose] = true
		} else if !twice || o.ms < ms {
			claimed[o.whose] = o.ms
		}
	}
	var times []int64
	for whose, ms := range claimed {
		if !returned[whose] {
			times = append(times, ms)
		}
	}
	slices.SortFunc(times, func(a, b int64) int { return cmp.Compare(b, a) })
	return times
}
