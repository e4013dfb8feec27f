package scenario

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/store"
)

// hook is something that is to happen once, in the middle of something else.
type hook struct {
	mu   sync.Mutex
	what func()
	when int // what has to be seen before
}

func (h *hook) set(what func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.what, h.when = what, 1
}

// seen says that one of the things is seen, in their order; after the last it happens.
func (h *hook) seen(n, last int) {
	h.mu.Lock()
	var what func()
	if h.what != nil && n == h.when {
		if h.when++; n == last {
			what, h.what = h.what, nil
		}
	}
	h.mu.Unlock()
	if what != nil {
		what()
	}
}

// interrupted is a store that is read for ready: a page, and then a position.
type interrupted struct {
	store.Store
	*hook
}

// Messages is part of store.Store.
func (i interrupted) Messages(ctx context.Context, id conversation.ID, before conversation.Key, limit int) ([]conversation.Message, error) {
	all, err := i.Store.Messages(ctx, id, before, limit)
	if limit == inbound.Page+1 {
		i.seen(1, 2)
	}
	return all, err
}

// Position is part of store.Store.
func (i interrupted) Position(ctx context.Context, lane conversation.Lane, rank string) (store.Place, error) {
	place, err := i.Store.Position(ctx, lane, rank)
	i.seen(2, 2)
	return place, err
}

// whileReady has something happen when the next waiting customer's ready has been read
// and not been sent.
func (b *binary) whileReady(what func()) { b.hook.set(what) }

// whileReady is the same: what a function posts first to somebody who comes is ready.
func (l *lambda) whileReady(what func()) {
	l.hook.set(what)
	l.cloud.Break(func(call localcloud.Call) bool {
		if call.Function == "inapp" && call.Action == "execute-api:ManageConnections" {
			l.hook.seen(1, 1)
		}
		return false
	})
}

// TestPromise13APushWhileReadyIsMade: ann comes back, and when where she stands has been
// read, she is claimed and answered. What was read is older, and arrives later, or
// earlier, as the host has it: in the end she sees that she is with a person, and has
// every word, once.
func TestPromise13APushWhileReadyIsMade(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann := c.Customer("ann")
		c.write(t, ann, "转人工")
		hears(t, ann, conversation.Bot, "已为您转人工…")
		id := ann.Conversation()
		lin := c.Agent("lin")
		ann.Drop()
		c.host.Still()
		happened := false
		c.host.(interface{ whileReady(func()) }).whileReady(func() {
			happened = true
			if got, code := lin.Claim(); got != id || code != "" {
				t.Errorf("lin has %q: %q", got, code)
			}
			if code := c.Reply("lin", id, "r-1", "您好"); code != "" {
				t.Error(code)
			}
			c.host.Still()
		})
		ann.Connect()
		hears(t, ann, conversation.Bot, "人工客服小林…")
		hears(t, ann, conversation.Person, "您好")
		if unheard := ann.Unheard(); len(unheard) > 0 || !happened {
			t.Errorf("it happened: %t, and ann hears %v", happened, unheard)
		}
		if now, ok := ann.Shown(func(s Stand) bool { return s.Status == conversation.WithPerson }); !ok {
			t.Errorf("in the end ann sees %+v", now)
		}
	})
}

// TestPromise13MoreThanAPageIsMissed: what was said while ann was away is longer than a
// page, and nothing of it is missing when she is back.
func TestPromise13MoreThanAPageIsMissed(t *testing.T) {
	for name, byCalls := range map[string]bool{"connections": false, "calls": true} {
		t.Run(name, func(t *testing.T) {
			onAll(t, Setup{Calls: byCalls}, func(t *testing.T, c *Cast) {
				ann := c.Customer("ann")
				c.write(t, ann, "转人工")
				hears(t, ann, conversation.Bot, "已为您转人工…")
				id := ann.Conversation()
				if got, code := c.Agent("lin").Claim(); got != id || code != "" {
					t.Fatal(got, code)
				}
				hears(t, ann, conversation.Bot, "人工客服小林…")
				ann.Drop()
				const missed = 2*inbound.Page + 5
				for n := range missed {
					if code := c.Reply("lin", id, fmt.Sprint("r-", n), fmt.Sprint("第", n, "句")); code != "" {
						t.Fatal(code)
					}
				}
				c.host.Still()
				ann.Connect()
				var heard []string
				for _, m := range byKey(ann.Heard()) {
					if m.Author == conversation.Person {
						heard = append(heard, m.Text)
					}
				}
				if len(heard) != missed {
					t.Fatalf("of %d she has %d", missed, len(heard))
				}
				for n, text := range heard {
					if text != fmt.Sprint("第", n, "句") {
						t.Errorf("the %dth is %q", n, text)
					}
				}
			})
		})
	}
}
