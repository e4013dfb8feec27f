package app

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// stride is how far the clock moves at a time: as long as WeChat waits for an answer.
const stride = 5 * time.Second

// outage is when WeChat's API is down.
var outage = platform.Span{From: crowdStart.Add(30 * time.Minute), To: crowdStart.Add(90 * time.Minute)}

// TestCrowd: nothing is lost, nothing is doubled, no allowance is exceeded, and what a perfect
// sender could have brought was brought; the rest is held where an agent sees it, with why.
func TestCrowd(t *testing.T) {
	t.Parallel()
	w := openCrowd(t, badDay)
	w.play()
	w.keeps()
	w.brings()
}

// TestCrowdIfTheNewestCounts: WeChat may mean it so that a tap ends what a customer's words
// granted. Then it refuses what we thought was granted; that is held, too, and nothing is lost.
func TestCrowdIfTheNewestCounts(t *testing.T) {
	t.Parallel()
	plan := badDay
	plan.NewestCounts = true
	w := openCrowd(t, plan)
	w.play()
	w.keeps()
	if n := len(w.wechat.Violations()); n == 0 {
		t.Error("nothing was refused: the other reading is not played")
	}
}

// badDay is what goes wrong.
var badDay = platform.Plan{
	Seed: 7, LoseRequest: 0.03, LoseAnswer: 0.03, Slow: 0.05, SlowBy: 9 * time.Second,
	ServerError: 0.01, Reset: 0.01, Swallow: 0.01, Busy: 0.02, Down: []platform.Span{outage},
	Notice: 3 * time.Minute, // longer than the longest pause of a conversation that is parked
}

// play is two hours of everybody, ten minutes of nobody, two days, and a last word of half of them.
func (w *crowd) play() {
	w.Helper()
	for n := range *crowdSize {
		m := w.come(n)
		m.next = crowdStart.Add(time.Duration(n) * 20 * time.Minute / time.Duration(*crowdSize))
	}
	w.until(crowdStart.Add(2*time.Hour), true)
	w.until(w.clock.Now().Add(10*time.Minute), false)
	for range 5 { // and the windows close
		w.clock.Advance(10 * time.Hour)
		w.settle()
	}
	w.talk(1)
	w.settle()
	w.lastWords()
	w.until(w.clock.Now().Add(10*time.Minute), false)
}

// until lets time pass, with everybody at it or nobody.
func (w *crowd) until(end time.Time, busy bool) {
	w.Helper()
	for w.clock.Now().Before(end) {
		if busy {
			for _, m := range w.order {
				if !m.gone() && !w.clock.Now().Before(m.next) {
					w.act(m)
				}
			}
			w.claim()
			w.talk(0.02)
		}
		w.settle()
		w.clock.Advance(stride)
	}
}

// settle does all that is to be done now. WeChat goes on with what it repeats once the clock
// moves.
func (w *crowd) settle() {
	w.Helper()
	for {
		w.arrived()
		w.must(w.app.Tick(w.Context()))
		if !w.deliver(wechat.Name) {
			return
		}
	}
}

// arrived waits until all that WeChat has to bring now is there.
func (w *crowd) arrived() {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	w.must(w.wechat.Rests(ctx))
}

// deeds are what customers do, by how often of a hundred times.
var deeds = []struct {
	often int
	do    func(*member) (*platform.Delivery, error)
}{
	{25, func(m *member) (*platform.Delivery, error) { return m.user.Write("退款多久到账") }},
	{25, func(m *member) (*platform.Delivery, error) {
		return m.user.Write(fmt.Sprint("我的订单", m.acts, "还没到"))
	}},
	{20, func(m *member) (*platform.Delivery, error) { return m.user.Write("转人工") }},
	{12, func(m *member) (*platform.Delivery, error) { return m.user.Tap("human") }},
	{10, func(m *member) (*platform.Delivery, error) {
		return m.user.SendVoice([]byte("#!AMR\n\x3c"), "还要等多久")
	}},
	{6, func(m *member) (*platform.Delivery, error) { return m.user.EnterSession("card") }},
	{2, func(m *member) (*platform.Delivery, error) { return m.user.Unfollow() }},
}

// act has a customer do the next thing.
func (w *crowd) act(m *member) {
	w.Helper()
	m.next = w.clock.Now().Add(time.Duration(w.chance.ExpFloat64() * float64(12*time.Minute)))
	do, leaves := func(m *member) (*platform.Delivery, error) { return m.user.Follow("") }, false
	if m.acts > 0 {
		for luck, i := w.chance.IntN(100), 0; ; i++ {
			if do = deeds[i].do; luck < deeds[i].often {
				if leaves = i == len(deeds)-1; leaves {
					m.left = w.clock.Now()
				}
				break
			}
			luck -= deeds[i].often
		}
	} else if m.mini() {
		do = func(m *member) (*platform.Delivery, error) { return m.user.EnterSession("card") }
	}
	_, err := do(m)
	if fault.Is(err, fault.NotPossible) || fault.Is(err, fault.NotFound) { // not with this kind of account
		if leaves {
			m.left = time.Time{}
		}
		return
	}
	w.must(err)
	m.acts++
}

func (m *member) mini() bool { return m.user.AppID == crowdMini }

// lastWords has every other customer come back.
func (w *crowd) lastWords() {
	w.Helper()
	for i, m := range w.order {
		if m.gone() || i%2 > 0 {
			continue
		}
		_, err := m.user.Write("还在吗")
		w.must(err)
		m.acts++
	}
}

// keeps looks whether anything is lost or doubled, or waits without a reason.
func (w *crowd) keeps() {
	w.Helper()
	var sum struct{ acts, shown, passive, held, unsure, left, refused int }
	sum.refused = len(w.wechat.Violations())
	for _, m := range w.order {
		r := w.perfect(m)
		sum.acts += m.acts
		sum.unsure += len(r.Uncertain)
		if m.gone() {
			sum.left++
		}
		if len(r.Doubled) > 0 {
			w.Errorf("%s sees %v twice", m.user.Name, r.Doubled)
		}
		shown := w.seen(m)
		sum.shown += len(shown)
		for _, how := range shown {
			if how == platform.Passive {
				sum.passive++
			}
		}
		if !m.gone() {
			sum.held += w.kept(m, shown)
		}
	}
	w.Logf("%+v", sum)
}

func (w *crowd) perfect(m *member) platform.Report {
	return w.wechat.Perfect(m.user, w.app.platforms[0].Info().Reserve)
}

// brings compares what customers see with what the perfect sender would have brought.
func (w *crowd) brings() {
	w.Helper()
	for _, v := range w.wechat.Violations() { // the others crossed a push
		if v.Known {
			w.Errorf("a violation: %+v", v)
		}
	}
	for _, m := range w.order {
		r := w.perfect(m)
		if len(r.Missing) == 0 {
			continue
		}
		w.Errorf("%s (left %v): missing %v", m.user.Name, m.left, r.Missing)
		for _, mark := range r.Missing {
			w.Errorf("   %s said at %v: %+v", mark, m.said[mark].at, m.said[mark].outcome)
		}
		w.tell(m, r)
	}
}

// kept looks at what the store has of a customer: all that they did, once; and what they do not see
// is held with why, or nobody knows. It returns how many messages are held.
func (w *crowd) kept(m *member, shown map[string]platform.By) (held int) {
	w.Helper()
	theirs := 0
	for before := conversation.Key(""); ; {
		messages, err := w.app.engines.Store.Messages(w.Context(), m.id, before, 100)
		w.must(err)
		for _, said := range messages {
			if said.Author == conversation.Customer {
				theirs++
				continue
			}
			mark := marks.FindStringSubmatch(said.Words())[1]
			switch o := said.Outcome; {
			case shown[mark] != "" && !o.Open(), o.Delivery == conversation.UnknownSent && o.Code != "":
			case shown[mark] == "" && o.Delivery == conversation.Held && o.Code != "":
				held++
			default:
				w.Errorf("%s: %s is shown as %q, and kept as %+v", m.user.Name, mark, shown[mark], o)
			}
		}
		if len(messages) < 100 {
			break
		}
		before = messages[0].Key
	}
	if theirs != m.acts {
		w.Errorf("%s did %d things, and %d are kept", m.user.Name, m.acts, theirs)
	}
	return held
}

// seen returns the marks that a customer's phone shows, and looks whether what came by the API
// came in the order in which it was said. Answers to the customer's own calls come at once,
// whatever waits.
func (w *crowd) seen(m *member) map[string]platform.By {
	w.Helper()
	shown, last := map[string]platform.By{}, conversation.Key("")
	for _, e := range w.wechat.Phone(m.user) {
		if e.Who != platform.Company {
			continue
		}
		for _, mark := range marks.FindAllStringSubmatch(e.Text, -1) {
			shown[mark[1]] = e.By
			if e.By != platform.API {
				continue
			}
			key := m.said[mark[1]].key
			if key <= last {
				w.Errorf("%s sees %s after what is newer", m.user.Name, mark[1])
			}
			last = key
		}
	}
	return shown
}

// tell shows what happened to a customer in the hour before what is missing was said.
func (w *crowd) tell(m *member, r platform.Report) {
	w.Helper()
	from := m.said[r.Missing[0]].at.Add(-time.Hour)
	for _, e := range w.wechat.Phone(m.user) {
		if e.At.After(from) {
			w.Logf("   %s %s %s %s, %d bytes, %v", e.At.Format(time.TimeOnly), e.Who, e.By, e.Kind, len(e.Text), marks.FindAllString(e.Text, -1))
		}
	}
	for _, said := range r.Ideal {
		if said.At.After(from) {
			w.Logf("   ideally %s %v", said.At.Format(time.TimeOnly), said.IDs)
		}
	}
	for mark, s := range m.said {
		if s.at.After(from) && s.outcome.Delivery == conversation.UnknownSent {
			w.Logf("   nobody knows of %s, said at %s", mark, s.at.Format(time.TimeOnly))
		}
	}
}
