package platform

import (
	"fmt"
	"time"
)

// allowance is what an act of a user lets the account send:
// https://developers.weixin.qq.com/doc/subscription/api/customer/message/api_sendcustommessage.html and
// https://developers.weixin.qq.com/miniprogram/dev/framework/open-ability/customer-message/send.html.
type allowance struct {
	messages int
	lasts    time.Duration
}

var (
	byMessage = allowance{5, 48 * time.Hour}
	byMenu    = allowance{3, time.Minute} // CLICK and scans from a menu; an item of an msgmenu
	byFollow  = allowance{3, time.Minute}
	byScan    = allowance{3, time.Minute}
	bySession = allowance{2, time.Minute} // mini-programs
	byNothing = allowance{}               // VIEW, LOCATION: what there is stays
)

// grant is an allowance that was given.
type grant struct {
	why      string // the act
	messages int
	at       time.Time // of the act
	from     time.Time // the same in seconds, as the push says
	until    time.Time
	ends     bool      // the user left: nothing may be sent, whatever was given before
	known    time.Time // when the account's webhook had the push; zero: not yet
	early    bool      // something was sent on it before
}

// balance is what grants let an account send.
type balance struct {
	left  int
	until time.Time
}

func (b balance) open(t time.Time) bool { return b.left > 0 && t.Before(b.until) }

// with is what there is after a grant: "可发送客服消息条数不累加, 上述用户动作会触发可下发条数及可下发时限的更新,
// 可下发消息条数更新为当前可下发条数限制的最大值, 有效下发时间限制也更新为最长有效时间", as the page of mini-programs said once
// (copied at http://www.mntuku.cn/index.php/article/show/id-1357). What is closed adds nothing.
func (b balance) with(g grant, newest bool) balance {
	if newest || g.ends || !b.open(g.from) {
		return balance{g.messages, g.until}
	}
	if b.until.Before(g.until) {
		b.until = g.until
	}
	b.left = max(b.left, g.messages)
	return b
}

// grant gives an allowance; p.mu is held. The one for leaving is of no messages.
func (u *User) grant(why string, a allowance, from time.Time) *grant {
	g := &grant{
		why: why, messages: a.messages, at: u.p.o.Clock.Now(), from: from, until: from.Add(a.lasts), ends: a == byNothing,
	}
	u.balance = u.balance.with(*g, u.p.o.Faults.NewestCounts)
	if u.balance.left > g.messages { // some are of the one before
		g.early = u.grants[len(u.grants)-1].early
	}
	u.grants = append(u.grants, g)
	return g
}

// refusal says why a message may not be sent, by errcode; 0: it may. p.mu is held.
func (u *User) refusal(now time.Time) (code int, why string, known bool) {
	if u.account.Kind == Official && !u.followed {
		return codeNotFollowing, "never followed", true
	}
	if len(u.grants) == 0 {
		return codeClosed, "did nothing yet", true
	}
	g := u.grants[len(u.grants)-1]
	known = !g.known.IsZero() && !g.early
	switch {
	case u.account.Kind == Official && !u.following:
		return codeClosed, "unfollowed", known && g.known.Before(now)
	case !now.Before(u.balance.until):
		return codeClosed, fmt.Sprintf("closed %s ago, after %s", now.Sub(u.balance.until), g.why), known
	case u.balance.left == 0:
		return codeSpent, "all spent since " + g.why, known
	}
	return 0, "", false
}

// spend takes one message; p.mu is held.
func (u *User) spend() {
	u.balance.left--
	g := u.grants[len(u.grants)-1]
	g.early = g.early || g.known.IsZero()
}

// Violation is a call that no sender need have made.
type Violation struct {
	At   time.Time
	User string // openid; "" where none is concerned
	Code int    // the errcode that it was answered; 0 where it was not refused
	Why  string
	// Known is whether the sender could know by what its webhook is told, in the order in
	// which it is: the push of the act that counts had reached it, that of leaving before this
	// moment, and nothing was sent on its allowance before. Else the two crossed on their way.
	Known bool
}

// Violations returns those so far, oldest first: every 43004, 45015 and 45047, every
// force_refresh less than 30 s after the last one or above 20 a day, every call without a
// token.
func (p *Platform) Violations() []Violation {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Violation(nil), p.violations...)
}

// violated notes one; p.mu is held.
func (p *Platform) violated(user string, code int, why string, known bool) {
	p.violations = append(p.violations, Violation{At: p.o.Clock.Now(), User: user, Code: code, Why: why, Known: known})
}
