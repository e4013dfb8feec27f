package simulation

import (
	"slices"
	"time"
)

// Span is a stretch of time, without its end.
type Span struct{ From, To time.Time }

// Has reports whether a time is in it.
func (s Span) Has(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

// Within reports whether a time is in one of several, such as the outages of a provider.
func Within(spans []Span, t time.Time) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.Has(t) })
}
