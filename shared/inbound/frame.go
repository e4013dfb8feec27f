package inbound

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// framesOfCustomer is how many frames beside messages one customer may send, which are
// hello, poll, history, typing and seen: each is a read or two. A page sends one in two
// seconds, and a few at once when it opens; somebody may have it open ten times.
func framesOfCustomer() Rate { return Rate{Burst: 40, Every: 50 * time.Millisecond} }

// framesOfAddress is as much for all behind one address, which may be thousands of a
// carrier's: five thousand pages that poll and have nothing to say send 333 a second.
func framesOfAddress() Rate { return Rate{Burst: 2000, Every: 2 * time.Millisecond} }

// takeFrame takes one frame of what its customer and its address have left. Errors:
// FloodLimit, with the time until there is room.
func (d *Door) takeFrame(ctx context.Context, of conversation.ID, now time.Time) error {
	if d == nil {
		return nil
	}
	if _, wait := d.limits.frames.take(string(of), netaddr.Subscriber(live.AddressOf(ctx)), now); wait > 0 {
		return flooded(wait)
	}
	return nil
}

// takeHello is takeFrame for the first frame. Whoever is not let in cannot ask for a
// person, so a hello gets beyond the limit as often as an ask does (promise P1).
func (d *Door) takeHello(ctx context.Context, of conversation.ID, now time.Time) error {
	err := d.takeFrame(ctx, of, now)
	if fault.Is(err, fault.FloodLimit) && d.limits.hellos.take(string(of), now) == 0 {
		return nil
	}
	return err
}
