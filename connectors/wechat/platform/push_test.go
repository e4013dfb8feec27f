package platform_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

const officialFault = "该公众号提供的服务出现故障，请稍后再试"

// reply answers a push by a text, in XML and in the clear.
func reply(c call, text string) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"+
		"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content></xml>", c.msg.FromUserName, c.msg.ToUserName, c.msg.CreateTime, text)
}

func write(w http.ResponseWriter, text string) { _, _ = w.Write([]byte(text)) }

func TestActsArePushed(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.wants(w.post("/cgi-bin/menu/create?access_token="+w.stable(false).Token,
		`{"button":[{"type":"click","name":"转人工","key":"human"},{"name":"更多","sub_button":[{"type":"view","name":"商城","url":"https://shop.example/"}]}]}`), 0)
	for name, tc := range map[string]struct {
		do   func() (*platform.Delivery, error)
		want msg
	}{
		"text":     {func() (*platform.Delivery, error) { return u.Write("a<b]]>c") }, msg{MsgType: "text", Content: "a<b]]>c"}},
		"location": {func() (*platform.Delivery, error) { return u.SendLocation(23.134521, 113.358803, "某处") }, msg{MsgType: "location", LocationX: 23.134521, LocationY: 113.358803, Label: "某处"}},
		"link":     {func() (*platform.Delivery, error) { return u.SendLink("t", "d", "https://a.example/") }, msg{MsgType: "link", Title: "t", URL: "https://a.example/"}},
		"click":    {func() (*platform.Delivery, error) { return u.Tap("human") }, msg{MsgType: "event", Event: "CLICK", EventKey: "human"}},
		"view":     {func() (*platform.Delivery, error) { return u.Tap("https://shop.example/") }, msg{MsgType: "event", Event: "VIEW", EventKey: "https://shop.example/"}},
		"place":    {func() (*platform.Delivery, error) { return u.ReportLocation(23.5, 113, 40) }, msg{MsgType: "event", Event: "LOCATION", Latitude: 23.5}},
	} {
		w.do(tc.do())
		calls := w.hook.seen()
		got := calls[len(calls)-1].msg
		if isMessage := got.MsgType != "event"; isMessage != (got.MsgID != 0) {
			t.Errorf("%s: MsgId %d", name, got.MsgID)
		}
		tc.want.ToUserName, tc.want.FromUserName, tc.want.CreateTime, tc.want.MsgID = original, u.OpenID, start.Unix(), got.MsgID
		if got != tc.want {
			t.Errorf("%s: pushed %+v, want %+v", name, got, tc.want)
		}
	}
	for _, c := range w.hook.seen() {
		if c.query["openid"][0] != u.OpenID || len(c.query["signature"][0]) != 40 || c.query["encrypt_type"] != nil {
			t.Errorf("query is %v", c.query)
		}
	}
}

func TestMediaAreKeptAndPushed(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.do(u.SendImage([]byte("\xff\xd8\xff\xe0picture")))
	w.do(u.SendVoice([]byte("#!AMR\nvoice"), "找个活人"))
	w.do(u.SendVideo([]byte("\x00\x00\x00\x18ftypmp42video...")))
	pushed := w.hook.seen()[1:]
	if pushed[0].msg.PicURL == "" || pushed[1].msg.Format != "amr" || pushed[1].msg.Recognition != "找个活人" || pushed[2].msg.ThumbMediaID == "" {
		t.Errorf("pushed %+v", pushed)
	}
	get := func(c call) answer {
		return w.ask(http.MethodGet, "/cgi-bin/media/get?access_token="+w.stable(false).Token+"&media_id="+c.msg.MediaID, "")
	}
	if got := get(pushed[0]).raw; got != "\xff\xd8\xff\xe0picture" {
		t.Errorf("the picture is %q", got)
	}
	address := get(pushed[2]).VideoURL
	if got := w.ask(http.MethodGet, strings.TrimPrefix(address, w.api.URL), "").raw; got != "\x00\x00\x00\x18ftypmp42video..." {
		t.Errorf("the video at %q is %q", address, got)
	}
	w.clock.Advance(3 * 24 * time.Hour)
	w.wants(get(pushed[0]), 40007)
}

func TestQRCodes(t *testing.T) {
	w := newWorld(t, nil)
	u, err := w.p.User(appID, "韩梅梅")
	if err != nil {
		t.Fatal(err)
	}
	w.do(u.Follow("shop12"))
	w.do(u.Scan("shop13"))
	w.do(u.Unfollow())
	got := w.hook.seen()
	if got[0].msg.EventKey != "qrscene_shop12" || got[0].msg.Ticket == "" || got[1].msg.Event != "SCAN" || got[1].msg.EventKey != "shop13" || got[2].msg.Event != "unsubscribe" {
		t.Errorf("pushed %+v", got)
	}
	if _, err := u.Write("hello?"); err == nil {
		t.Error("wrote without following")
	}
}

func TestMsgIDsGrowAndSecondsAreOfTheClock(t *testing.T) {
	w := newWorld(t, nil)
	u := w.user("李雷")
	var last int64
	for range 20 {
		w.do(u.Write("x"))
		calls := w.hook.seen()
		m := calls[len(calls)-1].msg
		if m.MsgID <= last || m.CreateTime != w.clock.Now().Unix() {
			t.Fatalf("MsgId %d after %d, CreateTime %d", m.MsgID, last, m.CreateTime)
		}
		last = m.MsgID
		w.clock.Advance(700 * time.Millisecond)
	}
}

func TestMiniProgramsPushJSON(t *testing.T) {
	w := newWorld(t, func(a *platform.Account, _ *platform.Plan) {
		a.Kind, a.Format = platform.MiniProgram, platform.JSON
	})
	u, err := w.p.User(appID, "李雷")
	if err != nil {
		t.Fatal(err)
	}
	w.do(u.EnterSession("order 5"))
	w.do(u.Write("<你好>"))
	got := w.hook.seen()
	if got[0].msg.Event != "user_enter_tempsession" || got[0].msg.SessionFrom != "order 5" || got[1].msg.Content != "<你好>" || got[1].msg.MsgID == 0 {
		t.Errorf("pushed %+v", got)
	}
	if !strings.Contains(string(got[1].body), "<你好>") || !json.Valid(got[1].body) {
		t.Errorf("pushed %s", got[1].body)
	}
	if _, err := u.Follow(""); err == nil {
		t.Error("followed a mini-program")
	}
	w.hook.answer = func(_ int, _ call, rw http.ResponseWriter) { write(rw, "<xml></xml>") }
	w.do(u.Write("x"))
	if got := texts(w.p.Phone(u)); !slices.Equal(got, []string{"该小程序客服暂时无法提供服务，请稍后再试"}) {
		t.Errorf("the phone shows %q", got)
	}
}

func TestConsoleVerifies(t *testing.T) {
	w := newWorld(t, nil)
	w.hook.answer = func(_ int, c call, rw http.ResponseWriter) { write(rw, c.query["echostr"][0]) }
	if err := w.p.Verify(appID); err != nil {
		t.Error(err)
	}
	w.hook.answer = func(_ int, c call, rw http.ResponseWriter) { write(rw, c.query["echostr"][0]+"\n") }
	if w.p.Verify(appID) == nil {
		t.Error("took an echostr with something after it")
	}
	if got := w.hook.seen()[0]; got.method != http.MethodGet || len(got.body) != 0 {
		t.Errorf("verified by %+v", got)
	}
}

func TestAccountsAreCheckedAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	err := w.p.AddAccount(platform.Account{Kind: platform.Official, Format: platform.JSON, Mode: platform.Safe, Webhook: "x"})
	for _, want := range []string{"AppID", "gh_", "Token", "xml", "43"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
}
