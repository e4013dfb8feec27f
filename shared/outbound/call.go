package outbound

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// call sends the head of the queue, which the allowance has paid for, and records what
// came of it for each message in it.
func (l *look) call(ctx context.Context) (end, error) {
	call := l.queue[:l.next(l.queue, l.alone)]
	l.alone = max(l.alone-1, 0)
	if err := l.attempt(ctx, call); err != nil {
		return goesOn, err
	}
	l.made++
	sent, err := l.send(ctx, call)
	ctx = context.WithoutCancel(ctx) // what is known is recorded, though the time be over
	l.d.refused(ctx, l.c.ID, err)
	switch v := l.d.judge(err); {
	case v.delivery == conversation.Held:
		return l.providerHolds(ctx, v)
	case v.delivery == conversation.Pending:
		return l.park(ctx, call, v, fault.PublicOf(err).Retry)
	case v.ofWords() && len(call) > 1:
		return l.apart(ctx, call)
	default:
		how, err := l.finish(ctx, call, v)
		switch {
		case err != nil:
		case v.delivery == conversation.Sent:
			l.note(ctx, call, sent)
		case v.code == fault.OptedOut:
			err = l.optedOut(ctx)
		}
		return how, err
	}
}

// refused has the log say why a provider did not take a message, for who has to put it right.
func (d *Drain) refused(ctx context.Context, id conversation.ID, err error) {
	if err != nil {
		d.o.Log.LogAttrs(ctx, slog.LevelWarn, "a message was not taken", slog.String("conversation", string(id)),
			slog.String("channel", d.info.Name), slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
}

// attempt writes before the send that there is one: whoever finds it later knows that it
// may have gone out.
func (l *look) attempt(ctx context.Context, call []piece) error {
	for _, p := range call {
		o := verdict{delivery: conversation.Attempting}.of(p.of.Outcome)
		o.Attempts++
		if l.d.info.Repeatable {
			p.of.Outcome.Attempts = o.Attempts
			continue
		}
		if _, err := l.d.record(ctx, l.c, *p.of, o); err != nil {
			return err
		}
		p.of.Outcome = o
	}
	return nil
}

func (l *look) send(ctx context.Context, call []piece) (channel.Sent, error) {
	out := l.outbound(call)
	out.Links = l.d.o.Media.Links(ctx, append(slices.Clone(out.More), out.Message)...)
	out.Attempt = tries(call[0].of.Outcome)
	if l.d.o.Media != nil {
		out.Open = l.d.o.Media.Open
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return l.d.o.Connector.Send(ctx, out)
}

// tries is how often the piece was handed over that goes next.
func tries(o conversation.Outcome) int { return o.Attempts - o.Gone }

// finish records what is over, and goes on with what is not.
func (l *look) finish(ctx context.Context, call []piece, v verdict) (end, error) {
	more, err := l.write(ctx, call, v)
	if err != nil {
		return goesOn, err
	}
	l.leaves(call, v)
	if v.delivery == conversation.NotSent {
		if _, err := l.spend(ctx, -1); err != nil {
			return goesOn, err
		}
	}
	if !more {
		return settled, nil
	}
	return goesOn, nil
}

// leaves takes a call out of the queue.
func (l *look) leaves(call []piece, v verdict) {
	final := call[len(call)-1]
	l.queue = l.queue[len(call):]
	for v.delivery != conversation.Sent && len(l.queue) > 0 && l.queue[0].of == final.of {
		l.queue = l.queue[1:] // nobody reads on where something is missing
	}
}

// write records a verdict for each message of a call, and tells the agent.
func (l *look) write(ctx context.Context, call []piece, v verdict) (more bool, err error) {
	var keys []conversation.Key
	for _, p := range call {
		o := p.outcome(v)
		if more, err = l.d.record(ctx, l.c, *p.of, o); err != nil {
			return false, err
		}
		p.of.Outcome = o
		keys = append(keys, p.of.Key)
	}
	l.d.tell(ctx, l.c, keys...)
	return more, nil
}

// outcome is what a verdict makes of a message whose piece it is.
func (p piece) outcome(v verdict) conversation.Outcome {
	o := v.of(p.of.Outcome)
	if v.delivery != conversation.Sent || p.nth == 0 && p.last {
		return o
	}
	if o.Gone = p.nth + 1; !p.last {
		o.Delivery = conversation.Pending
	}
	return o
}

// apart sends each message of a refused call by itself: for one, the others are not to
// blame.
func (l *look) apart(ctx context.Context, call []piece) (end, error) {
	if _, err := l.write(ctx, call, verdict{delivery: conversation.Pending}); err != nil {
		return goesOn, err
	}
	l.alone = len(call)
	_, err := l.spend(ctx, -1)
	return goesOn, err
}

// providerHolds takes the provider's word for what may be sent: it knows better than we
// do. What we thought was left is not.
func (l *look) providerHolds(ctx context.Context, v verdict) (end, error) {
	if err := l.hold(ctx, v); err != nil {
		return held, err
	}
	_, err := l.spend(ctx, l.c.Allowance.Left)
	return held, err
}

// The parked time doubles from the first to the last. The last is how long customers wait
// once a provider is back from an outage: some leave meanwhile, and for good.
const (
	firstPark = 5 * time.Second
	lastPark  = 2 * time.Minute
)

// park gives the conversation a due time instead of blocking the queue. ms is how long
// the provider asks us to wait, at least.
func (l *look) park(ctx context.Context, call []piece, v verdict, ms int64) (end, error) {
	if _, err := l.write(ctx, call, v); err != nil {
		return settled, err
	}
	if _, err := l.spend(ctx, -1); err != nil {
		return settled, err
	}
	first := call[0].of
	l.slower(ctx, time.Duration(ms)*time.Millisecond)
	pause := max(time.Duration(ms)*time.Millisecond, backoff(tries(first.Outcome)))
	l.d.o.Log.LogAttrs(ctx, slog.LevelWarn, "a conversation is parked", slog.String("conversation", string(first.Conversation)),
		slog.String("channel", l.d.info.Name), slog.String("code", string(v.code)), slog.Int("attempt", first.Outcome.Attempts),
		slog.Int64("ms", pause.Milliseconds()))
	return settled, l.d.putOff(ctx, first.Conversation, l.d.o.Now().Add(pause))
}

func backoff(attempts int) time.Duration {
	pause := firstPark
	for range attempts - 1 {
		if pause *= 2; pause >= lastPark {
			return lastPark
		}
	}
	return pause
}
