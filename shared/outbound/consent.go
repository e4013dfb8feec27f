package outbound

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// confirmWithin is how long after somebody forbade messages one may say that there will be none: 47 CFR
// 64.1200(a)(12), https://www.ecfr.gov/current/title-47/section-64.1200.
const confirmWithin = 5 * time.Minute

// forbidden reports whether the customer has forbidden what goes next: all but that it is so. A
// confirmation from before is of something else.
func (l *look) forbidden() bool {
	next := l.queue[0].of
	confirms := next.Purpose == conversation.Confirmation && next.Key > l.c.Consent.Key && l.d.o.Now().Sub(next.Received) <= confirmWithin
	return l.c.OptedOut() && !confirms
}

// ask looks whether the customer has forbidden messages since the look began, before another call: what is
// on its way by then nobody can take back.
func (l *look) ask(ctx context.Context, calls int) error {
	if !l.d.info.OptOut || calls == 0 {
		return nil
	}
	now, err := l.d.o.Store.Conversation(ctx, l.c.ID)
	if err == nil {
		l.c.Consent, l.c.LastIn = now.Consent, now.LastIn
	}
	return err
}

// drop ends the delivery of what goes next, which nobody was asked to take.
func (l *look) drop(ctx context.Context) (end, error) {
	call := l.queue[:1]
	more, err := l.write(ctx, call, optedOut)
	if err != nil {
		return goesOn, err
	}
	l.leaves(call, optedOut)
	if !more {
		return settled, nil
	}
	return goesOn, nil
}

// optedOut keeps what the provider says of a customer's consent: it may know before we do.
func (l *look) optedOut(ctx context.Context) error {
	said := conversation.Consent{Key: l.c.LastIn, Out: true, Told: true}
	if err := l.d.o.Store.PutConsent(ctx, l.c.ID, said); err != nil {
		return err
	}
	l.c.Consent = said
	return nil
}
