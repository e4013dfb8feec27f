package sqlitefile_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"zombiezen.com/go/sqlite"
)

// BenchmarkWrite measures one insert of about 220 bytes, durable, with so many callers
// at once. ops/commit shows how well they share.
func BenchmarkWrite(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		for _, kind := range []string{"Write", "Append"} {
			b.Run(fmt.Sprintf("%s/%d", kind, callers), func(b *testing.B) {
				f := open(b, newPath(b))
				put := f.Write
				if kind == "Append" {
					put = f.Append
				}
				before := f.Stats()
				var next atomic.Int64
				b.ReportAllocs()
				b.ResetTimer()
				var all sync.WaitGroup
				for range callers {
					all.Go(func() {
						var n int64
						text := string(make([]byte, 200))
						fn := func(conn *sqlite.Conn) error {
							stmt := conn.Prep("INSERT INTO note (n, text) VALUES (?1, ?2)")
							stmt.BindInt64(1, n)
							stmt.BindText(2, text)
							_, err := stmt.Step()
							return err
						}
						for n = next.Add(1); n <= int64(b.N); n = next.Add(1) {
							if err := put(b.Context(), fn); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				all.Wait()
				b.StopTimer()
				b.ReportMetric(float64(b.N)/float64(f.Stats().Commits-before.Commits), "ops/commit")
			})
		}
	}
}
