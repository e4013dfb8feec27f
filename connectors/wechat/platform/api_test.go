package platform_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

const sendPath = "/cgi-bin/message/custom/send"

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

func TestSendRefuses(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	text := func(content string) string {
		return `{"touser":"` + u.OpenID + `","msgtype":"text","text":{"content":"` + content + `"}}`
	}
	for body, want := range map[string]int{
		`{"touser":`:                   47001,
		text(`\u4f60`):                 40033,
		text(``):                       44004,
		text(strings.Repeat("字", 683)): 45002,
		`{"touser":"oNobody","msgtype":"text","text":{"content":"x"}}`:                   40003,
		`{"touser":"` + u.OpenID + `","msgtype":"image","image":{"media_id":"nothing"}}`: 40007,
		`{"touser":"` + u.OpenID + `","msgtype":"poem"}`:                                 40008,
		`{"touser":"` + u.OpenID + `","msgtype":"link","link":{"title":"x"}}`:            40008,
		text(strings.Repeat("字", 682)):                                                   0,
		text(`a\\u4f60`):                                                                 0,
	} {
		got := w.post(sendPath+"?access_token="+w.stable(false).Token, body)
		w.wants(got, want)
		if want != 0 && !regexp.MustCompile(` rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`).MatchString(got.Message) {
			t.Errorf("errmsg %q has no rid", got.Message)
		}
	}
	phone := w.p.Phone(u)
	if last := phone[len(phone)-1]; last.Who != platform.Company || last.By != platform.API || !last.At.Equal(start) {
		t.Errorf("the phone shows %+v", last)
	}
	w.wants(w.ask(http.MethodGet, sendPath, ""), 43002)
	w.wants(w.post("/cgi-bin/nothing", ""), 40066)
}

func TestAccountsThatMayLess(t *testing.T) {
	menu := `{"touser":%q,"msgtype":"msgmenu","msgmenu":{"head_content":"h","list":[{"id":"1","content":"c"}],"tail_content":"t"}}`
	w := newWorld(t, func(a *platform.Account, _ *platform.Plan) { a.Menus = false })
	u := w.user("李雷")
	w.wants(w.post(sendPath+"?access_token="+w.stable(false).Token, fmt.Sprintf(menu, u.OpenID)), 40200)
	w.wants(w.send(u, `回复 <a href="weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=7">转人工</a>`), 0)
	w.do(u.TapItem("7"))
	calls := w.hook.seen()
	if got := calls[len(calls)-1].msg; got.Content != "转人工" || got.MenuID != 7 {
		t.Errorf("pushed %+v", got)
	}
	w = newWorld(t, func(a *platform.Account, _ *platform.Plan) { a.Verified = false })
	w.wants(w.send(w.user("李雷"), "x"), 48001)
}

func TestStableTokens(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.do(u.Write("x"))
	use := func(token string) answer {
		return w.post(sendPath+"?access_token="+token, `{"touser":"`+u.OpenID+`","msgtype":"text","text":{"content":"x"}}`)
	}
	first := w.stable(false)
	if first.Expires != 7200 || len(first.Token) < 100 {
		t.Errorf("got %+v", first)
	}
	w.clock.Advance(6899 * time.Second)
	if got := w.stable(false); got.Token != first.Token || got.Expires != 301 {
		t.Errorf("got %+v", got)
	}
	w.clock.Advance(time.Second)
	second := w.stable(false)
	if second.Token == first.Token || second.Expires != 7200 {
		t.Errorf("no new token in the last five minutes: %+v", second)
	}
	w.wants(use(first.Token), 0)
	w.wants(use(second.Token), 0)
	w.clock.Advance(300 * time.Second)
	w.wants(use(first.Token), 42001)
	third := w.stable(true)
	w.wants(use(second.Token), 40001)
	if got := w.stable(true); got.Token != third.Token {
		t.Error("refreshed twice in 30 s")
	}
	w.wants(use(third.Token), 0)
	w.wants(use("nonsense"), 40014)
	w.wants(use(""), 41001)
	for range 19 {
		w.clock.Advance(30 * time.Second)
		w.wants(w.stable(true), 0)
	}
	w.clock.Advance(30 * time.Second)
	w.wants(w.stable(true), 45009)
	w.clock.Advance(24 * time.Hour)
	w.wants(w.stable(true), 0)
	var why []string
	for _, v := range w.p.Violations() {
		why = append(why, v.Why)
	}
	if !slices.Equal(why, []string{"force_refresh less than 30 s after the last one", "a call without a token", "force_refresh more than 20 times a day"}) {
		t.Errorf("violations are %q", why)
	}
}

func TestForceEndsTheTokenBeforeARenewalToo(t *testing.T) {
	w := newWorld(t, nil)
	old := w.stable(false).Token
	w.clock.Advance(6900 * time.Second)
	renewed := w.stable(false).Token
	w.stable(true)
	for _, token := range []string{old, renewed} {
		w.wants(w.ask(http.MethodGet, "/cgi-bin/menu/get?access_token="+token, ""), 40001)
	}
}

func TestClassicTokensKillEachOther(t *testing.T) {
	w := newWorld(t, nil)
	get := func() string {
		return w.ask(http.MethodGet, "/cgi-bin/token?grant_type=client_credential&appid="+appID+"&secret="+secret, "").Token
	}
	stable, first := w.stable(false).Token, get()
	second := get()
	for token, want := range map[string]int{first: 40001, second: 46003, stable: 46003} {
		w.wants(w.ask(http.MethodGet, "/cgi-bin/menu/get?access_token="+token, ""), want)
	}
}

func TestTokensAreRefused(t *testing.T) {
	w := newWorld(t, func(a *platform.Account, _ *platform.Plan) {
		a.AllowIPs = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	ask := func(grant, id, secret string) answer {
		return w.post("/cgi-bin/stable_token", fmt.Sprintf(`{"grant_type":%q,"appid":%q,"secret":%q}`, grant, id, secret))
	}
	w.wants(ask("x", appID, secret), 40002)
	w.wants(ask("client_credential", "wx0", secret), 40013)
	w.wants(ask("client_credential", appID, "wrong"), 40125)
	got := ask("client_credential", appID, secret)
	w.wants(got, 40164)
	if !strings.HasPrefix(got.Message, "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ") {
		t.Errorf("errmsg is %q", got.Message)
	}
}

func TestTyping(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	typing := func(command string) answer {
		return w.post("/cgi-bin/message/custom/typing?access_token="+w.stable(false).Token, fmt.Sprintf(`{"touser":%q,"command":%q}`, u.OpenID, command))
	}
	w.wants(typing("Typing"), 45080)
	w.do(u.Write("x"))
	w.wants(typing("Sing"), 45072)
	w.wants(typing("Typing"), 0)
	w.wants(typing("Typing"), 45081)
	if !w.p.Typing(u) {
		t.Error("the phone does not show it")
	}
	w.wants(w.send(u, "there"), 0)
	if w.p.Typing(u) {
		t.Error("still typing after the message")
	}
	w.wants(typing("Typing"), 0)
	w.clock.Advance(15 * time.Second)
	w.wants(typing("Typing"), 0)
	w.clock.Advance(30*time.Second + 1)
	w.wants(typing("Typing"), 45080)
}

// TestTypingHasAnAddressPerKind: https://developers.weixin.qq.com/doc/service/api/customer/message/api_typing.html, section 注意事项.
func TestTypingHasAnAddressPerKind(t *testing.T) {
	for kind, right := range map[platform.Kind]string{platform.Official: "", platform.MiniProgram: "business/"} {
		w := newWorld(t, func(a *platform.Account, _ *platform.Plan) { a.Kind = kind })
		u, err := w.p.User(appID, "李雷")
		if err != nil {
			t.Fatal(err)
		}
		if kind == platform.Official {
			w.do(u.Follow(""))
		}
		w.do(u.Write("x"))
		for _, at := range []string{"", "business/"} {
			want := 0
			if at != right {
				want = 48001
			}
			body := fmt.Sprintf(`{"touser":%q,"command":"Typing"}`, u.OpenID)
			w.wants(w.post("/cgi-bin/message/custom/"+at+"typing?access_token="+w.stable(false).Token, body), want)
		}
	}
}

func TestUploads(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.do(u.Write("x"))
	upload := func(kind, field string, data []byte) answer {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, err := form.CreateFormFile(field, "a")
		if err == nil {
			_, err = file.Write(data)
		}
		if err == nil {
			err = form.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodPost, w.api.URL+"/cgi-bin/media/upload?type="+kind+"&access_token="+w.stable(false).Token, &body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", form.FormDataContentType())
		return w.round(r)
	}
	jpeg := []byte("\xff\xd8\xff\xe0picture")
	w.wants(upload("poem", "media", jpeg), 40004)
	w.wants(upload("image", "file", jpeg), 41005)
	w.wants(upload("image", "media", []byte("%PDF-1.4")), 40005)
	w.wants(upload("image", "media", append(jpeg, make([]byte, 2<<20)...)), 40009)
	got := upload("image", "media", jpeg)
	w.wants(got, 0)
	show := fmt.Sprintf(`{"touser":%q,"msgtype":"image","image":{"media_id":%q}}`, u.OpenID, got.MediaID)
	w.wants(w.post(sendPath+"?access_token="+w.stable(false).Token, show), 0)
	for _, kind := range []string{"voice", "video"} { // what was uploaded as a picture is neither
		w.wants(w.post(sendPath+"?access_token="+w.stable(false).Token, strings.ReplaceAll(show, "image", kind)), 40007)
	}
	w.clock.Advance(3 * 24 * time.Hour)
	w.do(u.Write("x"))
	w.wants(w.post(sendPath+"?access_token="+w.stable(false).Token, show), 40007)
}

func TestMenus(t *testing.T) {
	w := newWorld(t, nil)
	menu := func(method, what, body string) answer {
		return w.ask(method, "/cgi-bin/menu/"+what+"?access_token="+w.stable(false).Token, body)
	}
	w.wants(menu(http.MethodGet, "get", ""), 46003)
	w.wants(menu(http.MethodPost, "create", `{"button":[]}`), 40016)
	w.wants(menu(http.MethodPost, "create", `{"button":[{"type":"sing","name":"x","key":"x"}]}`), 40017)
	w.wants(menu(http.MethodPost, "create", `{"button":[{"type":"click","name":"\u8f6c","key":"human"}]}`), 40033)
	w.wants(menu(http.MethodPost, "create", `{"button":[{"type":"click","name":"转人工","key":"human"}]}`), 0)
	if got := menu(http.MethodGet, "get", "").raw; got != `{"menu":{"button":[{"type":"click","name":"转人工","key":"human"}]}}` {
		t.Errorf("the menu is %s", got)
	}
	current := func() string {
		return w.ask(http.MethodGet, "/cgi-bin/get_current_selfmenu_info?access_token="+w.stable(false).Token, "").raw
	}
	if got := current(); got != `{"is_menu_open":1,"selfmenu_info":{"button":[{"type":"click","name":"转人工","key":"human"}]}}` {
		t.Errorf("the menu is shown as %s", got)
	}
	below := `{"button":[{"name":"菜单","sub_button":[{"type":"click","name":"a","key":"k"}]}]}`
	w.wants(menu(http.MethodPost, "create", below), 0)
	if got := current(); got != `{"is_menu_open":1,"selfmenu_info":{"button":[{"name":"菜单","sub_button":{"list":[{"type":"click","name":"a","key":"k"}]}}]}}` {
		t.Errorf("a menu of two levels is shown as %s", got)
	}
	w.wants(menu(http.MethodGet, "delete", ""), 0)
	if got := current(); got != `{"is_menu_open":0,"selfmenu_info":{"button":[]}}` {
		t.Errorf("no menu is shown as %s", got)
	}
	w.wants(menu(http.MethodGet, "get", ""), 46003)
}

func TestFaultsOfCalls(t *testing.T) {
	w := newWorld(t, func(_ *platform.Account, plan *platform.Plan) {
		plan.Down = []platform.Span{{From: start.Add(time.Hour), To: start.Add(2 * time.Hour)}}
	})
	u := w.user("李雷")
	w.do(u.Write("x"))
	token := w.stable(false).Token
	send := func(text string) (answer, error) {
		return w.try(http.MethodPost, sendPath+"?access_token="+token, `{"touser":"`+u.OpenID+`","msgtype":"text","text":{"content":"`+text+`"}}`)
	}
	w.p.FailCalls(sendPath, platform.Busy, platform.ServerError, platform.Reset, platform.Swallow, platform.Hang)
	if got, err := send("busy"); err != nil || got.Code != -1 || got.status != http.StatusOK {
		t.Errorf("busy: %+v %v", got, err)
	}
	if got, err := send("error"); err != nil || got.status != http.StatusBadGateway {
		t.Errorf("server error: %+v %v", got, err)
	}
	if got, err := send("reset"); err == nil {
		t.Errorf("reset: %+v", got)
	}
	if got, err := send("swallowed"); err == nil {
		t.Errorf("swallowed: %+v", got)
	}
	hung := make(chan error, 1)
	go func() { _, err := send("hung"); hung <- err }()
	w.clock.AwaitTimers(patience(t), 1)
	w.clock.Advance(time.Minute)
	if <-hung == nil {
		t.Error("hung, and answered")
	}
	if got := texts(w.p.Phone(u)); !slices.Equal(got, []string{"swallowed", "hung"}) {
		t.Errorf("the phone shows %q", got)
	}
	w.clock.Advance(time.Hour)
	if got, err := send("down"); err != nil || got.status != http.StatusServiceUnavailable {
		t.Errorf("down: %+v %v", got, err)
	}
	w.clock.Advance(time.Hour)
	w.wants(w.send(u, "up"), 0)
}
