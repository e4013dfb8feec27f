package platform_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
)

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
