package outbound

import (
	"context"

	"github.com/zhida-project/zhida/shared/conversation"
)

// forbidden reports whether the customer has forbidden what goes next. What law and carriers want
// them to be answered goes out all the same.
func (l *look) forbidden() bool {
	return l.c.Consent.Out && l.queue[0].of.Purpose != conversation.Confirmation
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
