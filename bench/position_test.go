package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// BenchmarkPosition is what it costs to tell the last of a line where they stand,
// by the length of the line. Compare the lengths with each other: beyond 10,000
// the position is a round figure, and costs no more.
func BenchmarkPosition(b *testing.B) {
	for _, waiting := range []int{10, 10_000, 100_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			s, file := openStore(b, filepath.Join(memory(b), "zhida.db"))
			defer func() { _ = file.Close() }()
			fill(b, s, waiting)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Position(context.Background(), conversation.Front, "~"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// fill puts so many customers in line.
func fill(b *testing.B, s store.Store, n int) {
	b.Helper()
	made, ctx := ids(b), context.Background()
	var all sync.WaitGroup
	const writers = 64
	for w := range writers {
		all.Go(func() {
			for i := w; i < n; i += writers {
				p := peer(i)
				at := time.UnixMilli(1_772_000_000_000 + int64(i))
				in := store.Incoming{Peer: p, Message: conversation.Message{
					Conversation: made.Of(p), Key: conversation.InboundKey(at, "m"), Author: conversation.Customer,
					Parts: conversation.TextParts("转人工"), Received: at,
				}}
				got, err := s.Receive(ctx, in)
				if err != nil {
					b.Error(err)
					return
				}
				c := got.Conversation
				next, err := c.Apply(conversation.Event{Kind: conversation.Asked, At: at, Ask: in.Message.Key, Class: conversation.Normal})
				if err == nil {
					_, err = s.Commit(ctx, store.Change{Cause: "ask", Epoch: c.Epoch, Next: next})
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}
