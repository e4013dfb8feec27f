package platform_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// shown is a phone as the console tells it.
type shown struct {
	User      string
	Following bool
	Typing    bool
	Entries   []struct {
		N                          int
		Who, Kind, Text, By, Media string
		Items                      []struct{ ID, Content string }
	}
	Error    struct{ Code, Hint string }
	Accounts []struct {
		AppID string
		Menu  struct{ Button []struct{ Name string } }
	}
	raw string
}

func TestConsolePlaysAPhone(t *testing.T) {
	w := newWorld(t, nil)
	w.hook.answer = func(_ int, c call, rw http.ResponseWriter) {
		if c.msg.MsgType == "text" {
			write(rw, reply(c, "你好 <b>"))
		}
	}
	w.post("/cgi-bin/menu/create?access_token="+w.stable(false).Token, `{"button":[{"type":"click","name":"转人工","key":"human"}]}`)
	console := httptest.NewServer(w.p.Console())
	defer console.Close()
	ask := func(status int, method, path, body string) shown {
		t.Helper()
		r, err := http.NewRequest(method, console.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := console.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = got.Body.Close() }()
		raw, err := io.ReadAll(got.Body)
		if err != nil || got.StatusCode != status {
			t.Errorf("%s %s answered %d %s, want %d", method, path, got.StatusCode, raw, status)
		}
		s := shown{raw: string(raw)}
		_ = json.Unmarshal(raw, &s)
		return s
	}
	if got := ask(200, "GET", "/accounts", ""); len(got.Accounts) != 1 || got.Accounts[0].AppID != appID || got.Accounts[0].Menu.Button[0].Name != "转人工" {
		t.Errorf("accounts are %s", got.raw)
	}
	user := ask(200, "POST", "/user", `{"appid":"`+appID+`","name":"李雷"}`).User
	if again := ask(200, "POST", "/user", `{"appid":"`+appID+`","name":"李雷"}`).User; again != user || len(user) != 28 {
		t.Errorf("users are %q and %q", user, again)
	}
	act := func(status int, rest string) shown {
		t.Helper()
		got := ask(status, "POST", "/act", `{"user":"`+user+`",`+rest+`}`)
		if err := w.p.Settled(patience(t)); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := act(409, `"act":"write","text":"x"`); got.Error.Code != "not_possible" || got.Error.Hint == "" {
		t.Errorf("got %s", got.raw)
	}
	act(200, `"act":"follow"`)
	act(200, `"act":"write","text":"`+strings.Repeat("长", 5000)+`"`)
	act(200, `"act":"tap","key":"human"`)
	act(200, `"act":"image","data":"/9j/4A=="`)
	act(404, `"act":"tap","key":"nothing"`)
	act(400, `"act":"sing"`)
	phone := ask(200, "GET", "/phone?user="+user, "")
	if len(phone.Entries) != 5 || !phone.Following || phone.Entries[2].Text != "你好 <b>" || phone.Entries[2].By != "passive" || len(phone.Entries[1].Text) != 15_000 {
		t.Errorf("the phone shows %s", phone.raw)
	}
	later := ask(200, "GET", "/phone?user="+user+"&after="+strconv.Itoa(phone.Entries[3].N), "")
	if len(later.Entries) != 1 || later.Entries[0].Kind != "image" {
		t.Errorf("after the fourth: %s", later.raw)
	}
	if got := ask(200, "GET", "/media?id="+later.Entries[0].Media, ""); got.raw != "\xff\xd8\xff\xe0" {
		t.Errorf("the picture is %q", got.raw)
	}
	ask(404, "GET", "/phone?user=nobody", "")
	ask(400, "GET", "/phone?user="+user+"&after=x", "")
	ask(400, "POST", "/act", `{`)
	if got := ask(200, "GET", "/phone?user="+user+"&after=999", ""); !strings.Contains(got.raw, `"entries":[]`) {
		t.Errorf("got %s", got.raw)
	}
}
