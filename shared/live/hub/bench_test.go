package hub_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
)

// BenchmarkPush pushes to one topic with many listeners, and reports what an
// idle connection costs on both of its ends together: the clients live in this
// process, too.
func BenchmarkPush(b *testing.B) {
	for _, n := range []int{1, 200} {
		b.Run(fmt.Sprintf("listeners=%d", n), func(b *testing.B) {
			w := start(b, &handler{})
			before := memory()
			clients := make([]*client, n)
			for i := range clients {
				clients[i] = w.enter("all")
			}
			pair := float64(memory()-before) / float64(n)
			for b.Loop() {
				if err := w.hub.Push(context.Background(), "all", say{Type: "push", Text: "您前面还有 3 位"}); err != nil {
					b.Fatal(err)
				}
				for _, c := range clients {
					c.read()
				}
			}
			b.ReportMetric(pair, "B/pair")
		})
	}
}

func memory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
