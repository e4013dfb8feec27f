package platform_test

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

// wish has a company want something now.
func (w *world) wish(u *platform.User, id string, person bool, bytes int) {
	w.p.Wanted(u, platform.Wish{ID: id, At: w.clock.Now(), Person: person, Bytes: bytes, Open: true})
}

func ids(said []platform.Said) [][]string {
	var all [][]string
	for _, s := range said {
		all = append(all, s.IDs)
	}
	return all
}

func TestPerfectSenderKeepsTheAllowance(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.do(u.Write("x"))
	for _, id := range []string{"b1", "b2", "b3", "b4"} { // the fourth would touch the reserve
		w.wish(u, id, false, 100)
		w.clock.Advance(time.Second)
	}
	w.wish(u, "p1", true, 100) // takes b4 with it
	w.clock.Advance(time.Second)
	for _, id := range []string{"p2", "p3", "p4", "p5"} {
		w.wish(u, id, true, 800)
	}
	r := w.p.Perfect(u, 2)
	if want := [][]string{{"b1"}, {"b2"}, {"b3"}, {"b4", "p1"}, {"p2", "p3"}}; !reflect.DeepEqual(ids(r.Ideal), want) {
		t.Errorf("the perfect sender said %v, want %v", ids(r.Ideal), want)
	}
	if !slices.Equal(r.Waiting, []string{"p4", "p5"}) || len(r.Missing) != 7 {
		t.Errorf("waiting %v, missing %v", r.Waiting, r.Missing)
	}
	w.clock.Advance(time.Hour)
	w.do(u.Write("still there"))
	r = w.p.Perfect(u, 2)
	last := r.Ideal[len(r.Ideal)-1]
	if !slices.Equal(last.IDs, []string{"p4", "p5"}) || !last.At.Equal(w.clock.Now()) || len(r.Waiting) != 0 {
		t.Errorf("then said %+v, waiting %v", last, r.Waiting)
	}
}

// TestTheReserveIsForTickets: where nobody waits, a bot may say all that it may.
func TestTheReserveIsForTickets(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.do(u.Write("x"))
	for _, id := range []string{"b1", "b2", "b3", "b4", "b5"} {
		w.p.Wanted(u, platform.Wish{ID: id, At: w.clock.Now(), Bytes: 100})
		w.clock.Advance(time.Second)
	}
	if r := w.p.Perfect(u, 2); len(r.Ideal) != 5 || len(r.Waiting) != 0 {
		t.Errorf("the perfect sender said %v, and %v waits", ids(r.Ideal), r.Waiting)
	}
}

func TestPerfectSenderFindsWhatWentWrong(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.do(u.Write("x"))
	for _, id := range []string{"m1", "m2", "m3", "m11"} {
		w.wish(u, id, true, 10)
		w.clock.Advance(time.Second)
	}
	w.send(u, "m2")
	w.clock.Advance(time.Minute)
	w.send(u, "m1")
	w.send(u, "m2, once more")
	w.send(u, "m11")
	r := w.p.Perfect(u, 0)
	want := platform.Report{
		Ideal: r.Ideal, Missing: []string{"m3"}, Doubled: []string{"m2"}, Reordered: []string{"m2"},
		Late: []platform.Late{{ID: "m1", By: 64 * time.Second}, {ID: "m2", By: 3 * time.Second}, {ID: "m11", By: 61 * time.Second}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("reported %+v, want %+v", r, want)
	}
}

func TestUncertainSendsAreNobodysFault(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.do(u.Write("x"))
	token := w.stable(false).Token
	try := func(text string) {
		_, _ = w.try("POST", sendPath+"?access_token="+token, `{"touser":"`+u.OpenID+`","msgtype":"text","text":{"content":"`+text+`"}}`)
	}
	for _, id := range []string{"m1", "m2", "m3", "m4", "m5"} {
		w.wish(u, id, true, 1500)
	}
	w.p.FailCalls(sendPath, platform.Reset, platform.Swallow, platform.Busy)
	try("m1") // not taken
	try("m2") // taken
	try("m3") // a no
	try("m2") // repeated
	try("m4")
	try("m4")
	w.p.FailCalls(sendPath, platform.ServerError)
	try("m5") // whoever said so may have passed it on
	r := w.p.Perfect(u, 0)
	if !slices.Equal(r.Uncertain, []string{"m1", "m2", "m5"}) || !slices.Equal(r.Missing, []string{"m3"}) || !slices.Equal(r.Doubled, []string{"m4"}) {
		t.Errorf("reported %+v", r)
	}
}

func TestPerfectSenderHasNoForesight(t *testing.T) {
	w := newWorld(t, func(_ *platform.Account, plan *platform.Plan) {
		plan.Down = []platform.Span{{From: start.Add(time.Minute), To: start.Add(time.Hour)}}
	})
	u := w.user("李雷")
	w.clock.Advance(10 * time.Second)
	w.p.FailPushes(platform.PushFault{Kind: platform.LoseRequest})
	w.clock.Advance(2 * time.Minute) // what following gave is over
	w.wish(u, "m1", true, 10)
	d, err := u.Write("x")
	w.pass(1)
	w.do(d, err)
	if r := w.p.Perfect(u, 0); len(r.Ideal) != 0 || !slices.Equal(r.Waiting, []string{"m1"}) {
		t.Errorf("while the API is down: %+v", r)
	}
	w.clock.Advance(time.Hour)
	w.do(u.Write("y"))
	r := w.p.Perfect(u, 0)
	if len(r.Ideal) != 1 || !r.Ideal[0].At.Equal(start.Add(time.Hour)) {
		t.Errorf("after it: %+v", r.Ideal)
	}

	w = newWorld(t, func(_ *platform.Account, plan *platform.Plan) {
		plan.Down = []platform.Span{{From: start.Add(time.Minute), To: start.Add(time.Hour)}}
		plan.Notice = 3 * time.Minute
	})
	u = w.user("李雷")
	w.do(u.Write("x"))
	w.clock.Advance(30 * time.Minute)
	w.wish(u, "m1", true, 10)
	w.clock.Advance(30*time.Minute + time.Second) // it is over
	w.do(u.Unfollow())
	if r := w.p.Perfect(u, 0); len(r.Ideal) != 1 || len(r.Missing) > 0 {
		t.Errorf("who left before an outage was noticed to be over: %+v", r)
	}

	w = newWorld(t, nil)
	u = w.user("韩梅梅")
	w.clock.Advance(2 * time.Minute)
	w.wish(u, "m1", true, 10)
	w.p.FailPushes(platform.PushFault{Kind: platform.LoseRequest})
	d, err = u.Write("x")
	w.pass(1)
	w.do(d, err)
	if r := w.p.Perfect(u, 0); len(r.Ideal) != 1 || !r.Ideal[0].At.Equal(start.Add(2*time.Minute+5*time.Second)) {
		t.Errorf("a push that came late: %+v", r)
	}
}

// TestPerfectSendersBetween: who knows of an outage's end at once says m0 on the old allowance,
// who knows last says it with m1, and who knows in between spends one of the new five on it.
func TestPerfectSendersBetween(t *testing.T) {
	end := start.Add(time.Hour)
	w := newWorld(t, func(_ *platform.Account, plan *platform.Plan) {
		plan.Down, plan.Notice = []platform.Span{{From: start.Add(time.Minute), To: end}}, 3*time.Minute
	})
	u := w.user("李雷")
	w.do(u.Write("x"))
	w.clock.Advance(30 * time.Minute)
	w.wish(u, "m0", true, 10)
	w.clock.Advance(30*time.Minute + 25*time.Second)
	w.do(u.Write("y"))
	w.clock.Advance(35 * time.Second)
	for _, id := range []string{"m1", "m2", "m3", "m4", "m5"} {
		w.wish(u, id, true, 10)
		w.clock.Advance(3 * time.Minute)
	}
	r := w.p.Perfect(u, 0)
	if want := []string{"m0", "m1", "m2", "m3", "m4"}; !slices.Equal(r.Missing, want) || len(r.Ideal) != 6 {
		t.Errorf("missing are %v, want %v; who knows at once says %v", r.Missing, want, ids(r.Ideal))
	}
}

// TestPerfectSenderAddsUp: a tap takes nothing away, and the words that it came after count
// though they came late.
func TestPerfectSenderAddsUp(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.clock.Advance(2 * time.Minute)
	w.p.FailPushes(platform.PushFault{Kind: platform.LoseRequest})
	d, err := u.Write("x")
	w.clock.AwaitTimers(patience(t), 1)
	w.clock.Advance(time.Second)
	w.do(u.Scan("x"))
	w.wish(u, "m1", true, 1500)
	w.pass(1)
	w.do(d, err)
	w.clock.Advance(10 * time.Minute)
	for _, id := range []string{"m2", "m3", "m4", "m5", "m6"} {
		w.wish(u, id, true, 1500)
	}
	r := w.p.Perfect(u, 0)
	if want := []string{"m1", "m2", "m3", "m4", "m5"}; !slices.Equal(r.Missing, want) || !slices.Equal(r.Waiting, []string{"m6"}) {
		t.Errorf("missing are %v, want %v; waiting %v", r.Missing, want, r.Waiting)
	}
}

func TestPassiveRepliesCostNothing(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.clock.Advance(2 * time.Minute)
	w.hook.answer = func(_ int, c call, rw http.ResponseWriter) { write(rw, reply(c, "m1")) }
	w.wish(u, "m1", false, 10)
	w.do(u.Write("x"))
	if r := w.p.Perfect(u, 0); !reflect.DeepEqual(r, platform.Report{}) {
		t.Errorf("reported %+v", r)
	}
	if got := texts(w.p.Phone(u)); strings.Join(got, "") != "m1" {
		t.Errorf("the phone shows %q", got)
	}
}
