package conversation

import "time"

// Grant is what a channel lets us send because of something a customer did. The zero Grant
// is of a channel that sets no limit, or of an act that grants nothing.
type Grant struct {
	Messages int           // how many; above 0
	Lasts    time.Duration // from the act on
	Ends     bool          // the customer left: what was granted is over; then the others are zero
}

// Allowance is what a customer's acts let us send. They do not add up: each makes the count
// the larger of what is left and what it grants, and the end the later one
// (docs/adr/0027-allowances-grow.md).
type Allowance struct {
	Granted Key       // of the customer's message that it counts from; "" where nothing ever was
	Total   int       // messages since then, those that were spent, too
	Left    int       // messages
	Until   time.Time // the channel takes none from then on
}

// Open reports whether a message may be sent at a time.
func (a Allowance) Open(now time.Time) bool { return a.Left > 0 && now.Before(a.Until) }

// After returns what there is once a message with this key, which was not counted yet, has
// granted g. What is over or used up then adds nothing to it.
func (a Allowance) After(k Key, g Grant) Allowance {
	fresh := Allowance{Granted: k, Total: g.Messages, Left: g.Messages, Until: k.Time().Add(g.Lasts)}
	switch {
	case g == (Grant{}):
		return a
	case k <= a.Granted:
		return a.late(fresh)
	case g.Ends || !a.Open(k.Time()) || a.Within(fresh):
		return fresh
	case fresh.Within(a):
		return a
	}
	left := max(a.Left, fresh.Left)
	return Allowance{Granted: k, Total: left, Left: left, Until: later(a.Until, fresh.Until)}
}

// Within reports whether b is as much and lasts as long.
func (a Allowance) Within(b Allowance) bool { return a.Left <= b.Left && !a.Until.After(b.Until) }

// late returns what there is once a message has come that was granted before a was: as if it
// had been known then. Who left since has ended it.
func (a Allowance) late(before Allowance) Allowance {
	at := a.Granted.Time()
	if gone := !a.Until.After(at); gone || !before.Until.After(at) || before.Granted == a.Granted {
		return a
	}
	spent := a.Total - a.Left
	a.Left = max(a.Left, before.Left-spent)
	a.Total, a.Until = a.Left+spent, later(a.Until, before.Until)
	return a
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
