package platform

import (
	"context"
	"slices"
	"time"
)

// sent is a message that the API took.
type sent struct {
	id       string
	from     *number
	out      outgoing
	kind     string // TEXT or MEDIA, as event types begin
	encoding Encoding
	parts    int
	at       time.Time
}

type messageID struct {
	ID string `json:"MessageId"`
}

// sendText is SendTextMessage.
func (p *Platform) sendText(_ context.Context, o outgoing) (any, *failure) {
	o.Media = nil // it has no such parameter
	if wrong := o.missing(); wrong != nil {
		return nil, wrong
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	text := o.text()
	if o.exceeds() || tooLong(text) {
		p.violated(o.Origin, o.To, TooLong)
	}
	if fields := o.wrong(); len(fields) > 0 {
		return nil, invalid(fields...)
	}
	if tooLong(text) { // "will return an Invalid Message Exception": which of the errors that is, no page says
		return nil, refused("MAXIMUM_SIZE_EXCEEDED", "The message is longer than is supported.")
	}
	parts := Parts(text)
	m := sent{out: o, kind: "TEXT", encoding: EncodingOf(text), parts: len(parts)}
	if wrong := p.accept(&m); wrong != nil || o.DryRun {
		return messageID{m.id}, wrong
	}
	fate := p.becomes(m)
	p.phone(o.To).get(Entry{Text: text, Parts: parts}, m, fate)
	p.follow(m, fate)
	return messageID{m.id}, nil
}

// accept looks at all that may keep a message from being sent, and takes it: in which order AWS does that
// is told by no page. p.mu is held.
func (p *Platform) accept(m *sent) *failure {
	n, wrong := p.resources(m.out)
	if wrong != nil {
		return wrong
	}
	now := p.o.Clock.Now()
	m.id, m.from, m.at = p.id(), n, now
	price := priceOf(m.parts)
	switch {
	case m.kind == "MEDIA" && !n.MMS:
		return conflict("NUMBER_CAPABILITIES_MISMATCH", "phone-number", n.ID)
	case p.o.Sandbox != nil && !slices.Contains(p.o.Sandbox, m.out.To):
		return conflict("DESTINATION_PHONE_NUMBER_NOT_VERIFIED", "verified-destination-number", m.out.To)
	case p.list[m.out.To] != nil:
		return conflict("DESTINATION_PHONE_NUMBER_OPTED_OUT", "opted-out-number", m.out.To)
	case m.out.MaxPrice != "" && price > parsed(m.out.MaxPrice):
		return refused("PRICE_OVER_THRESHOLD", "The message costs more than MaxPrice.")
	case p.overLimit(m.kind, price, now):
		return overSpent("MONTHLY_SPEND_LIMIT_REACHED_FOR_" + m.kind)
	case m.out.DryRun: // "checked and validated, but isn't sent"; its own five parts a second are not counted here
		return nil
	case !n.mayPass(now, m.parts):
		return throttled()
	}
	p.spend(m.kind, m.parts, price)
	p.said(n, m.out.To)
	return nil
}

// becomes is the fate of a message that was taken. "For US toll-free numbers, opt-outs are managed at the carrier
// level": of a self-managed one too, whose messages then are taken and go nowhere. p.mu is held.
func (p *Platform) becomes(m sent) Fate {
	if m.from.tollFree() && p.stops[pair{m.from.Number.Number, m.out.To}] != nil {
		return CarrierBlocked
	}
	return p.fate(m.out.To)
}
