package platform_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

// TestWhoCouldKnow: a violation is no sender's fault where the push that tells of it came later, or
// at the same moment.
func TestWhoCouldKnow(t *testing.T) {
	known := func(w *world) (all []bool) {
		for _, v := range w.p.Violations() {
			all = append(all, v.Known)
		}
		return all
	}
	w := newWorld(t, nil)
	u := w.user("李雷")
	w.p.FailPushes(platform.PushFault{Kind: platform.LoseRequest})
	d, err := u.Write("x")
	w.clock.AwaitTimers(patience(t), 1)
	w.wants(w.send(u, "of the five that nobody knows of yet"), 0)
	w.pass(1)
	w.do(d, err)
	for _, want := range []int{0, 0, 0, 0, 45047} {
		w.wants(w.send(u, "x"), want)
	}
	if got := known(w); !reflect.DeepEqual(got, []bool{false}) {
		t.Errorf("a send that crossed the push: %v", got)
	}

	w = newWorld(t, nil)
	u = w.user("李雷")
	w.do(u.Unfollow())
	w.wants(w.send(u, "x"), 45015)
	w.clock.Advance(time.Millisecond)
	w.wants(w.send(u, "x"), 45015)
	if got := known(w); !reflect.DeepEqual(got, []bool{false, true}) {
		t.Errorf("who left: %v", got)
	}
	w.wish(u, "m1", true, 10)
	if r := w.p.Perfect(u, 0); len(r.Ideal) != 0 || len(r.Waiting) != 1 {
		t.Errorf("the perfect sender writes to who left: %+v", r)
	}
}

func TestAForcedTokenEndsNoClassicOne(t *testing.T) {
	w := newWorld(t, nil)
	classic := w.ask(http.MethodGet, "/cgi-bin/token?grant_type=client_credential&appid="+appID+"&secret="+secret, "").Token
	w.stable(true)
	w.wants(w.ask(http.MethodGet, "/cgi-bin/menu/get?access_token="+classic, ""), 46003)
}

// TestAccountsAreApart: neither customers nor media of one are another's.
func TestAccountsAreApart(t *testing.T) {
	w := newWorld(t, nil)
	other := account("")
	other.AppID, other.Original, other.Secret = "wx00000000000000ff", "gh_ff", strings.Repeat("f", 32)
	if err := w.p.AddAccount(other); err != nil {
		t.Fatal(err)
	}
	u := w.user("李雷")
	w.do(u.SendImage([]byte("\xff\xd8\xff\xe0picture")))
	calls := w.hook.seen()
	id := calls[len(calls)-1].msg.MediaID
	theirs := w.post("/cgi-bin/stable_token", fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q}`, other.AppID, other.Secret)).Token
	w.wants(w.ask(http.MethodGet, "/cgi-bin/media/get?access_token="+theirs+"&media_id="+id, ""), 40007)
	w.wants(w.post(sendPath+"?access_token="+theirs, `{"touser":"`+u.OpenID+`","msgtype":"text","text":{"content":"x"}}`), 40003)
}

func TestMiniProgramsSendLess(t *testing.T) {
	w := newWorld(t, func(a *platform.Account, _ *platform.Plan) { a.Kind = platform.MiniProgram })
	u, err := w.p.User(appID, "李雷")
	if err != nil {
		t.Fatal(err)
	}
	w.do(u.Write("x"))
	for _, body := range []string{`"voice","voice":{"media_id":"x"}`, `"video","video":{"media_id":"x"}`, `"msgmenu","msgmenu":{"head_content":"h","list":[{"id":"1","content":"c"}]}`} {
		w.wants(w.post(sendPath+"?access_token="+w.stable(false).Token, `{"touser":"`+u.OpenID+`","msgtype":`+body+`}`), 40008)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("media", "media.amr")
	if err == nil {
		_, err = file.Write([]byte("#!AMR\n\x3c"))
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, w.api.URL+"/cgi-bin/media/upload?type=voice&access_token="+w.stable(false).Token, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	w.wants(w.round(r), 40004)
}

// TestARepliedPicture is one that the account keeps, and from the account.
func TestARepliedPicture(t *testing.T) {
	for what, c := range map[string]struct {
		from, media string
		shown       string // its kind
	}{
		"its own":           {original, "", "image"},
		"nobody's":          {original, "nothing", "fault"},
		"another account's": {"gh_other", "", "fault"},
	} {
		w := newWorld(t, nil)
		u := w.user("李雷")
		w.hook.answer = func(_ int, got call, rw http.ResponseWriter) {
			media := got.msg.MediaID
			if c.media != "" {
				media = c.media
			}
			write(rw, fmt.Sprintf("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>1</CreateTime>"+
				"<MsgType>image</MsgType><Image><MediaId>%s</MediaId></Image></xml>", u.OpenID, c.from, media))
		}
		w.do(u.SendImage([]byte("\xff\xd8\xff\xe0picture")))
		phone := w.p.Phone(u)
		if last := phone[len(phone)-1]; last.Kind != c.shown {
			t.Errorf("%s: the phone shows %+v", what, last)
		}
	}
}
