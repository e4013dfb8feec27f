package platform

import (
	"encoding/json"
	"time"
)

// Why is what is wrong with a call that no program need have made.
type Why string

// The violations.
const (
	OptedOut Why = "opted out" // to somebody who wants no messages, and the program knew
	TooLong  Why = "too long"  // a text above AWS's limits
	BadMedia Why = "bad media" // a file that cannot be read, of a kind or size that cannot be sent
)

// Violation is one such call.
type Violation struct {
	At     time.Time
	Number string // the company's, or what the call named
	Phone  string
	Why    Why
}

// Violations returns those so far, oldest first: every call of the API that would send to a phone that wants
// no messages from there, after Acked said that the program knows; every text above AWS's limits; every file
// that cannot be sent. One message within five minutes of a STOP to a self-managed number is none: it
// confirms (47 CFR 64.1200(a)(12)). What never arrived is none either.
func (p *Platform) Violations() []Violation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Violation(nil), p.violations...)
}

// confirmWithin is how long after a STOP it may be confirmed.
const confirmWithin = 5 * time.Minute

// watch looks at a call that arrived, whatever is answered.
func (p *Platform) watch(body []byte) {
	var o outgoing
	if json.Unmarshal(body, &o) != nil || o.To == "" || o.DryRun {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.originator(o.Origin)
	if n == nil {
		return
	}
	s := p.stops[pair{n.Number.Number, o.To}]
	confirms := s != nil && !s.confirmed && p.o.Clock.Now().Sub(s.at) <= confirmWithin
	l := p.list[o.To]
	if l != nil && l.stop.acked || s != nil && s.acked && !confirms {
		p.violated(n.Number.Number, o.To, OptedOut)
	}
}

// said notes that a message goes out: after a STOP that the program knows of, it is the one that confirms.
// p.mu is held.
func (p *Platform) said(n *number, phone string) {
	if s := p.stops[pair{n.Number.Number, phone}]; s != nil && s.acked {
		s.confirmed = true
	}
}

// violated notes one; p.mu is held.
func (p *Platform) violated(number, phone string, why Why) {
	p.violations = append(p.violations, Violation{At: p.o.Clock.Now(), Number: number, Phone: phone, Why: why})
}
