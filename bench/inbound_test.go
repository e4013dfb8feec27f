package bench

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/bot/faq"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/intent"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

type silence struct{}

func (silence) Tell(context.Context, outbox.News) error { return nil }

// newInbound wires inbound and routing on SQLite engines, with nobody looking on.
func newInbound(b *testing.B) (*inbound.Service, store.Store) {
	b.Helper()
	e := engines(b, memory(b))
	log := slog.New(slog.DiscardHandler)
	box, err := outbox.New(outbox.Options{
		Store: e.Store, Transfers: map[conversation.Lane]queue.Queue{conversation.Front: e.Transfers},
		Outbound: map[string]queue.Queue{"inapp": e.Outbound["inapp"]}, MaxText: map[string]int{"inapp": 4000},
		Audience: silence{}, Now: time.Now, Log: log,
	})
	if err != nil {
		b.Fatal(err)
	}
	answers := faq.New([]config.Entry{{ID: "refund", Match: []string{"退款"}, Answer: shop().FAQ[0].Answer}})
	router, err := routing.New(routing.Options{Language: conversation.Chinese, Answers: answers, Line: e.Store})
	if err != nil {
		b.Fatal(err)
	}
	s, err := inbound.New(inbound.Options{IDs: ids(b), Store: e.Store, Outbox: box, Decider: router, Now: time.Now, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	return s, e.Store
}

// BenchmarkInbound is what one message costs from the connector's receipt to the
// durable decision, one at a time, on SQLite without a disk behind it: a plain
// message to a person (one write), a question the bot answers (a decision and a
// doorbell more), and an ask (a ticket and a permit more). On a disk, each write
// waits for it besides.
func BenchmarkInbound(b *testing.B) {
	info := channel.Info{Name: "inapp", AckWithin: 10 * time.Second, MaxText: 4000, Retries: true, Repeatable: true}
	for _, c := range []struct {
		name, text string
		held, anew bool // by an agent; each by a new customer
	}{
		{"to a person", "我的订单还没有到", true, false},
		{"faq answer", "退款多久到账", false, false},
		{"ask", "转人工", false, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, st := newInbound(b)
			n := 0
			accept := func(text string) inbound.Accepted {
				n++
				p := peer(0)
				if c.anew {
					p = peer(n)
				}
				key := conversation.InboundKey(time.Now(), fmt.Sprintf("m%d", n))
				got, err := s.Accept(context.Background(), info, channel.Receipt{Messages: []channel.Inbound{{
					Peer: p, Key: key, Parts: conversation.TextParts(text), ClientID: "m",
				}}})
				if err != nil {
					b.Fatal(err)
				}
				return got[0]
			}
			if c.held {
				hold(b, st, accept("转人工").Conversation)
			}
			b.ReportAllocs()
			for b.Loop() {
				accept(c.text)
			}
		})
	}
}

// hold lets an agent claim a waiting conversation.
func hold(b *testing.B, s store.Store, c conversation.Conversation) {
	b.Helper()
	next, err := c.Apply(conversation.Event{Kind: conversation.Claimed, At: time.Now(), Agent: "lin", Name: "Lin"})
	if err == nil {
		_, err = s.Commit(context.Background(), store.Change{Cause: "claim", Epoch: c.Epoch, Next: next})
	}
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkIntent is what it costs to tell whether a text asks for a person.
func BenchmarkIntent(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"ask", "转人工"},
		{"plain", "我的订单还没有到，麻烦帮我看一下物流到哪里了，谢谢"},
		{"english", "Hi, my parcel says delivered but it is not here. Can I talk to a real person?"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				intent.Read(c.text)
			}
		})
	}
}
