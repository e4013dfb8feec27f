package platform_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

func TestAllowancesAreThePublishedOnes(t *testing.T) {
	menu := `{"button":[{"type":"click","name":"a","key":"human"},{"type":"view","name":"b","url":"https://b.example/"},{"type":"scancode_waitmsg","name":"c","key":"scan"}]}`
	items := `{"touser":%q,"msgtype":"msgmenu","msgmenu":{"head_content":"满意吗","list":[{"id":"101","content":"满意"}],"tail_content":""}}`
	for name, tc := range map[string]struct {
		act      func(*platform.User) (*platform.Delivery, error)
		messages int
		lasts    time.Duration
	}{
		"message":   {func(u *platform.User) (*platform.Delivery, error) { return u.Write("x") }, 5, 48 * time.Hour},
		"location":  {func(u *platform.User) (*platform.Delivery, error) { return u.SendLocation(1, 2, "x") }, 5, 48 * time.Hour},
		"click":     {func(u *platform.User) (*platform.Delivery, error) { return u.Tap("human") }, 3, time.Minute},
		"menu scan": {func(u *platform.User) (*platform.Delivery, error) { return u.Tap("scan") }, 3, time.Minute},
		"item":      {func(u *platform.User) (*platform.Delivery, error) { return u.TapItem("101") }, 3, time.Minute},
		"scan":      {func(u *platform.User) (*platform.Delivery, error) { return u.Scan("x") }, 3, time.Minute},
	} {
		w := newWorld(t, nil)
		u := w.user("李雷")
		w.wants(w.post("/cgi-bin/menu/create?access_token="+w.stable(false).Token, menu), 0)
		w.do(u.Write("x"))
		w.wants(w.post(sendPath+"?access_token="+w.stable(false).Token, fmt.Sprintf(items, u.OpenID)), 0)
		w.clock.Advance(48 * time.Hour) // what is left of these five is over
		w.do(tc.act(u))
		for i := range tc.messages {
			if got := w.send(u, "hello"); got.Code != 0 {
				t.Errorf("%s: message %d got %d", name, i+1, got.Code)
			}
		}
		w.wants(w.send(u, "hello"), 45047)
		w.do(tc.act(u))
		w.do(u.Tap("https://b.example/")) // grants nothing and ends nothing
		w.clock.Advance(tc.lasts - time.Second)
		w.wants(w.send(u, "hello"), 0)
		w.clock.Advance(time.Second - time.Duration(start.Nanosecond())) // to the end, by the push's own seconds
		w.wants(w.send(u, "hello"), 45015)
		if got := w.p.Violations(); len(got) != 2 || got[0].Code != 45047 || got[1].Code != 45015 || !got[0].Known || got[0].Why == "" {
			t.Errorf("%s: violations are %+v", name, got)
		}
	}
}

// TestActsMeet: the larger count and the longer time, or, by the other reading, the last.
func TestActsMeet(t *testing.T) {
	for newest, want := range map[bool]struct{ left, days int }{false: {4, 2}, true: {3, 0}} {
		w := newWorld(t, func(_ *platform.Account, plan *platform.Plan) { plan.NewestCounts = newest })
		u := w.user("李雷")
		w.do(u.Write("x"))
		w.wants(w.send(u, "hello"), 0)
		w.do(u.Scan("x"))
		w.clock.Advance(2 * time.Minute)
		for i := range want.left {
			code := 0
			if want.days == 0 {
				code = 45015
			}
			if got := w.send(u, "hello"); got.Code != code {
				t.Errorf("newest counts %v: message %d got %d", newest, i+1, got.Code)
			}
		}
		if want.days > 0 {
			w.wants(w.send(u, "hello"), 45047)
		}
	}
}

func TestFollowAndSessionGrant(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	for _, want := range []int{0, 0, 0, 45047} {
		w.wants(w.send(u, "welcome"), want)
	}
	w.do(u.Unfollow())
	w.wants(w.send(u, "x"), 45015)
	stranger, err := w.p.User(appID, "never followed")
	if err != nil {
		t.Fatal(err)
	}
	w.wants(w.send(stranger, "x"), 43004)

	m := newWorld(t, func(a *platform.Account, _ *platform.Plan) { a.Kind = platform.MiniProgram })
	u, err = m.p.User(appID, "李雷")
	if err != nil {
		t.Fatal(err)
	}
	m.wants(m.send(u, "x"), 45015)
	m.do(u.EnterSession(""))
	for _, want := range []int{0, 0, 45047} {
		m.wants(m.send(u, "x"), want)
	}
}

func TestAnOvertakenSenderCouldNotKnow(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.p.FailPushes(platform.PushFault{Kind: platform.LoseRequest})
	if _, err := u.Unfollow(); err != nil {
		t.Fatal(err)
	}
	w.wants(w.send(u, "x"), 45015)
	if got := w.p.Violations(); len(got) != 1 || got[0].Known {
		t.Errorf("violations are %+v", got)
	}
}
