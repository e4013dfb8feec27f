package platform

import (
	"slices"
	"time"
)

// sender is the perfect one at work.
type sender struct {
	grants  []*grant // of the user, oldest first
	newest  bool     // Plan.NewestCounts
	reserve int
	waiting []Wish
	said    []Said
}

// ideal returns what a perfect sender says of these wishes up to now, and what waits; notice
// is how late it knows that an outage is over. p.mu is held.
func (p *Platform) ideal(u *User, wishes []Wish, reserve int, notice time.Duration) (said []Said, waiting []string) {
	s := sender{grants: u.grants, newest: p.o.Faults.NewestCounts, reserve: reserve}
	for _, t := range p.moments(u, wishes, notice) {
		for len(wishes) > 0 && !wishes[0].At.After(t) {
			s.waiting, wishes = append(s.waiting, wishes[0]), wishes[1:]
		}
		for !p.seemsDown(t, notice) && s.say(t) {
		}
	}
	for _, w := range s.waiting {
		waiting = append(waiting, w.ID)
	}
	return s.said, waiting
}

// moments are when a sender may have something to do, up to now.
func (p *Platform) moments(u *User, wishes []Wish, notice time.Duration) []time.Time {
	var all []time.Time
	for _, g := range u.grants {
		if !g.known.IsZero() {
			all = append(all, g.known)
		}
	}
	for _, w := range wishes {
		all = append(all, w.At)
	}
	for _, span := range p.o.Faults.Down {
		all = append(all, span.To.Add(notice))
	}
	now := p.o.Clock.Now()
	all = slices.DeleteFunc(all, func(t time.Time) bool { return t.After(now) })
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// notices are how late senders may know that an outage is over, of those that differ in what
// they have to say then.
func (p *Platform) notices(u *User, wishes []Wish) []time.Duration {
	all, most := []time.Duration{0}, p.o.Faults.Notice
	if most == 0 {
		return all
	}
	for _, span := range p.o.Faults.Down {
		for _, t := range p.moments(u, wishes, 0) {
			if late := t.Sub(span.To); late > 0 && late < most {
				all = append(all, late)
			}
		}
	}
	return slices.Compact(append(all, most))
}

// seemsDown reports whether the API is down at a time, as far as a sender knows.
func (p *Platform) seemsDown(t time.Time, notice time.Duration) bool {
	for _, span := range p.o.Faults.Down {
		if (Span{From: span.From, To: span.To.Add(notice)}).Has(t) {
			return true
		}
	}
	return false
}

// say says one message at t, if it may.
func (s *sender) say(t time.Time) bool {
	if len(s.waiting) == 0 {
		return false
	}
	believed := s.balance(t, func(g *grant) bool { return !g.known.IsZero() && !g.known.After(t) })
	given := s.balance(t, func(*grant) bool { return true })
	if !believed.open(t) || !given.open(t) { // an act that the company has yet to hear of may have ended it
		return false
	}
	person := slices.ContainsFunc(s.waiting, func(w Wish) bool { return w.Person })
	if open := s.waiting[len(s.waiting)-1].Open; open && !person && believed.left <= s.reserve {
		return false
	}
	said, bytes := Said{At: t}, -1 // a line break goes between two
	for len(s.waiting) > 0 && (bytes < 0 || bytes+1+s.waiting[0].Bytes <= maxText) {
		bytes += 1 + s.waiting[0].Bytes
		said.IDs = append(said.IDs, s.waiting[0].ID)
		s.waiting = s.waiting[1:]
	}
	s.said = append(s.said, said)
	return true
}

// balance is what is left at t of those of the grants that count, after all that was said.
func (s *sender) balance(t time.Time, counts func(*grant) bool) (b balance) {
	said := s.said
	for _, g := range s.grants {
		if g.at.After(t) || !counts(g) {
			continue
		}
		for len(said) > 0 && said[0].At.Before(g.at) {
			said = said[1:]
			b.left--
		}
		b = b.with(*g, s.newest)
	}
	b.left -= len(said)
	return b
}
