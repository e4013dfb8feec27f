package outbound

import (
	"context"
	"errors"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// piece is as much of a message as one call carries; mostly all of it.
type piece struct {
	of    *conversation.Message // as it is stored
	parts []conversation.Part
	nth   int // how many pieces of it come before this one
	last  bool
	way   bool // the way to a person goes with it, where the message has one
}

// said is the piece as a message.
func (p piece) said() conversation.Message {
	m := *p.of
	m.Parts, m.Way = p.parts, m.Way && p.way
	return m
}

// pieces returns what is left of a message. Where a changed configuration cuts it
// otherwise than before, the last piece is left.
func (d *Drain) pieces(c conversation.Conversation, m *conversation.Message) []piece {
	calls := [][]conversation.Part{m.Parts}
	if d.packer != nil {
		calls = d.o.Cut(d.packer, c.Peer, *m)
	}
	var all []piece
	way := wayOf(calls)
	for i := min(m.Outcome.Gone, len(calls)-1); i < len(calls); i++ {
		all = append(all, piece{of: m, parts: calls[i], nth: i, last: i == len(calls)-1, way: i == way})
	}
	return all
}

// wayOf is the call with which a message's way to a person goes: the last that has text,
// beside which every channel has room for it; else the last.
func wayOf(calls [][]conversation.Part) int {
	last := len(calls) - 1
	for i, parts := range calls {
		for _, p := range parts {
			if p.Kind == conversation.Text {
				last = i
			}
		}
	}
	return last
}

// look is what a drain does with a conversation that it has read once.
type look struct {
	d     *Drain
	c     conversation.Conversation // its allowance is what is left now
	queue []piece                   // what is not sent yet, in order
	more  bool                      // there may be more behind the queue
	made  int                       // calls for the same doorbell so far
	alone int                       // so many at its head go each by itself, as their common call was refused
}

func (d *Drain) look(c conversation.Conversation, ready []conversation.Message) *look {
	l := &look{d: d, c: c}
	for i := range ready {
		l.queue = append(l.queue, d.pieces(c, &ready[i])...)
	}
	return l
}

// end is how a look at a conversation, or one call, ended.
type end int

const (
	goesOn  end = iota // look again: there is more, or something moved
	settled            // nothing can be done now, or it is parked, or another doorbell was rung
	held               // what is left waits for the customer's next word
)

// deliver makes call after call, until something has to wait.
func (l *look) deliver(ctx context.Context) (end, error) {
	for calls := 0; len(l.queue) > 0; calls++ {
		if calls > 0 && l.more && l.next(l.queue, l.alone) == len(l.queue) {
			return goesOn, nil // what is behind it may fit into the same call
		}
		if l.made > 0 && l.d.late(ctx) {
			return settled, l.d.o.Outbox.Doorbell(ctx, l.d.info.Name, l.c.ID)
		}
		if err := l.ask(ctx, calls); err != nil {
			return goesOn, err
		}
		if l.forbidden() {
			if how, err := l.drop(ctx); err != nil || how != goesOn {
				return how, err
			}
			continue
		}
		if v := l.barred(); v.delivery == conversation.Held {
			return held, l.hold(ctx, v)
		}
		if free, err := l.turn(ctx); err != nil || !free.IsZero() {
			return settled, errors.Join(err, l.await(ctx, free))
		}
		moved, err := l.spend(ctx, 1)
		if err != nil || moved {
			return goesOn, err
		}
		if how, err := l.call(ctx); err != nil || how != goesOn {
			return how, err
		}
	}
	return goesOn, nil
}

// next returns how many pieces of a queue go out in one call: as many as fit, but of
// each message one.
func (l *look) next(queue []piece, alone int) int {
	n := 1
	for l.d.packer != nil && alone == 0 && n < len(queue) && queue[n-1].last && l.d.packer.Fits(l.outbound(queue[:n+1])) {
		n++
	}
	return n
}

func (l *look) outbound(call []piece) channel.Outbound {
	out := channel.Outbound{Peer: l.c.Peer, Message: call[0].said(), Rest: !call[len(call)-1].last, Language: l.c.Language}
	for _, p := range call[1:] {
		out.More = append(out.More, p.said())
	}
	return out
}

// barred says why the next call may not be made; the zero verdict where it may.
func (l *look) barred() verdict {
	a, info := l.c.Allowance, l.d.info
	switch {
	case !info.Limited:
		return verdict{}
	case !l.d.o.Now().Before(a.Until):
		return keep(fault.WindowClosed, "")
	case a.Left < 1:
		return keep(fault.AllowanceSpent, "")
	case a.Left > info.Reserve || l.c.Status != conversation.Waiting && l.c.Status != conversation.WithPerson:
		return verdict{}
	}
	switch calls := l.untilPerson(); {
	case calls == 0:
		return keep(fault.AllowanceSpent, "what is left is for people's words: it goes along with the next, or when the customer writes again")
	case calls > a.Left:
		return keep(fault.AllowanceSpent, "")
	}
	return verdict{}
}

// untilPerson is how many calls it takes until a person's words go out, this one
// included; 0 where no person has said anything.
func (l *look) untilPerson() int {
	alone := l.alone
	for calls, at := 1, 0; at < len(l.queue); calls++ {
		n := l.next(l.queue[at:], alone)
		for _, p := range l.queue[at : at+n] {
			if p.of.Author == conversation.Person {
				return calls
			}
		}
		at, alone = at+n, max(alone-n, 0)
	}
	return 0
}

// spend takes messages off the allowance, or gives them back. It reports whether the
// customer wrote meanwhile, so that there is another.
func (l *look) spend(ctx context.Context, n int) (moved bool, err error) {
	if !l.d.info.Limited || n == 0 {
		return false, nil
	}
	left, err := l.d.o.Store.Spend(ctx, l.c.ID, l.c.Allowance.Granted, n)
	if fault.Is(err, fault.Conflict) {
		return true, nil
	}
	if err == nil {
		l.c.Allowance = left
	}
	return false, err
}

// hold keeps everything for the customer's next word, and tells the agent. What is held
// already stays as it is.
func (l *look) hold(ctx context.Context, v verdict) error {
	var keys []conversation.Key
	for i, p := range l.queue {
		if i > 0 && l.queue[i-1].of == p.of || p.of.Outcome.Delivery == conversation.Held {
			continue
		}
		if _, err := l.d.record(ctx, l.c, *p.of, v.of(p.of.Outcome)); err != nil {
			return err
		}
		keys = append(keys, p.of.Key)
	}
	if len(keys) > 0 {
		l.d.tell(ctx, l.c, keys...)
	}
	return nil
}
