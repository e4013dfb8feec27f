package platform_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

const sendPath = "/cgi-bin/message/custom/send"

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
