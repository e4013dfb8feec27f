package wechat_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/channel/channeltest"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// TestBodyIsRawUTF8: WeChat refuses \u escapes with 40033, or shows them as they stand.
func TestBodyIsRawUTF8(t *testing.T) {
	x := newWeixin(t, always(okAnswer))
	c := newConnector(t, x.URL, fixed{token: theToken})
	words := "价格 <b>&\"引号\" 'x' 😀\u2028下一行\u2029\x01\x1f\x7f\xff e\u0301"
	if _, err := c.Send(t.Context(), botText(official, words)); err != nil {
		t.Fatal(err)
	}
	got := x.got()[0]
	if strings.Contains(got.body, `\u`) || !strings.Contains(got.body, "<b>&") || !strings.Contains(got.body, "😀") {
		t.Errorf("the body is %s", got.body)
	}
	want := "【机器人】价格 <b>&\"引号\" 'x' 😀\n下一行\n\x7f\uFFFD e\u0301"
	if content := bodyOf(t, got)["text"].(map[string]any)["content"]; content != want {
		t.Errorf("the customer reads %+q, want %+q", content, want)
	}
	if got.token != theToken || got.path != "/cgi-bin/message/custom/send" {
		t.Errorf("called %s with %q", got.path, got.token)
	}
}

func TestManyMessagesInOneCall(t *testing.T) {
	x := newWeixin(t, always(okAnswer))
	out := botText(official, "您前面还有 2 位")
	out.More = []conversation.Message{
		{Author: conversation.Person, Name: "李雷", Parts: conversation.TextParts("您好")},
		{Author: conversation.Person, Parts: conversation.TextParts("请说")},
	}
	if _, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	content := bodyOf(t, x.got()[0])["text"].(map[string]any)["content"]
	if want := "【机器人】您前面还有 2 位\n\n【人工·李雷】您好\n\n【人工】请说"; content != want || len(x.got()) != 1 {
		t.Errorf("%d calls, %q", len(x.got()), content)
	}
}

// TestWay: a menu where the account has them, a link once WeChat refused menus, else a line.
func TestWay(t *testing.T) {
	refuse := true
	x := newWeixin(t, func(w http.ResponseWriter, _ *http.Request, body string) {
		if refuse && strings.Contains(body, "msgmenu\"") {
			_, _ = io.WriteString(w, `{"errcode":40200,"errmsg":"invalid account type rid: 6604ca78-1fb82aff-0b59c40e"}`)
			return
		}
		_, _ = io.WriteString(w, okAnswer)
	})
	c := newConnector(t, x.URL, fixed{token: theToken})
	send := func(out channel.Outbound) (kinds []string, last gotCall) {
		t.Helper()
		before := len(x.got())
		out.Message.Way = true
		if _, err := c.Send(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		for _, call := range x.got()[before:] {
			kinds, last = append(kinds, bodyOf(t, call)["msgtype"].(string)), call
		}
		return kinds, last
	}
	content := func(call gotCall) string { return bodyOf(t, call)["text"].(map[string]any)["content"].(string) }

	if kinds, last := send(botText(official, "答案")); len(kinds) != 1 || content(last) != "【机器人】答案\n回复 0 转人工" {
		t.Errorf("without menus: %v %s", kinds, last.body)
	}
	kinds, last := send(botText(menus, "答案"))
	link := "【机器人】答案\n<a href=\"weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=1\">转人工</a>\n回复 0 转人工"
	if !cmp.Equal(kinds, []string{"msgmenu", "text"}) || content(last) != link {
		t.Errorf("the first time: %v %s", kinds, last.body)
	}
	if kinds, last = send(botText(menus, "答案")); !cmp.Equal(kinds, []string{"text"}) || content(last) != link {
		t.Errorf("it is not remembered: %v %s", kinds, last.body)
	}
	if kinds, _ = send(botText(program, "答案")); !cmp.Equal(kinds, []string{"text"}) {
		t.Errorf("a mini program: %v", kinds)
	}
	refuse = false
	c = newConnector(t, x.URL, fixed{token: theToken})
	if kinds, _ = send(botText(menus, strings.Repeat("长", 400))); !cmp.Equal(kinds, []string{"text"}) {
		t.Errorf("over 1,024 bytes: %v", kinds)
	}
	_, last = send(botText(menus, "答案"))
	want := `{"touser":"` + openid + `","msgtype":"msgmenu","msgmenu":{"head_content":"【机器人】答案","list":[{"id":"1","content":"转人工"}],"tail_content":"回复 0 转人工"}}`
	if last.body != want {
		t.Errorf("a menu is %s", last.body)
	}
}

func TestFits(t *testing.T) {
	c := newConnector(t, "", fixed{token: theToken})
	label := len("【机器人】")
	bytes := func(account string, n int, way bool) channel.Outbound {
		out := botText(account, strings.Repeat("a", n))
		out.Message.Way = way
		return out
	}
	line := len("\n回复 0 转人工")
	link := len("\n<a href=\"weixin://bizmsgmenu?msgmenucontent=转人工&msgmenuid=1\">转人工</a>") + line
	for name, limit := range map[string]struct {
		account string
		bytes   int
		way     bool
	}{
		"plain":              {official, 2048 - label, false},
		"way":                {official, 2048 - label - line, true},
		"way, menus refused": {menus, 2048 - label - link, true},
	} {
		if !c.Fits(bytes(limit.account, limit.bytes, limit.way)) || c.Fits(bytes(limit.account, limit.bytes+1, limit.way)) {
			t.Errorf("%s: the limit is not %d", name, limit.bytes)
		}
	}
	more := bytes(official, 1000, false)
	more.More = []conversation.Message{bytes(official, 1048-2*label-2, false).Message}
	if !c.Fits(more) {
		t.Error("two that fit do not")
	}
	more.More[0] = bytes(official, 1048-2*label-1, false).Message
	if c.Fits(more) {
		t.Error("the empty line between them is not counted")
	}
	picture := conversation.Part{Kind: conversation.Image, Media: conversation.Media{Type: "image/png", Size: 1}}
	one := botText(official, "")
	one.Message.Parts = []conversation.Part{picture}
	if !c.Fits(one) {
		t.Error("a picture does not fit")
	}
	for name, parts := range map[string][]conversation.Part{"two pictures": {picture, picture}, "a picture and a text": {picture, {Kind: conversation.Text, Text: "a"}}} {
		one.Message.Parts = parts
		if c.Fits(one) {
			t.Errorf("%s fit", name)
		}
		_, err := c.Send(t.Context(), one)
		wantFault(t, err, fault.ProviderRefused)
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	for _, code := range []int{40001, 40014, 42001} {
		x := newWeixin(t, func(w http.ResponseWriter, r *http.Request, _ string) {
			if r.URL.Query().Get("access_token") == theToken {
				_, _ = fmt.Fprintf(w, `{"errcode":%d,"errmsg":"invalid credential, access_token is invalid or not latest rid: 65a1b2c3-00000001-00000002"}`, code)
				return
			}
			_, _ = io.WriteString(w, okAnswer)
		})
		if _, err := newConnector(t, x.URL, fixed{theToken, nextToken}).Send(t.Context(), botText(official, "hi")); err != nil || len(x.got()) != 2 {
			t.Errorf("%d: %v after %d calls", code, err, len(x.got()))
		}
		_, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), botText(official, "hi"))
		wantFault(t, err, fault.ProviderAuth)
		if len(x.got()) != 3 {
			t.Errorf("%d: without another token it is tried again", code)
		}
	}
	x := newWeixin(t, always(`{"errcode":40001,"errmsg":"no"}`))
	_, err := newConnector(t, x.URL, fixed{theToken, nextToken}).Send(t.Context(), botText(official, "hi"))
	wantFault(t, err, fault.ProviderAuth)
	if len(x.got()) != 2 {
		t.Errorf("a second refusal leads to %d calls", len(x.got()))
	}
}

// TestWithoutTokenNothingIsSent: what fails before the call is never "unknown".
func TestWithoutTokenNothingIsSent(t *testing.T) {
	x := newWeixin(t, always(okAnswer))
	_, err := newConnector(t, x.URL, fixed{}).Send(t.Context(), botText(official, "hi"))
	wantFault(t, err, fault.ProviderAuth)
	_, err = newConnector(t, x.URL, wechat.Reader{Vault: deaf{}}).Send(t.Context(), botText(official, "hi"))
	wantFault(t, err, fault.ProviderBusy)
	gone := botText("wx9999999999999999", "hi")
	_, err = newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), gone)
	wantFault(t, err, fault.ProviderRefused)
	if len(x.got()) != 0 {
		t.Errorf("%d calls", len(x.got()))
	}
}

// TestAnswersThatAreNone: who may have the message is Uncertain, and who cannot have it is not.
func TestAnswersThatAreNone(t *testing.T) {
	status := func(code int, body string) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		handle func(http.ResponseWriter, *http.Request, string)
		want   fault.Code
	}{
		"500":        {status(500, ""), fault.Uncertain},
		"502":        {status(502, "<html>"), fault.Uncertain},
		"503":        {status(503, ""), fault.ProviderBusy},
		"429":        {status(429, ""), fault.ProviderBusy},
		"202":        {status(202, ""), fault.Uncertain},
		"204":        {status(204, ""), fault.Uncertain},
		"400":        {status(400, ""), fault.ProviderRefused},
		"403":        {status(403, ""), fault.ProviderAuth}, // a proxy's, of all calls
		"407":        {status(407, ""), fault.ProviderAuth},
		"html":       {status(200, "<html>"), fault.Uncertain},
		"empty":      {status(200, ""), fault.Uncertain},
		"no errcode": {status(200, "{}"), fault.Uncertain},
		"10 MB":      {status(200, `{"errcode":0,"errmsg":"`+strings.Repeat("a", 10<<20)+`"}`), fault.Uncertain},
		"reset":      {func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) }, fault.Uncertain},
		"to elsewhere": {func(w http.ResponseWriter, r *http.Request, _ string) {
			if r.URL.Path != "/elsewhere" {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
				return
			}
			_, _ = io.WriteString(w, okAnswer)
		}, fault.ProviderAuth},
	} {
		t.Run(name, func(t *testing.T) {
			x := newWeixin(t, c.handle)
			_, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), botText(official, "words of the customer"))
			wantFault(t, err, c.want)
			if len(x.got()) != 1 {
				t.Errorf("%d calls", len(x.got()))
			}
		})
	}
}

// endless is an answer that does not end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	if e.read > 1<<20 {
		return 0, io.EOF
	}
	return len(p), nil
}

func (*endless) Close() error { return nil }

func TestLittleIsReadOfAnAnswer(t *testing.T) {
	body := &endless{}
	o := sendOptions("", fixed{token: theToken})
	o.Client = &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: body, Request: r}, nil
	})}
	_, err := connector(t, o).Send(t.Context(), botText(official, "hi"))
	if !fault.Is(err, fault.Uncertain) && !fault.Is(err, fault.ProviderBusy) || body.read > 128<<10 {
		t.Errorf("%d bytes were read, %v", body.read, err)
	}
}

func TestNoConnectionIsNoMessage(t *testing.T) {
	x := newWeixin(t, always(okAnswer))
	address := x.URL
	x.Close()
	_, err := newConnector(t, address, fixed{token: theToken}).Send(t.Context(), botText(official, "words of the customer"))
	wantFault(t, err, fault.ProviderBusy)
}

func TestNoAnswerInTime(t *testing.T) {
	reached, end := make(chan struct{}), make(chan struct{})
	x := newWeixin(t, func(http.ResponseWriter, *http.Request, string) { close(reached); <-end })
	defer close(end)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-reached; cancel() }()
	_, err := newConnector(t, x.URL, fixed{token: theToken}).Send(ctx, botText(official, "words of the customer"))
	wantFault(t, err, fault.Uncertain)
}

func TestType(t *testing.T) {
	answers := map[string]string{official: okAnswer, program: `{"errcode":45081,"errmsg":"已经在输入状态,不可重复下发"}`}
	for account, answer := range answers {
		x := newWeixin(t, always(answer))
		c := newConnector(t, x.URL, fixed{token: theToken})
		if err := c.Type(t.Context(), peerAt(account)); err != nil {
			t.Error(err)
		}
		path := map[string]string{official: "/cgi-bin/message/custom/typing", program: "/cgi-bin/message/custom/business/typing"}[account]
		if got := x.got()[0]; got.path != path || got.body != `{"touser":"`+openid+`","command":"Typing"}` {
			t.Errorf("%s got %s", got.path, got.body)
		}
	}
	x := newWeixin(t, always(`{"errcode":45080,"errmsg":"no"}`))
	wantFault(t, newConnector(t, x.URL, fixed{token: theToken}).Type(t.Context(), peerAt(official)), fault.ProviderRefused)
}

// TestEveryErrcode goes through the table, by the way that an answer takes.
func TestEveryErrcode(t *testing.T) {
	for _, c := range []struct {
		code  int
		want  fault.Code
		after time.Duration
		hint  string // holds this
	}{
		{-1, fault.ProviderBusy, 0, "busy"},
		{40001, fault.ProviderAuth, 0, ""}, {40014, fault.ProviderAuth, 0, ""}, {42001, fault.ProviderAuth, 0, ""},
		{41001, fault.ProviderAuth, 0, "AppSecret"}, {40002, fault.ProviderAuth, 0, "AppSecret"},
		{40013, fault.ProviderAuth, 0, "AppID"}, {40125, fault.ProviderAuth, 0, "AppSecret"}, {41002, fault.ProviderAuth, 0, "AppID"},
		{41004, fault.ProviderAuth, 0, "AppSecret"}, {40243, fault.ProviderAuth, 0, "frozen"},
		{40164, fault.ProviderAuth, 0, "add 101.45.43.1 to"}, {61004, fault.ProviderAuth, 0, "add 101.45.43.1 to"},
		{48001, fault.ProviderAuth, 0, "no right"}, {48004, fault.ProviderAuth, 0, "banned"},
		{40003, fault.RecipientGone, 0, "follow"}, {43004, fault.RecipientGone, 0, "follow"},
		{43005, fault.RecipientGone, 0, "follow"}, {43019, fault.RecipientGone, 0, "blocked"},
		{45015, fault.WindowClosed, 0, "does not follow"}, {45047, fault.AllowanceSpent, 0, "until the customer writes"},
		{45009, fault.ProviderBusy, 9*time.Hour + 30*time.Minute, "midnight"}, {45011, fault.ProviderBusy, time.Minute, "minute"},
		{45002, fault.TextTooLong, 0, "parts"}, {44004, fault.BadText, 0, "empty"},
		{40200, fault.ProviderRefused, 0, "menus"}, {40033, fault.ProviderRefused, 0, "40033"}, {99999, fault.ProviderRefused, 0, "99999"},
	} {
		t.Run(fmt.Sprint(c.code), func(t *testing.T) {
			x := newWeixin(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
				w.Header().Set("Date", "Sat, 28 Nov 2026 06:30:00 GMT")
				_, _ = fmt.Fprintf(w, `{"errcode":%d,"errmsg":"for %s: invalid ip 101.45.43.1 ipv6 ::ffff:101.45.43.1, not in whitelist rid: 6604ca78-1fb82aff-0b59c40e"}`, c.code, openid)
			})
			_, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), botText(official, "words of the customer"))
			f := faultOf(t, err, c.want)
			if f.RetryAfter != c.after || !strings.Contains(f.Hint, c.hint) {
				t.Errorf("after %v: %s", f.RetryAfter, f.Hint)
			}
			if c.hint != "" && !strings.Contains(err.Error(), fmt.Sprintf("errcode %d, rid 6604ca78-1fb82aff-0b59c40e", c.code)) {
				t.Errorf("a log does not tell WeChat's name for the call: %v", err)
			}
		})
	}
}

func TestDayLastsAnHourAtLeast(t *testing.T) {
	for date, want := range map[string]time.Duration{
		"Sat, 28 Nov 2026 15:59:00 GMT": time.Hour, // 23:59 in Beijing
		"Sat, 28 Nov 2026 16:00:00 GMT": 24 * time.Hour,
		"yesterday":                     time.Hour,
	} {
		x := newWeixin(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Date", date)
			_, _ = io.WriteString(w, `{"errcode":45009,"errmsg":"reach max api daily quota limit"}`)
		})
		_, err := newConnector(t, x.URL, fixed{token: theToken}).Send(t.Context(), botText(official, "hi"))
		if f := faultOf(t, err, fault.ProviderBusy); f.RetryAfter != want {
			t.Errorf("at %s: %v", date, f.RetryAfter)
		}
	}
}

// refusals are what the suite wants of every channel: no secret and one attempt.
func refusals() map[string]channeltest.Refusal {
	all := map[string]channeltest.Refusal{}
	for code, want := range map[int]fault.Code{
		-1: fault.ProviderBusy, 40001: fault.ProviderAuth, 42001: fault.ProviderAuth, 40164: fault.ProviderAuth, 48001: fault.ProviderAuth,
		43004: fault.RecipientGone, 43019: fault.RecipientGone, 45015: fault.WindowClosed, 45047: fault.AllowanceSpent,
		45009: fault.ProviderBusy, 45002: fault.TextTooLong, 40200: fault.ProviderRefused,
	} {
		body := fmt.Sprintf(`{"errcode":%d,"errmsg":"no, for oyORnuP8q7ou2gfYjqLzSIWZf0rs rid: 6604ca78-1fb82aff-0b59c40e"}`, code)
		all[fmt.Sprint("errcode ", code)] = channeltest.Refusal{Reply: channeltest.Reply{Body: body}, Want: want}
	}
	return all
}
