package platform

import (
	"slices"
	"strconv"
	"time"
)

// How often an app may call: https://docs.slack.dev/apis/web-api/rate-limits. Tiers count by method,
// workspace and minute, and promise as much "and more": this platform gives no more.
const (
	perChannel = time.Second // between two messages in a channel, however posted
	tier3      = 50
	tier4      = 100
	tierWindow = time.Minute
)

// paced reports whether the app may post in a channel now; p.mu is held.
func (p *Platform) paced(c *Channel) bool {
	now := p.o.Clock.Now()
	if now.Sub(c.last) < perChannel {
		p.violations = append(p.violations, Violation{At: now, Channel: c.ID, Error: "ratelimited"})
		return false
	}
	c.last = now
	return true
}

// tooMany returns how long a workspace's calls of a method have to wait, if they are more than its tier
// in a minute; else it counts one. Those that were refused do not count. p.mu is held.
func (p *Platform) tooMany(w *workspace, method string, tier int) (wait time.Duration) {
	if tier == 0 {
		return 0
	}
	now := p.o.Clock.Now()
	recent := slices.DeleteFunc(w.calls[method], func(t time.Time) bool { return now.Sub(t) >= tierWindow })
	w.calls[method] = recent
	if len(recent) >= tier {
		p.violations = append(p.violations, Violation{At: now, Method: method, Error: "ratelimited"})
		return tierWindow - now.Sub(recent[0])
	}
	w.calls[method] = append(recent, now)
	return 0
}

// seconds is a Retry-After: whole seconds, after which the call is taken.
func seconds(wait time.Duration) string {
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}
