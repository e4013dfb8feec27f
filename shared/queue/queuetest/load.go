package queuetest

import (
	"context"
	"fmt"
	"sync"

	"github.com/zhida-project/zhida/shared/queue"
)

func loadCases() []testCase {
	return []testCase{
		{name: "eight consumers share a thousand messages", heavy: true, run: testConsumers},
		{name: "concurrent publishers keep each group's order", heavy: true, needs: func(f Features) bool { return f.Groups }, setup: Setup{Ordered: true}, run: testPublishers},
	}
}

const (
	consumers = 8
	messages  = 1000
)

// consume lets eight consumers acknowledge what comes until n messages were seen, calling
// seen for each, one call at a time.
func consume(b *bench, n int, seen func(queue.Lease)) {
	ctx, stop := context.WithCancel(b.ctx)
	defer stop()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range consumers {
		all.Go(func() {
			for {
				leases, err := b.Queue.Receive(ctx, 10, b.lease/2)
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					b.Errorf("receive: %v", err)
					return
				}
				for _, l := range leases {
					mu.Lock()
					seen(l)
					n--
					left := n
					mu.Unlock()
					if err := b.Queue.Ack(b.ctx, l); err != nil {
						b.Errorf("ack: %v", err)
					}
					if left <= 0 {
						stop()
					}
				}
			}
		})
	}
	all.Wait()
	if b.ctx.Err() != nil {
		b.Fatalf("%d messages never came", n)
	}
}

func testConsumers(b *bench) {
	var publishers sync.WaitGroup
	publishers.Go(func() {
		for i := range messages {
			b.publish("", fmt.Sprint(i))
		}
	})
	counts := make(map[string]int)
	consume(b, messages, func(l queue.Lease) { counts[string(l.Body)]++ })
	publishers.Wait()
	if len(counts) != messages {
		b.Errorf("%d different messages, want %d", len(counts), messages)
	}
	for body, n := range counts {
		if n != 1 {
			b.Errorf("message %s came %d times", body, n)
		}
	}
	b.none()
}

func testPublishers(b *bench) {
	const groups, each = 16, 25
	var publishers sync.WaitGroup
	for g := range groups {
		publishers.Go(func() {
			for i := range each {
				b.publish(fmt.Sprint("group-", g), fmt.Sprint(i))
			}
		})
	}
	next := make(map[string]int)
	consume(b, groups*each, func(l queue.Lease) {
		if want := fmt.Sprint(next[l.Group]); string(l.Body) != want {
			b.Errorf("%s: received %s, want %s", l.Group, l.Body, want)
		}
		next[l.Group]++
	})
	publishers.Wait()
	b.none()
}
