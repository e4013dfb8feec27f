package platform

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Wish is something that a company wanted to say to a user.
type Wish struct {
	ID     string    // stands in the text that says it, with no letter or digit of ASCII beside it
	At     time.Time // when it was wanted
	Person bool      // a person said it
	Open   bool      // a ticket is open: somebody waits, or is with a person
	Bytes  int       // of its text, ID and all
}

// Wanted tells what a company wants to say, for Perfect to compare with what is said.
func (p *Platform) Wanted(u *User, w Wish) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u.wishes = append(u.wishes, w)
}

// Report compares a phone with what a perfect sender would have brought there. The lists are
// of wishes' ids, in the order in which they were wanted.
type Report struct {
	Ideal     []Said // what the perfect sender says by the API, in order
	Waiting   []string
	Missing   []string // the perfect sender said it, and the phone does not show it
	Doubled   []string // the phone shows it more than once
	Reordered []string // the phone shows it before something that was wanted earlier
	Late      []Late
	Uncertain []string // missing or doubled by a call that nobody can know the end of
}

// Said is one message of the perfect sender.
type Said struct {
	IDs []string
	At  time.Time
}

// Late is something that the phone shows later than it could.
type Late struct {
	ID string
	By time.Duration
}

// Perfect returns how a user fared up to now. The perfect sender knows what a company can
// know, nothing that is to come: of an act once its push reached the webhook, of a wish from
// its At on. It says at once what it may, in the order wanted, as much in a message as 2,048
// bytes hold; while a ticket is open it leaves the last reserve messages of an allowance to what persons say; it
// waits while the API is down, and no other fault costs it time (of Plan.Notice: what is said too late
// is not expected). What a passive reply brought
// in truth cost nothing: the perfect sender does not say it once more, and no receipt of such
// replies exists for it to count on more.
func (p *Platform) Perfect(u *User, reserve int) Report {
	p.mu.Lock()
	defer p.mu.Unlock()
	wishes := slices.Clone(u.wishes)
	slices.SortStableFunc(wishes, func(a, b Wish) int { return a.At.Compare(b.At) })
	views := make([]seen, len(wishes))
	var ask []Wish
	for i, w := range wishes {
		views[i] = u.see(w.ID)
		if views[i].by != Passive {
			ask = append(ask, w)
		}
	}
	var r Report
	r.Ideal, r.Waiting = p.ideal(u, ask, reserve, 0)
	said := times(r.Ideal)
	for _, notice := range p.notices(u, ask)[1:] {
		late, _ := p.ideal(u, ask, reserve, notice)
		at := times(late)
		maps.DeleteFunc(said, func(id string, _ time.Time) bool { return at[id].IsZero() })
	}
	newest := place{}
	for i, w := range wishes {
		at, expected := said[w.ID]
		r.judge(u, w, views[i], at, expected)
		if views[i].times == 0 {
			continue
		}
		if views[i].first.before(newest) {
			r.Reordered = append(r.Reordered, w.ID)
		} else {
			newest = views[i].first
		}
	}
	return r
}

// times are when each wish was said.
func times(all []Said) map[string]time.Time {
	at := map[string]time.Time{}
	for _, s := range all {
		for _, id := range s.IDs {
			at[id] = s.At
		}
	}
	return at
}

// judge looks at one wish: at is when the perfect sender said it, where it did.
func (r *Report) judge(u *User, w Wish, s seen, at time.Time, expected bool) {
	lost, repeated := u.unsure(w.ID)
	switch {
	case s.times == 0 && lost > 0, s.times > 1 && s.times-1 <= repeated:
		r.Uncertain = append(r.Uncertain, w.ID)
	case s.times == 0 && expected:
		r.Missing = append(r.Missing, w.ID)
	case s.times > 1:
		r.Doubled = append(r.Doubled, w.ID)
	}
	if s.times > 0 && expected && s.at.After(at) {
		r.Late = append(r.Late, Late{w.ID, s.at.Sub(at)})
	}
}

// seen is how a phone shows a wish.
type seen struct {
	times int
	at    time.Time // the first time
	by    By
	first place
}

// place is where on a phone something stands.
type place struct{ entry, at int }

func (p place) before(q place) bool { return p.entry < q.entry || p.entry == q.entry && p.at < q.at }

// see looks for a wish on a phone; p.mu is held.
func (u *User) see(id string) seen {
	var s seen
	for _, e := range u.phone {
		if e.Who != Company {
			continue
		}
		found := mentions(e.Text, id)
		if len(found) > 0 && s.times == 0 {
			s = seen{at: e.At, by: e.By, first: place{e.N, found[0]}}
		}
		s.times += len(found)
	}
	return s
}

// unsure counts the sends of a wish whose sender got no answer, by what became of them.
func (u *User) unsure(id string) (lost, taken int) {
	for _, s := range u.sends {
		switch {
		case len(mentions(s.text, id)) == 0:
		case s.taken:
			taken++
		default:
			lost++
		}
	}
	return lost, taken
}

// mentions returns where an id stands in a text by itself.
func mentions(text, id string) []int {
	if id == "" {
		return nil
	}
	var found []int
	for from := 0; ; {
		i := strings.Index(text[from:], id)
		if i < 0 {
			return found
		}
		i += from
		from = i + len(id)
		if !(i > 0 && alphanumeric(text[i-1]) || from < len(text) && alphanumeric(text[from])) {
			found = append(found, i)
		}
	}
}

func alphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
