package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// A tap grants a minute: the customer is asked for a word, which grants two days.
func TestWeChatAskByMenu(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		w.menu()
		u := w.follower("李雷")
		u.does(u.Tap("human"))
		u.hears(platform.Passive, "【机器人】已为您转人工。…请再回复任意内容：…")
		w.host.Advance(2 * time.Minute)
		id := takes(t, lin)
		key := w.says(lin, id, "您好")
		u.hearsNothing()
		told(t, lin, id, key).wants(t, conversation.Held, fault.WindowClosed)
		u.does(u.Write("好"))
		u.hears(platform.API, "【机器人】人工客服小林已接入…【人工·小林】您好")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

// Who wrote before they tapped has two days still, and is asked for nothing.
func TestWeChatATapTakesNothingAway(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		w.menu()
		u := w.follower("李雷")
		u.does(u.Write("退款多久到账"))
		u.news()
		u.does(u.Tap("human"))
		for _, e := range u.news() {
			if strings.Contains(e.Text, "任意内容") {
				t.Errorf("asked for a word: %q", e.Text)
			}
		}
		w.host.Advance(2 * time.Minute)
		id := takes(t, lin)
		w.host.Still()
		u.hears(platform.API, "【机器人】人工客服小林已接入…")
		key := w.says(lin, id, "您好")
		u.hears(platform.API, "【人工·小林】您好")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

func TestWeChatTheSixthMessageWaits(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.Write("转人工"))
		id := takes(t, lin) // that is the first
		w.host.Still()
		for n := range 4 {
			w.says(lin, id, fmt.Sprintf("第 %d 句", n+2))
		}
		if said := u.news(); len(said) != 1+5 {
			t.Fatalf("the phone shows %+v", said)
		}
		key := w.says(lin, id, "第 6 句")
		u.hearsNothing()
		told(t, lin, id, key).wants(t, conversation.Held, fault.AllowanceSpent)
		u.does(u.Write("在"))
		u.hears(platform.API, "【人工·小林】第 6 句")
		told(t, lin, id, key).wants(t, conversation.Sent, "")
	})
}

func TestWeChatTwoDaysPass(t *testing.T) {
	onWeChat(t, func(t *testing.T, w *weChat, lin Agent) {
		u := w.follower("李雷")
		u.does(u.Write("转人工"))
		u.news()
		w.host.Advance(2 * day)
		lin.SignIn()
		id := takes(t, lin)
		key := w.says(lin, id, "让您久等了")
		u.hearsNothing()
		told(t, lin, id, key).wants(t, conversation.Held, fault.WindowClosed)
		u.does(u.Write("终于"))
		u.hears(platform.API, "【机器人】人工客服小林已接入…【人工·小林】让您久等了")
	})
}
