package sqsqueue_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
)

// lossy is a network that loses 15 of 100 calls before they arrive, and the answers of
// 15 others.
type lossy struct {
	through http.RoundTripper
	mu      sync.Mutex
	chance  *rand.Rand
	unsent  int
	unheard int
}

var errLost = errors.New("lost on the way")

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	fate := l.chance.IntN(100)
	switch {
	case fate < 15:
		l.unsent++
	case fate < 30:
		l.unheard++
	}
	l.mu.Unlock()
	if fate < 15 {
		return nil, errLost
	}
	response, err := l.through.RoundTrip(r)
	if err != nil || fate >= 30 {
		return response, err
	}
	_, _ = io.Copy(io.Discard, response.Body) // it is done, whatever it says
	_ = response.Body.Close()
	return nil, errLost
}

// TestOverABadNetwork: what was acknowledged as published comes, in its group's order,
// although calls and answers are lost. A message comes again only until it is
// acknowledged, and none behind it comes before.
func TestOverABadNetwork(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string]queuetest.Setup{"standard": {}, "ordered": {Ordered: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			good := clientOf(emulator.SQS(t), nil)
			bad := &lossy{through: &http.Transport{MaxIdleConnsPerHost: 32}, chance: rand.New(rand.NewPCG(1, 2))}
			o := made(t, good, setup)
			o.Client = clientOf(emulator.SQS(t), func(http.RoundTripper) http.RoundTripper { return bad }, hasty)
			o.Lease = 2 * time.Second
			q, err := sqsqueue.New(o)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			r := newRecord(t, setup.Ordered)
			var all sync.WaitGroup
			for g := range groups {
				all.Go(func() { r.publish(ctx, q, fmt.Sprint("group-", g)) })
			}
			for range 8 {
				all.Go(func() { r.consume(ctx, q) })
			}
			all.Wait()
			if n := groups*each - len(r.came); n > 0 {
				t.Errorf("%d messages never came", n)
			}
			if bad.unsent < 20 || bad.unheard < 20 {
				t.Errorf("the network lost %d calls and %d answers: too good", bad.unsent, bad.unheard)
			}
			t.Logf("lost %d calls and %d answers", bad.unsent, bad.unheard)
		})
	}
}

// hasty makes the SDK repeat what it repeats at once.
func hasty(o *sqs.Options) {
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = 10 * time.Millisecond })
}

const (
	groups = 8
	each   = 20
)

// record is what became of each message. In a group, messages are numbered from 0.
type record struct {
	t       *testing.T
	ordered bool
	mu      sync.Mutex
	next    map[string]int    // by group: the number that did not come yet, in an ordered queue
	acks    map[string]string // by group and number: "tried" or "done"
	came    map[string]bool
	over    chan struct{} // closed when all came
}

func newRecord(t *testing.T, ordered bool) *record {
	return &record{t: t, ordered: ordered, next: map[string]int{}, acks: map[string]string{}, came: map[string]bool{}, over: make(chan struct{})}
}

// publish publishes a group's messages, each until it is told that it is there.
func (r *record) publish(ctx context.Context, q *sqsqueue.Queue, group string) {
	for i := range each {
		m := queue.Message{ID: fmt.Sprint("m", i), Group: group, Body: fmt.Append(nil, i)}
		for err := errLost; err != nil; {
			if err = q.Publish(ctx, m); err != nil && !fault.Is(err, fault.Unavailable) {
				r.t.Errorf("publish: %v", err)
				return
			}
		}
	}
}

func (r *record) consume(ctx context.Context, q *sqsqueue.Queue) {
	for {
		select {
		case <-r.over:
			return
		default:
		}
		leases, err := q.Receive(ctx, 10, time.Second)
		if err != nil && !fault.Is(err, fault.Unavailable) {
			r.t.Errorf("receive: %v", err)
			return
		}
		for _, l := range leases {
			name := l.Group + " " + string(l.Body)
			r.arrived(l, name)
			switch err := q.Ack(ctx, l); {
			case err == nil:
				r.note(name, "done")
			case !errors.Is(err, queue.ErrLapsed) && !fault.Is(err, fault.Unavailable):
				r.t.Errorf("ack: %v", err)
			}
		}
	}
}

// arrived checks that a message may come now. It is about to be acknowledged.
func (r *record) arrived(l queue.Lease, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ordered {
		next := r.next[l.Group]
		switch i, err := strconv.Atoi(string(l.Body)); {
		case err != nil || i > next || i < next-1:
			r.t.Errorf("%s came, %d was next", name, next)
		case i == next-1 && r.acks[name] == "done":
			r.t.Errorf("%s came again after its Ack", name)
		case i == next && i > 0 && r.acks[fmt.Sprint(l.Group, " ", i-1)] == "":
			r.t.Errorf("%s came before the Ack of the one before", name)
		case i == next:
			r.next[l.Group]++
		}
	}
	if r.acks[name] == "" {
		r.acks[name] = "tried"
	}
	if !r.came[name] {
		r.came[name] = true
		if len(r.came) == groups*each {
			close(r.over)
		}
	}
}

func (r *record) note(name, what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acks[name] = what
}
