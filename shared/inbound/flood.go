package inbound

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/netaddr"
	"github.com/zhida-project/zhida/shared/routing"
)

// asksBeyond is how often one customer may ask for a person, or come in, beyond every limit
// (promise P1): whoever writes much in distress gets through, and who has asked three times in a
// moment is in line already.
func asksBeyond() Rate { return Rate{Burst: 3, Every: 10 * time.Second} }

// limits are what one process knows of how much its callers write.
type limits struct {
	messages, offers, frames        pair
	kilobytes                       pair // of what is offered, begun ones for whole
	repeats, asks, hellos, visitors *buckets
}

// pair limits what is done by who does it, and by where they do it from.
type pair struct{ customers, addresses *buckets }

// take takes once of what both have left, or says how long it is until there is some. An
// address that is nobody's is "".
func (p pair) take(customer, address string, now time.Time) (giveBack func(), wait time.Duration) {
	return p.takeAll(customer, address, 1, now)
}

// takeAll takes n times at once.
func (p pair) takeAll(customer, address string, n int, now time.Time) (giveBack func(), wait time.Duration) {
	if wait = p.customers.takeAll(customer, n, now); wait > 0 {
		return nil, wait
	}
	if address == "" {
		return func() { p.customers.giveBackAll(customer, n) }, 0
	}
	if wait = p.addresses.takeAll(address, n, now); wait > 0 {
		p.customers.giveBackAll(customer, n)
		return nil, wait
	}
	return func() { p.addresses.giveBackAll(address, n); p.customers.giveBackAll(customer, n) }, 0
}

// accept is Accept for what a customer's own client submits: within the door's limits.
func (d *Door) accept(ctx context.Context, s *Service, info channel.Info, receipt channel.Receipt, from string) ([]Accepted, error) {
	if d == nil || !s.o.IDs.Made() {
		return s.Accept(ctx, info, receipt)
	}
	var all []Accepted
	for _, in := range receipt.Messages {
		giveBack, err := d.spend(ctx, s, in, from)
		if err != nil {
			return all, err
		}
		accepted, err := s.Accept(ctx, info, channel.Receipt{Messages: []channel.Inbound{in}})
		// What could not be kept comes again; what its author must change was looked at, which
		// is work. What came before has a bucket of its own, and counts as any message once that
		// is empty: each time it is looked up and decided upon.
		again := err != nil && fault.RetryOf(err) == fault.Later
		if again || err == nil && accepted[0].Repeat && d.limits.repeats.take(string(s.o.IDs.Of(in.Peer)), s.o.Now()) == 0 {
			giveBack()
		}
		if all = append(all, accepted...); err != nil {
			return all, err
		}
	}
	return all, nil
}

// spend takes one message of what its customer and its address have left. Beyond that
// goes what asks for a person, and what came before: its acknowledgement was lost. Errors:
// FloodLimit, with the time until there is room; the store's.
func (d *Door) spend(ctx context.Context, s *Service, in channel.Inbound, from string) (giveBack func(), err error) {
	now, id := s.o.Now(), s.o.IDs.Of(in.Peer)
	customer := string(id)
	giveBack, wait := d.limits.messages.take(customer, netaddr.Subscriber(from), now)
	if wait == 0 {
		return giveBack, nil
	}
	if routing.Asks(conversation.Message{Parts: in.Parts}) && d.limits.asks.take(customer, now) == 0 {
		return func() { d.limits.asks.giveBack(customer) }, nil
	}
	if d.limits.repeats.take(customer, now) > 0 {
		return nil, flooded(wait)
	}
	giveBack = func() { d.limits.repeats.giveBack(customer) }
	if _, err = s.o.Store.Message(ctx, id, in.Key); err != nil {
		giveBack()
	}
	if fault.Is(err, fault.NotFound) {
		return nil, flooded(wait)
	}
	return giveBack, err
}

// spendOffer takes one offer of a file of what its customer and its address have left:
// each may become an object in the store. Errors: FloodLimit.
func (d *Door) spendOffer(id conversation.ID, from string, now time.Time) error {
	if d == nil {
		return nil
	}
	if _, wait := d.limits.offers.take(string(id), netaddr.Subscriber(from), now); wait > 0 {
		return flooded(wait)
	}
	return nil
}

// spendBytes takes what an offer announces of what its customer and its address may store.
// Errors: FloodLimit.
func (d *Door) spendBytes(id conversation.ID, from string, size int64, now time.Time) error {
	if d == nil {
		return nil
	}
	const kilobyte = 1 << 10
	n := int((size + kilobyte - 1) / kilobyte) // what media take fits
	if _, wait := d.limits.kilobytes.takeAll(string(id), netaddr.Subscriber(from), n, now); wait > 0 {
		return flooded(wait)
	}
	return nil
}

func flooded(wait time.Duration) error {
	return &fault.Error{Code: fault.FloodLimit, Op: "inbound.spend", RetryAfter: wait,
		Hint: "wait for so long, and send it again; a message, under the same id"}
}
