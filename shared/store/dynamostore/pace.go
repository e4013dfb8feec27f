package dynamostore

import (
	"context"
	"fmt"
	"hash/fnv"
	"sort"
	"strconv"
	"strings"
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
// that tells of it says when, in which lane and whose. Such entries have partitions
// of their own, without a date, so that the last hour is never in two.

// paces reports whether a record tells of the pace.
func paces(r conversation.Record) bool {
	return r.Event == conversation.RecordClaimed || r.Event == conversation.RecordBackInLine
}

// paceShards is how many partitions of the day's index lanes share: about as many as
// companies have lanes.
const paceShards = 4

func paceShardName(n uint32) string { return fmt.Sprint("pace#", n) }

func paceShard(lane conversation.Lane) string {
	h := fnv.New32a()
	h.Write([]byte(lane))
	return paceShardName(h.Sum32() % paceShards)
}

// The kinds of occasions, and how their entries are sorted: by their time, at one
// time the returns behind the claims.
const (
	claimed  = "claimed"
	returned = "returned"
)

func paceAt(r conversation.Record) string {
	kind := claimed
	if r.Event == conversation.RecordBackInLine {
		kind = returned
	}
	return fmt.Sprintf("%s#%s#%s#%d#%s", padded(r.At.UnixMilli()), kind, digest(string(r.Ask))[:16], r.Nth, short(string(r.Lane)))
}

// occasion is one entry of the pace.
type occasion struct {
	ms    int64
	kind  string
	whose string // the ask, and which of its claims
	lane  string
}

func parseOccasion(at string) (o occasion, ok bool) {
	parts := strings.SplitN(at, "#", 5)
	if len(parts) != 5 {
		return o, false
	}
	ms, err := strconv.ParseInt(parts[0], 10, 64)
	return occasion{ms, parts[1], parts[2] + "#" + parts[3], parts[4]}, err == nil
}

// pace is the time between two claims in a lane, 0 where there is none to tell.
func (s *Store) pace(ctx context.Context, in conversation.Lane, now time.Time) (time.Duration, error) {
	q := within(dayIndex, dayShard, paceShard(in), dayAt,
		text(padded(now.Add(-paceWindow).UnixMilli()+1)), text(padded(now.UnixMilli()+1)))
	q.ScanIndexForward = aws.Bool(false)
	var found []occasion
	var claims []int64
	for more := true; more && len(claims) < paceClaims; {
		q.Limit = aws.Int32(paceRead)
		p, err := s.query(ctx, q)
		if err != nil {
			return 0, err
		}
		for _, i := range p.items {
			if o, ok := parseOccasion(i.text(dayAt)); ok && o.lane == short(string(in)) {
				found = append(found, o)
			}
		}
		claims = lasting(found)
		q.ExclusiveStartKey, more = p.next, p.next != nil
	}
	claims = claims[:min(len(claims), paceClaims)]
	if len(claims) < paceLeast {
		return 0, nil
	}
	oldest := claims[len(claims)-1]
	return time.Duration(now.UnixMilli()-oldest) * time.Millisecond / time.Duration(len(claims)-1), nil
}

// lasting returns the times of the claims that did not go back in line, the newest
// first. Of a claim that was recorded twice the earlier time counts.
func lasting(occasions []occasion) []int64 {
	back, at := map[string]bool{}, map[string]int64{}
	for _, o := range occasions {
		if ms, twice := at[o.whose]; o.kind == returned {
			back[o.whose] = true
		} else if !twice || o.ms < ms {
			at[o.whose] = o.ms
		}
	}
	var times []int64
	for whose, ms := range at {
		if !back[whose] {
			times = append(times, ms)
		}
	}
	sort.Slice(times, func(i, j int) bool { return times[i] > times[j] }) // not slices.SortFunc: see Messages
	return times
}
