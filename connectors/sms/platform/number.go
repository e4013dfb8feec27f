package platform

import (
	"strings"
	"time"
)

// number is one of the company's, as it is used.
type number struct {
	Number
	arn    string
	recent []sending // within the last second, oldest first
}

// sending is what went out of a number.
type sending struct {
	at    time.Time
	parts int
}

// tollFreeMPS is of https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-mps.html.
const tollFreeMPS = 3

func (p *Platform) made(n Number) *number {
	if n.ID == "" {
		n.ID = "phone-" + strings.TrimPrefix(n.Number, "+")
	}
	if n.PartsPerSecond == 0 {
		n.PartsPerSecond = tollFreeMPS
	}
	return &number{Number: n, arn: p.arn("phone-number/" + n.ID)}
}

// number returns one by its number; nil where there is none. p.mu is held.
func (p *Platform) number(of string) *number {
	for _, n := range p.numbers {
		if n.Number.Number == of {
			return n
		}
	}
	return nil
}

// originator returns the one that an OriginationIdentity names: by number, id or ARN. p.mu is held.
func (p *Platform) originator(identity string) *number {
	for _, n := range p.numbers {
		if identity == n.Number.Number || identity == n.ID || identity == n.arn {
			return n
		}
	}
	return nil
}

// tollFree reports whether it is a US toll-free number, of which STOP is the only opt-out word.
func (n *number) tollFree() bool {
	for _, area := range []string{"800", "833", "844", "855", "866", "877", "888"} {
		if strings.HasPrefix(n.Number.Number, "+1"+area) {
			return true
		}
	}
	return false
}

// mayPass reports whether so many parts may go out now, and counts them if so. A message of more parts
// than go out in a second passes where nothing else went out, or it never could: no page says how AWS
// does that. p.mu is held.
func (n *number) mayPass(now time.Time, parts int) bool {
	for len(n.recent) > 0 && now.Sub(n.recent[0].at) >= time.Second {
		n.recent = n.recent[1:]
	}
	total := parts
	for _, s := range n.recent {
		total += s.parts
	}
	if len(n.recent) > 0 && total > n.PartsPerSecond {
		return false
	}
	n.recent = append(n.recent, sending{now, parts})
	return true
}
