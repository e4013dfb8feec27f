package scenario

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestWeChatAskByText(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.Write("转人工"))
		u.hears(platform.Passive, "【机器人】已为您转人工。下一位就是您…")
		id := takes(t, lin)
		w.host.Still()
		u.hears(platform.API, "【机器人】人工客服小林已接入…")
		if code := lin.Type(id); code != "" {
			t.Errorf("typing is refused: %s", code)
		}
		w.host.Still()
		if !w.Typing(u.User) {
			t.Error("the phone does not show that the agent types")
		}
		key := w.says(lin, id, "您好，我是小林")
		u.hears(platform.API, "【人工·小林】您好，我是小林")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

func TestWeChatAskByMiniProgram(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.customer(miniAccount, "韩梅梅")
		u.does(u.EnterSession("order"))
		u.hears(platform.API, "【机器人】您好！…回复 0 转人工")
		u.does(u.Write("0"))
		u.hears(platform.API, "【机器人】已为您转人工…")
		id := takes(t, lin)
		w.host.Still()
		u.hears(platform.API, "【机器人】人工客服小林已接入…")
		w.says(lin, id, "您好")
		u.hears(platform.API, "【人工·小林】您好")
	})
}

// The answer to the customer's own call is lost: WeChat calls again, and gets the same.
func TestWeChatAnswersARetryTheSame(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		w.FailPushes(platform.PushFault{Kind: platform.LoseAnswer}, platform.PushFault{Kind: platform.LoseAnswer})
		u.does(u.Write("转人工"))
		for range 2 {
			u.hearsNothing()
			w.host.Advance(5 * time.Second)
		}
		u.hears(platform.Passive, "【机器人】已为您转人工…")
		history, code := lin.History(takes(t, lin))
		asked, confirmed := 0, 0
		for _, m := range history {
			asked += strings.Count(m.Text, "转人工”") // the greeting names the words
			if m.Text == "转人工" {
				asked++
			}
			confirmed += strings.Count(m.Text, "已为您转人工")
		}
		if code != "" || asked != 2 || confirmed != 1 {
			t.Errorf("kept is %+v (%s)", history, code)
		}
	})
}

// A voice that nobody has put into words gets no canned answer: a person is offered, and a yes is enough.
func TestWeChatVoiceThatNobodyReads(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.SendVoice([]byte("#!AMR\n\x3c\x91\x17\x16"), ""))
		said := u.news()
		if len(said) != 1 || !strings.Contains(said[0].Text, "转人工") {
			t.Fatalf("the phone shows %+v", said)
		}
		u.does(u.Write("好的"))
		u.hears(platform.Passive, "【机器人】已为您转人工…")
		takes(t, lin)
		if got := lin.Opens("voice.amr"); len(got) == 0 {
			t.Error("the agent cannot hear it")
		}
	})
}

func TestWeChatPicturesAndVoice(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.Write("转人工"))
		id := takes(t, lin)
		w.host.Still()
		u.news()
		u.does(u.SendImage(drawn(t)))
		u.does(u.SendVoice([]byte("#!AMR\n\x3c\x91\x17\x16"), "我的包裹坏了"))
		seen := lin.Sees(id, func(seen []Message) bool {
			var all strings.Builder
			for _, m := range seen {
				all.WriteString(m.Text)
			}
			return strings.Contains(all.String(), "我的包裹坏了")
		})
		if !seen {
			t.Error("the agent does not read what was spoken")
		}
		for _, name := range []string{"image.png", "voice.amr"} {
			if got := lin.Opens(name); len(got) == 0 {
				t.Errorf("the agent cannot open %s", name)
			}
		}
		m, code := lin.Send(id, "picture", "发票.png")
		if code != "" {
			t.Fatalf("the picture is refused: %s", code)
		}
		w.host.Still()
		if said := u.news(); len(said) != 1 || said[0].Kind != "image" {
			t.Errorf("the phone shows %+v", said)
		}
		told(t, lin, id, m.Key).wants(t, conversation.Sent, "")
		m, code = lin.Send(id, "mp3", "怎么装.mp3")
		if code != "" {
			t.Fatalf("the voice is refused: %s", code)
		}
		w.host.Still()
		if said := u.news(); len(said) != 1 || said[0].Kind != "voice" {
			t.Errorf("the phone shows %+v", said)
		}
		told(t, lin, id, m.Key).wants(t, conversation.Sent, "")
		m, code = lin.Send(id, "file", "合同.pdf") // no account can send one
		if code != "" {
			t.Fatalf("the file is refused: %s", code)
		}
		w.host.Still()
		u.hearsNothing()
		told(t, lin, id, m.Key).wants(t, conversation.NotSent, fault.ProviderRefused)
	})
}

// Who unfollows leaves the line, and is forgotten; what they asked for stays counted.
func TestWeChatUnfollowedWhileWaiting(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.Write("转人工"))
		u.does(u.SendImage(drawn(t)))
		if line := lin.Line(); len(line) != 1 {
			t.Fatalf("in line: %v", line)
		}
		u.does(u.Unfollow())
		if line := lin.Line(); len(line) != 0 {
			t.Errorf("still in line: %v", line)
		}
		if _, code := lin.Claim(); code != fault.NobodyWaiting {
			t.Errorf("a claim is answered %q", code)
		}
		w.host.Advance(2 * time.Minute)
		u.news()
		u.does(u.Follow(""))
		u.hears(platform.Passive, "【机器人】您好！…")
		u.does(u.Write("转人工"))
		u.news()
		history, code := lin.History(takes(t, lin))
		for _, m := range history {
			if m.At < w.host.Now().Add(-time.Minute).UnixMilli() {
				t.Errorf("what was said before is kept: %s (%s)", shown(m), code)
			}
		}
	})
}

// A picture is on its way from WeChat while its sender leaves, and is forgotten: it is, too.
// (The binary's time cannot leap while it works; shared/inbound tests the same without a host.)
func TestWeChatForgetsWhatComesTooLate(t *testing.T) {
	t.Parallel()
	l := startLambda(t, Setup{WeChat: true})
	w := l.wechat
	u := w.follower("李雷")
	reached, let := w.holds("/cgi-bin/media/get")
	if _, err := u.SendImage(drawn(t)); err != nil {
		t.Fatal(err)
	}
	w.rest()
	reached()
	if _, err := u.Unfollow(); err != nil {
		t.Fatal(err)
	}
	l.Advance(2 * time.Minute)
	let()
	l.Still()
	calls, _ := l.cloud.Calls()
	for _, action := range []string{"s3:PutObject", "s3:DeleteObject"} {
		if !slices.ContainsFunc(calls, func(c localcloud.Call) bool { return c.Function == "wechat" && c.Action == action }) {
			t.Errorf("no %s", action)
		}
	}
}

func TestWeChatThroughARestart(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.Write("转人工"))
		u.news()
		w.host.Restart(time.Minute)
		w.host.Advance(time.Minute)
		lin.SignIn()
		id := takes(t, lin)
		w.host.Still()
		w.says(lin, id, "您好")
		if said := u.news(); len(said) != 2 || !strings.Contains(said[1].Text, "您好") {
			t.Errorf("the phone shows %+v", said)
		}
	})
}

// WeChat is busy: what is said goes when it is not, by the clock.
func TestWeChatIsBusy(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.Write("转人工"))
		id := takes(t, lin)
		w.host.Still()
		u.news()
		w.FailCalls(sendPath, platform.Busy)
		key := w.says(lin, id, "您好")
		u.hearsNothing()
		told(t, lin, id, key).wants(t, conversation.Pending, fault.ProviderBusy)
		lin.Renew()
		w.host.Advance(10 * time.Second)
		w.host.Still()
		u.hears(platform.API, "【人工·小林】您好")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

// Another program of the company's makes WeChat end the access token: what is said waits for
// the next one, a minute at most.
func TestWeChatRefusesTheToken(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.Write("转人工"))
		id := takes(t, lin)
		w.host.Still()
		u.news()
		w.forces()
		w.says(lin, id, "您好")
		for range 9 {
			lin.Renew()
			w.host.Advance(10 * time.Second)
			w.host.Still()
		}
		u.hears(platform.API, "【人工·小林】您好")
	})
}

// TestPromise14WeChatSaysNo: what WeChat does not take is kept, and the agent is told why. Somebody
// else's program sends on the same account; and that a customer left was lost on its way.
func TestPromise14WeChatSaysNo(t *testing.T) {
	t.Run("45047", func(t *testing.T) {
		onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
			u := w.follower("李雷")
			u.does(u.Write("转人工"))
			id := takes(t, lin)
			w.host.Still()
			for range 4 {
				w.sendsElsewhere(u)
			}
			u.news()
			key := w.says(lin, id, "您好")
			u.hearsNothing()
			told(t, lin, id, key).wants(t, conversation.Held, fault.AllowanceSpent)
			next := w.says(lin, id, "在吗") // WeChat is not asked in vain
			told(t, lin, id, next).wants(t, conversation.Held, fault.AllowanceSpent)
			if v := w.Violations(); len(v) != 1 || v[0].Code != 45047 {
				t.Errorf("violations: %+v", v)
			}
			u.does(u.Write("在"))
			u.hears(platform.API, "【人工·小林】您好…【人工·小林】在吗")
		})
	})
	t.Run("45015", func(t *testing.T) {
		onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
			u := w.follower("李雷")
			u.does(u.Write("转人工"))
			id := takes(t, lin)
			w.host.Still()
			u.news()
			lost := platform.PushFault{Kind: platform.LoseRequest}
			w.FailPushes(lost, lost, lost)
			_, err := u.Unfollow()
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				w.host.Advance(5 * time.Second)
			}
			u.news()
			key := w.says(lin, id, "您好")
			u.hearsNothing()
			m := told(t, lin, id, key)
			m.wants(t, conversation.Held, fault.WindowClosed)
			if v := w.Violations(); len(v) != 1 || v[0].Code != 45015 || v[0].Known {
				t.Errorf("violations: %+v", v)
			}
		})
	})
}

// menu gives the official account the menu that the command line installs.
func (w *weChat) menu() {
	w.t.Helper()
	w.asks("/cgi-bin/menu/create", `{"button":[{"type":"click","name":"转人工","key":"human"}]}`)
}

// sendsElsewhere has another program of the company's send on the account.
func (w *weChat) sendsElsewhere(u *phoned) {
	w.t.Helper()
	w.asks(sendPath, fmt.Sprintf(`{"touser":%q,"msgtype":"text","text":{"content":"促销"}}`, u.OpenID))
}

const sendPath = "/cgi-bin/message/custom/send"

// asks calls WeChat's API with the account's token.
func (w *weChat) asks(path, body string) {
	w.t.Helper()
	_, rest, _ := strings.Cut(w.token(false), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	if got := w.call(path+"?access_token="+token, body); !strings.Contains(got, `"errcode":0`) {
		w.t.Fatalf("%s is answered %s", path, got)
	}
}

// forces makes WeChat hand out another token, and end the one that there is.
func (w *weChat) forces() {
	w.t.Helper()
	w.token(true)
}

// token asks for the official account's token.
func (w *weChat) token(forced bool) string {
	w.t.Helper()
	return w.call("/cgi-bin/stable_token", fmt.Sprintf(
		`{"grant_type":"client_credential","appid":%q,"secret":%q,"force_refresh":%v}`, officialAccount.AppID, officialAccount.Secret, forced))
}

func (w *weChat) call(path, body string) string {
	w.t.Helper()
	status, answer := follow(w.t, w.url, http.MethodPost, path, http.Header{}, []byte(body))
	if status != http.StatusOK {
		w.t.Fatalf("%s is answered %d", path, status)
	}
	return string(answer)
}
