package outbound

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// confirmWithin is how long after somebody forbade messages one may say that there will be none: 47 CFR
// 64.1200(a)(12), https://www.ecfr.gov/current/title-47/section-64.1200.
const confirmWithin = 5 * time.Minute

// forbidden reports whether the customer has forbidden what goes next: all but that it is so.
func (l *look) forbidden() bool {
	next := l.queue[0].of
	confirms := next.Purpose == conversation.Confirmation && l.d.o.Now().Sub(next.Received) <= confirmWithin
	return l.c.Consent.Out && !confirms
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

// optedOut keeps what the provider says of a customer's consent: it may know before we do. Whatever
// they say next of it counts again.
func (l *look) optedOut(ctx context.Context) error {
	said := conversation.Consent{Key: l.c.LastIn, Out: true}
	if err := l.d.o.Store.PutConsent(ctx, l.c.ID, said); err != nil {
		return err
	}
	l.c.Consent = said
	return nil
}
