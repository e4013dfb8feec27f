package conversation

import "time"

// Grant is what a channel lets us send because of something a customer did, until they
// do something again: a new grant takes the place of the old one and adds nothing to it.
// The zero Grant is of a channel that sets no limit, or of an act that grants nothing.
type Grant struct {
	Messages int           // how many; above 0
	Lasts    time.Duration // from the act on
}

// Allowance is what is left of the newest grant.
type Allowance struct {
	Granted Key       // of the customer's message that granted it; "" where nothing ever was
	Left    int       // messages
	Until   time.Time // the channel takes none from then on
}

// Allows returns what the grant is worth when the message with that key made it.
func (g Grant) Allows(k Key) Allowance {
	return Allowance{Granted: k, Left: g.Messages, Until: k.Time().Add(g.Lasts)}
}

// Open reports whether a message may be sent at a time.
func (a Allowance) Open(now time.Time) bool { return a.Left > 0 && now.Before(a.Until) }
