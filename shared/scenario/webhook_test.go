package scenario

import (
	"net/http"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

// TestWeChatOneWebhookIsWrong: on AWS it costs its own account alone, and is told. The
// binary does not start with it.
func TestWeChatOneWebhookIsWrong(t *testing.T) {
	t.Parallel()
	const half = "half-of-a-token"
	l := startLambda(t, Setup{WeChat: true, Webhooks: strings.ReplaceAll(weChatSecrets()["ZHIDA_WECHAT_WEBHOOKS"], miniAccount.Token, half)})
	lin := l.Agent("lin")
	lin.SignIn()
	u := l.wechat.follower("李雷")
	u.does(u.Write("转人工"))
	u.hears(platform.Passive, "【机器人】已为您转人工…")

	answer, err := l.web.Get(l.URL() + "/channels/wechat/" + miniAccount.AppID + "?signature=x&timestamp=1&nonce=1&echostr=1")
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusInternalServerError {
		t.Errorf("it is answered %d, %v", answer.StatusCode, err)
	}
	if told := l.log.told(t, "no token of 3 to 32 letters and digits for account 2 ("+miniAccount.AppID+")"); strings.Contains(told, half) {
		t.Errorf("the log has the secret: %s", told)
	}
}
