package conversation

// Note is the message of ours that shows a waiting customer their place in line, on a
// channel that lets what was sent be changed: as the line moves, it is changed, and nothing
// new is said (promise P3). The zero Note is of a channel that does not, or of nobody who
// was told a place.
type Note struct {
	Key        Key    // of the message, as it was said first
	ProviderID string // the provider's id of it
	Place      string // what it shows now, in whoever's words who writes it; "" for what it said first
}
