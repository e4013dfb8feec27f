package platform

import (
	"slices"
	"time"
)

// sender is the perfect one at work.
type sender struct {
	grants  []grant // of the user, with what is left in this sender's world
	reserve int
	waiting []Wish
	said    []Said
}

// ideal returns what a perfect sender says of these wishes up to now, and what waits; notice
// is how late it knows that an outage is over. p.mu is held.
func (p *Platform) ideal(u *User, wishes []Wish, reserve int, notice time.Duration) (said []Said, waiting []string) {
	now := p.o.Clock.Now()
	s := sender{reserve: reserve}
	var moments []time.Time
	for _, g := range u.grants {
		fresh := *g
		fresh.left = g.total
		s.grants = append(s.grants, fresh)
		if !g.known.IsZero() {
			moments = append(moments, g.known)
		}
	}
	for _, w := range wishes {
		moments = append(moments, w.At)
	}
	for _, span := range p.o.Faults.Down {
		moments = append(moments, span.To.Add(notice))
	}
	slices.SortFunc(moments, time.Time.Compare)
	for _, t := range moments {
		if t.After(now) {
			break
		}
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

// seemsDown reports whether the API is down at a time, as far as a sender knows.
func (p *Platform) seemsDown(t time.Time, notice time.Duration) bool {
	for _, span := range p.o.Faults.Down {
		if (Span{span.From, span.To.Add(notice)}).has(t) {
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
	believed := s.newest(func(g grant) bool { return !g.known.IsZero() && !g.known.After(t) })
	given := s.newest(func(g grant) bool { return !g.from.After(t) })
	if believed == nil || !believed.open(t) || !given.open(t) {
		return false
	}
	person := slices.ContainsFunc(s.waiting, func(w Wish) bool { return w.Person })
	if !person && believed.left <= s.reserve {
		return false
	}
	believed.left--
	if given != believed { // an act that the company has yet to hear of
		given.left--
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

// newest returns the newest grant of which something holds, or nil.
func (s *sender) newest(holds func(grant) bool) *grant {
	for i := len(s.grants) - 1; i >= 0; i-- {
		if holds(s.grants[i]) {
			return &s.grants[i]
		}
	}
	return nil
}

func (g grant) open(t time.Time) bool { return g.left > 0 && t.Before(g.until) }
