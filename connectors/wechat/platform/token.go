package platform

import (
	"crypto/subtle"
	"encoding/json"
	"net/netip"
	"slices"
	"time"
)

// What tokens are, by https://developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html.
const (
	tokenLasts   = 7200 * time.Second
	renewBefore  = 5 * time.Minute  // from then on the next call renews; both tokens are valid
	forcePause   = 30 * time.Second // a force_refresh earlier than that refreshes nothing
	forcesADay   = 20
	stableMinute = 10_000
	stableDay    = 500_000
	classicDay   = 2_000
)

// beijing is where WeChat's days begin.
var beijing = time.FixedZone("UTC+8", 8*60*60)

type token struct {
	text    string
	account *account
	expires time.Time
	killed  bool // by a newer one
}

func (t *token) valid(now time.Time) bool { return t != nil && !t.killed && now.Before(t.expires) }

// usage counts calls in the present minute and day, by what they are.
type usage struct{ stableMinute, stableDay, classicDay window }

type window struct {
	start time.Time
	n     int
}

// take counts one more in the stretch that begins at start, and reports whether it is within limit.
func (w *window) take(start time.Time, limit int) bool {
	if !w.start.Equal(start) {
		*w = window{start: start}
	}
	w.n++
	return w.n <= limit
}

func day(t time.Time) time.Time {
	year, month, d := t.In(beijing).Date()
	return time.Date(year, month, d, 0, 0, 0, 0, beijing)
}

type issued struct {
	Token   string `json:"access_token"`
	Expires int64  `json:"expires_in"` // seconds
}

// issue makes a new token; p.mu is held.
func (p *Platform) issue(a *account, now time.Time) *token {
	t := &token{text: p.random(136), account: a, expires: now.Add(tokenLasts)}
	p.issued[t.text] = t
	return t
}

func (t *token) answer(now time.Time) result {
	return result{value: issued{t.text, int64(t.expires.Sub(now) / time.Second)}}
}

// stableToken is POST /cgi-bin/stable_token. p.mu is held.
func (p *Platform) stableToken(c call) result {
	var ask struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	if json.Unmarshal(c.body, &ask) != nil {
		return refuse(codeBadJSON)
	}
	a, refused := p.known(c, ask.GrantType, ask.AppID, ask.Secret)
	if a == nil {
		return refused
	}
	if !a.usage.stableDay.take(day(c.now), stableDay) {
		return refuse(codeDayQuota)
	}
	if !a.usage.stableMinute.take(c.now.Truncate(time.Minute), stableMinute) {
		return refuse(codeMinuteQuota)
	}
	if ask.Force {
		return p.force(a, c.now)
	}
	if !a.stable.valid(c.now) || a.stable.expires.Sub(c.now) <= renewBefore {
		a.stable = p.issue(a, c.now)
	}
	return a.stable.answer(c.now)
}

// force is force_refresh: the token before is dead at once. p.mu is held.
func (p *Platform) force(a *account, now time.Time) result {
	today := slices.DeleteFunc(slices.Clone(a.forced), func(t time.Time) bool { return !day(t).Equal(day(now)) })
	if len(today) >= forcesADay {
		p.violated("", codeDayQuota, "force_refresh more than 20 times a day", true)
		return refuse(codeDayQuota)
	}
	if n := len(a.forced); n > 0 && now.Sub(a.forced[n-1]) < forcePause && a.stable.valid(now) {
		p.violated("", 0, "force_refresh less than 30 s after the last one", true)
		return a.stable.answer(now)
	}
	p.killStable(a)
	a.forced = append(today, now)
	a.stable = p.issue(a, now)
	return a.stable.answer(now)
}

// killStable ends every stable token, the one before a renewal too; p.mu is held.
func (p *Platform) killStable(a *account) {
	for _, t := range p.issued {
		if t.account == a && t != a.classic {
			t.killed = true
		}
	}
}

// classicToken is GET /cgi-bin/token, apart from the stable ones. p.mu is held.
func (p *Platform) classicToken(c call) result {
	a, refused := p.known(c, c.query.Get("grant_type"), c.query.Get("appid"), c.query.Get("secret"))
	if a == nil {
		return refused
	}
	if !a.usage.classicDay.take(day(c.now), classicDay) {
		return refuse(codeDayQuota)
	}
	if a.classic != nil {
		a.classic.killed = true
	}
	a.classic = p.issue(a, c.now)
	return a.classic.answer(c.now)
}

// known finds who asks for a token; a is nil where it is refused. Mini-programs need no IP
// list (https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Get_access_token.html).
func (p *Platform) known(c call, grantType, appID, secret string) (a *account, refused result) {
	a = p.accounts[appID]
	switch {
	case grantType != "client_credential":
		return nil, refuse(codeBadGrantType)
	case appID == "":
		return nil, refuse(codeAppIDMissing)
	case secret == "":
		return nil, refuse(codeSecretMissing)
	case a == nil:
		return nil, refuse(codeBadAppID)
	case subtle.ConstantTimeCompare([]byte(secret), []byte(a.Secret)) != 1:
		return nil, refuse(codeBadSecret)
	case a.Kind == Official && a.AllowIPs != nil && !slices.ContainsFunc(a.AllowIPs, func(n netip.Prefix) bool { return n.Contains(c.from) }):
		return nil, result{code: codeBadIP, arg: c.from.String()}
	}
	return a, result{}
}

// authorized finds whose token a call has; p.mu is held.
func (p *Platform) authorized(c call) (*account, int) {
	text := c.query.Get("access_token")
	t := p.issued[text]
	switch {
	case text == "":
		p.violated("", codeTokenMissing, "a call without a token", true)
		return nil, codeTokenMissing
	case t == nil:
		return nil, codeNoToken
	case t.killed:
		return nil, codeBadToken
	case !c.now.Before(t.expires):
		return nil, codeTokenExpired
	}
	return t.account, 0
}
