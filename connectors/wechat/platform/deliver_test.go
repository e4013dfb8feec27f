package platform_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

func outcomes(attempts []platform.Attempt) []platform.Outcome {
	var all []platform.Outcome
	for _, a := range attempts {
		all = append(all, a.Outcome)
	}
	return all
}

// pass moves the time on by five seconds, once n timers wait.
func (w *world) pass(n int) {
	w.clock.AwaitTimers(patience(w.t), n)
	w.clock.Advance(5 * time.Second)
}

func TestNoAnswerIsPushedThreeTimes(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.p.FailPushes(platform.PushFault{Kind: platform.LoseAnswer}, platform.PushFault{Kind: platform.LoseRequest}, platform.PushFault{Kind: platform.LoseAnswer})
	d, err := u.Write("在吗")
	for _, calls := range []int{2, 2, 3} { // the follow, and the attempts that arrive
		waitFor(t, func() bool { return len(w.hook.seen()) == calls })
		w.pass(1)
	}
	attempts := w.do(d, err)
	if got := outcomes(attempts); !slices.Equal(got, []platform.Outcome{platform.Lost, platform.Lost, platform.Lost}) {
		t.Errorf("outcomes are %v", got)
	}
	for i, a := range attempts {
		if want := start.Add(time.Duration(i) * 5 * time.Second); !a.At.Equal(want) {
			t.Errorf("attempt %d at %v, want %v", i+1, a.At, want)
		}
	}
	got := w.hook.seen()[1:]
	if len(got) != 2 || got[0].msg != got[1].msg {
		t.Errorf("the webhook was told %+v", got)
	}
	if got[0].query["timestamp"][0] == got[1].query["timestamp"][0] || got[0].query["nonce"][0] == got[1].query["nonce"][0] {
		t.Error("a repeat is signed anew")
	}
	if got := texts(w.p.Phone(u)); !slices.Equal(got, []string{officialFault}) {
		t.Errorf("the phone shows %q", got)
	}
}

func TestOnlyTheAnswerInTimeCounts(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	held := make(chan struct{})
	w.hook.answer = func(n int, c call, rw http.ResponseWriter) {
		if n == 2 { // the first attempt
			<-held
		}
		write(rw, reply(c, "answer "+strconv.Itoa(n-1)))
	}
	d, err := u.Write("在吗")
	waitFor(t, func() bool { return len(w.hook.seen()) == 2 })
	w.pass(1)
	attempts := w.do(d, err)
	close(held)
	if got := outcomes(attempts); !slices.Equal(got, []platform.Outcome{platform.Silent, platform.Answered}) {
		t.Errorf("outcomes are %v", got)
	}
	if got := texts(w.p.Phone(u)); !slices.Equal(got, []string{"answer 2"}) {
		t.Errorf("the phone shows %q", got)
	}
}

// waitFor returns once something is so, or fails the test.
func waitFor(t *testing.T, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatal("it never came to that")
		case <-time.After(time.Millisecond):
		}
	}
}

func TestErrorsOfTheWebhookAreNoAnswers(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.hook.answer = func(n int, c call, rw http.ResponseWriter) {
		switch n {
		case 2:
			rw.WriteHeader(http.StatusInternalServerError)
		case 3:
			panic(http.ErrAbortHandler)
		default:
			write(rw, "success")
		}
	}
	d, err := u.Write("在吗")
	for calls := 2; calls <= 3; calls++ {
		waitFor(t, func() bool { return len(w.hook.seen()) == calls })
		w.pass(1)
	}
	if got := outcomes(w.do(d, err)); !slices.Equal(got, []platform.Outcome{platform.Silent, platform.Silent, platform.Answered}) {
		t.Errorf("outcomes are %v", got)
	}
	if got := texts(w.p.Phone(u)); len(got) != 0 {
		t.Errorf("the phone shows %q", got)
	}
}

func TestASlowRequestArrivesAfterItsRepeat(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.hook.answer = func(n int, c call, rw http.ResponseWriter) { write(rw, reply(c, strconv.Itoa(n))) }
	w.p.FailPushes(platform.PushFault{Kind: platform.Slow, By: 7 * time.Second})
	d, err := u.Write("在吗")
	w.pass(2) // the five seconds, and the slow network
	w.do(d, err)
	w.pass(1)
	if err := w.p.Settled(patience(t)); err != nil {
		t.Fatal(err)
	}
	got := w.hook.seen()[1:]
	if len(got) != 2 || got[0].msg != got[1].msg {
		t.Errorf("the webhook was told %+v", got)
	}
	if got := texts(w.p.Phone(u)); !slices.Equal(got, []string{"2"}) {
		t.Errorf("the phone shows %q", got)
	}
}

func TestChanceIsFairUnlessTold(t *testing.T) {
	for _, all := range []bool{false, true} {
		w := newWorld(t, func(_ *platform.Account, plan *platform.Plan) { plan.LoseRequest, plan.LoseAll = 1, all })
		u, err := w.p.User(appID, "李雷")
		if err != nil {
			t.Fatal(err)
		}
		d, err := u.Follow("")
		w.pass(1)
		w.pass(1)
		if all {
			w.pass(1)
		}
		got := outcomes(w.do(d, err))
		want := []platform.Outcome{platform.Lost, platform.Lost, platform.Answered}
		if all {
			want[2] = platform.Lost
		}
		if !slices.Equal(got, want) || len(w.hook.seen()) != map[bool]int{false: 1, true: 0}[all] {
			t.Errorf("LoseAll %t: %v, %d arrived", all, got, len(w.hook.seen()))
		}
	}
}

// TestRests: a test that moves the clock knows when all that WeChat does now is done.
func TestRests(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	let, arrived := make(chan struct{}), make(chan struct{}, 3)
	w.hook.answer = func(_ int, _ call, rw http.ResponseWriter) {
		arrived <- struct{}{}
		<-let
		_, _ = rw.Write([]byte("success"))
	}
	w.p.FailPushes(platform.PushFault{Kind: platform.LoseRequest}, platform.PushFault{Kind: platform.Slow, By: 3 * time.Second})
	d, err := u.Write("x")
	if err != nil {
		t.Fatal(err)
	}
	rests := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return w.p.Rests(ctx)
	}
	for _, pass := range []time.Duration{5 * time.Second, 3 * time.Second} { // lost; slow
		if err := rests(); err != nil || len(arrived) > 0 {
			t.Fatalf("%v, %d calls", err, len(arrived))
		}
		w.clock.Advance(pass)
	}
	<-arrived
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if w.p.Rests(over) == nil {
		t.Error("it rests with a call under way")
	}
	close(let)
	if err := rests(); err != nil {
		t.Error(err)
	}
	w.do(d, nil)
}
