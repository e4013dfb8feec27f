package dynamostore

import "time"

// moment is when an operation takes place, for what is forgotten one day.
type moment struct {
	now     int64 // Unix seconds
	expires int64 // when what is stored now is forgotten; 0 for never
}

func (s *Store) moment() moment {
	now := s.now()
	m := moment{now: now.Unix()}
	if s.keep > 0 {
		m.expires = now.Add(s.keep).Unix()
	}
	return m
}

// stamp says on an edit's item when that is forgotten.
func (at moment) stamp(e *edit) {
	if at.expires == 0 {
		e.remove(TTL)
		return
	}
	e.put(TTL, number(at.expires))
}

// absent adds the condition that an edit's item is not there, which it shows by an
// attribute. What is forgotten is not there: DynamoDB removes it within days.
func (at moment) absent(e *edit, attribute string) {
	e.only(attribute, "attribute_not_exists(@) OR "+e.name(TTL)+" <= ?", number(at.now))
}

// there adds the condition that what an edit's item holds is not forgotten.
func (at moment) there(e *edit) {
	e.only(TTL, "attribute_not_exists(@) OR @ > ?", number(at.now))
}

// forgotten reports whether an item is not there any more.
func (i item) forgotten(now time.Time) bool {
	return i.has(TTL) && i.int(TTL) <= now.Unix()
}
