package platform

import (
	"regexp"
	"time"
)

// stop is one time that somebody wanted no more messages.
type stop struct {
	at        time.Time
	acked     bool // the program knows
	confirmed bool // it said so, once
}

// listing is a phone on the opt-out list.
type listing struct {
	at     time.Time
	byUser bool
	stop   *stop
}

// startWords are what ends a stop to a self-managed number, said alone. Of those, the page on opting out has
// both for toll-free numbers.
var startWords = []string{"START", "UNSTOP"}

// heed does what a message to a number has AWS do, and notes what it has the company do. It returns the
// stop that the message is, or nil. p.mu is held.
func (p *Platform) heed(n *number, u *Phone, text string) *stop {
	k, there := n.keyword(text)
	if n.SelfManaged && (!there || k.required()) {
		return p.note(n, u, text)
	}
	if !there {
		return nil
	}
	var s *stop
	switch k.Action {
	case OptOut:
		s = p.optOut(u.Number, true)
	case OptIn:
		delete(p.list, u.Number)
		delete(p.stops, pair{n.Number.Number, u.Number})
	case Respond:
	}
	if k.Reply != "" {
		u.show(Entry{Who: AWS, Number: n.Number.Number, Text: k.Reply, Parts: Parts(k.Reply)})
	}
	return s
}

// note remembers what a self-managed number's company has to heed: a word alone, which nobody can mean
// otherwise. p.mu is held.
func (p *Platform) note(n *number, u *Phone, text string) *stop {
	at := pair{n.Number.Number, u.Number}
	switch {
	case bare(text, append([]string{stopWord}, otherStops...)...):
		if p.stops[at] == nil {
			p.stops[at] = &stop{}
		}
		p.stops[at].at, p.stops[at].confirmed = p.o.Clock.Now(), false
		return p.stops[at]
	case bare(text, startWords...):
		delete(p.stops, at)
	}
	return nil
}

// optOut puts a phone on the list, which all numbers share: "the recipient no longer receives SMS or MMS
// messages from your AWS account". p.mu is held.
func (p *Platform) optOut(phone string, byUser bool) *stop {
	if p.list[phone] == nil {
		now := p.o.Clock.Now()
		p.list[phone] = &listing{at: now, byUser: byUser, stop: &stop{at: now, acked: !byUser}}
	}
	return p.list[phone].stop
}

// optedOut reports whether a phone wants no messages from a number. p.mu is held.
func (p *Platform) optedOut(n *number, phone string) bool {
	return p.list[phone] != nil || p.stops[pair{n.Number.Number, phone}] != nil
}

// The list that every account has.
const listName = "Default"

var phonePattern = regexp.MustCompile(`^\+?[1-9][0-9]{1,18}$`)

// listCall is the body of the calls of the opt-out list.
type listCall struct {
	Name    string   `json:"OptOutListName"`
	Number  string   `json:"OptedOutNumber"`
	Numbers []string `json:"OptedOutNumbers"`
}

type listed struct {
	ListARN  string  `json:"OptOutListArn,omitempty"`
	ListName string  `json:"OptOutListName,omitempty"`
	Number   string  `json:"OptedOutNumber"`
	At       float64 `json:"OptedOutTimestamp"` // seconds
	ByUser   bool    `json:"EndUserOptedOut"`
}

func (l *listing) shown(phone string) listed {
	return listed{Number: phone, At: float64(l.at.UnixMilli()) / 1000, ByUser: l.byUser}
}

// named checks the list of a call.
func (p *Platform) named(c listCall) *failure {
	if c.Name != listName && c.Name != p.listARN() {
		return notFound("opt-out-list", c.Name)
	}
	return nil
}

func (p *Platform) listARN() string { return p.arn("opt-out-list/" + listName) }

// putOptedOut is https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_PutOptedOutNumber.html.
func (p *Platform) putOptedOut(c listCall) (any, *failure) {
	if failed := p.named(c); failed != nil {
		return nil, failed
	}
	if !phonePattern.MatchString(c.Number) {
		return nil, invalid(field{"OptedOutNumber", patternText})
	}
	p.optOut(c.Number, false)
	return p.answered(p.list[c.Number].shown(c.Number)), nil
}

func (p *Platform) answered(l listed) listed {
	l.ListARN, l.ListName = p.listARN(), listName
	return l
}

// deleteOptedOut is https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_DeleteOptedOutNumber.html.
// "Each destination phone number can only be deleted once every 30 days"; by which error it is refused is told
// by no page, and PHONE_NUMBER_CANNOT_BE_OPTED_IN is the reason that says it.
func (p *Platform) deleteOptedOut(c listCall) (any, *failure) {
	if failed := p.named(c); failed != nil {
		return nil, failed
	}
	l, now := p.list[c.Number], p.o.Clock.Now()
	if l == nil {
		return nil, notFound("opted-out-number", c.Number)
	}
	if last, was := p.deleted[c.Number]; was && now.Sub(last) < 30*24*time.Hour {
		return nil, refused("PHONE_NUMBER_CANNOT_BE_OPTED_IN", "The number was removed within the last 30 days.")
	}
	delete(p.list, c.Number)
	p.deleted[c.Number] = now
	return p.answered(l.shown(c.Number)), nil
}

// describeOptedOut is https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_DescribeOptedOutNumbers.html,
// for numbers that are named: "if you specify an opted out number that isn't valid, an error is returned".
func (p *Platform) describeOptedOut(c listCall) (any, *failure) {
	if failed := p.named(c); failed != nil {
		return nil, failed
	}
	if len(c.Numbers) < 1 || len(c.Numbers) > 5 {
		return nil, invalid(field{"OptedOutNumbers", "1 to 5 numbers are asked for here"})
	}
	all := []listed{}
	for _, phone := range c.Numbers {
		l := p.list[phone]
		if l == nil {
			return nil, notFound("opted-out-number", phone)
		}
		all = append(all, l.shown(phone))
	}
	return struct {
		ListARN  string   `json:"OptOutListArn"`
		ListName string   `json:"OptOutListName"`
		Numbers  []listed `json:"OptedOutNumbers"`
	}{p.listARN(), listName, all}, nil
}
