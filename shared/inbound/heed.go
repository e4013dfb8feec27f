package inbound

import (
	"context"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
)

// heed does what a call wants beside the messages in it: what comes of none is counted, an account
// that took its rights back is forgotten, what became of our messages is kept.
func (s *Service) heed(ctx context.Context, c channel.Connector, receipt channel.Receipt) error {
	name := c.Info().Name
	if receipt.Ignored != "" {
		s.ignored(ctx, name, receipt.Ignored)
	}
	s.remarkable(ctx, name, receipt)
	if f, can := c.(channel.Forgetter); can && receipt.Revoked != "" {
		if err := f.Forget(ctx, receipt.Revoked, receipt.RevokedAt); err != nil {
			return err
		}
	}
	for _, r := range receipt.Reports {
		if err := s.report(ctx, name, r); err != nil {
			return err
		}
	}
	return nil
}

// report keeps what a provider tells of a message that it took, for the agent to see. A message
// that is known no more has been forgotten.
func (s *Service) report(ctx context.Context, channel string, r channel.Report) error {
	m, err := s.o.Store.Message(ctx, r.Conversation, r.Key)
	if fault.Is(err, fault.NotFound) {
		s.ignored(ctx, channel, "report_of_nothing")
		return nil
	}
	if err != nil {
		return err
	}
	c, err := s.o.Store.Conversation(ctx, r.Conversation)
	if err != nil {
		return err
	}
	now := s.o.Now()
	r.Outcome.At = now
	o := store.Outcome{Conversation: r.Conversation, Key: r.Key, Outcome: r.Outcome}
	if m.Outcome.Open() && r.Outcome.Delivery != conversation.NotSent { // it comes before whoever sent it has said so
		o.Record = outbox.Acknowledged(c, m, now)
	}
	changed, err := s.o.Store.Report(ctx, o)
	if err != nil || !changed {
		return err
	}
	n := outbox.Of(c)
	n.Keys = []conversation.Key{r.Key}
	s.o.Outbox.Tell(ctx, n)
	return nil
}

// consented keeps what a message says of whether we may write to its customer, and returns the
// state with it.
func (s *Service) consented(ctx context.Context, c conversation.Conversation, m conversation.Message) (conversation.Conversation, error) {
	said, any := m.Keyword.Consents(m.Key)
	if !any {
		return c, nil
	}
	if said.Key >= c.Consent.Key {
		c.Consent = said
	}
	return c, s.o.Store.PutConsent(ctx, m.Conversation, said)
}

// arrivalsKept is for how long it is known when a message came first: longer than any platform or
// queue keeps one.
const arrivalsKept = 100 * 24 * time.Hour

// arrived is the key of a message whose platform gives it an id and no time to rely on: by its
// first arrival, however often and in whatever order it comes (docs/adr/0031-sms.md).
func (s *Service) arrived(ctx context.Context, id conversation.ID, in channel.Inbound) (conversation.Key, error) {
	at := in.Key.Time()
	free, err := s.o.Store.Turn(ctx, store.Scope("arrival", string(id), in.Origin), at, at.Add(arrivalsKept))
	if err != nil {
		return "", err
	}
	if free.After(at) { // it is taken for so long from the first on
		at = free.Add(-arrivalsKept)
	}
	return conversation.InboundKey(at, in.Origin), nil
}
