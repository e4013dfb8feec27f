package conversation

// Keyword is what law and carriers have a customer's word mean, whatever else it says. That they
// leave the line is none: they say that in so many words.
type Keyword string

// The keywords.
const (
	OptOut Keyword = "stop"  // nothing may be sent to them any more
	OptIn  Keyword = "start" // they take that back
	Help   Keyword = "help"  // who writes to them, and how they stop it
)

// Consent is what a customer said last of whether we may write to them. The zero Consent is of
// somebody who said nothing of it.
type Consent struct {
	Key  Key  // of the message that said it; where the provider told us, of the newest before
	Out  bool // we may not
	Told bool // by the provider
}

// OptedOut reports whether nothing may be sent to the customer. What the provider told us counts
// until they write again: they may have taken it back where only the provider hears of it.
func (c Conversation) OptedOut() bool {
	return c.Consent.Out && !(c.Consent.Told && c.LastIn > c.Consent.Key)
}

// Consents is what a keyword in a message with this key says; false where it says nothing of it.
func (w Keyword) Consents(k Key) (Consent, bool) {
	return Consent{Key: k, Out: w == OptOut}, w == OptOut || w == OptIn
}
