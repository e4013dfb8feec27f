package main

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat/platform"
	"github.com/zhida-project/zhida/shared/queue"
)

// atWeChat is a company's two accounts at WeChat, and its zhida.yaml.
type atWeChat struct {
	*testing.T
	accounts []platform.Account
	played   *platform.Platform
	url      string
	env      map[string]string
}

func openAtWeChat(t *testing.T) *atWeChat {
	t.Helper()
	t.Chdir(t.TempDir())
	played, err := platform.New(platform.Options{Clock: queue.SystemClock(time.Now), Rand: rand.Reader, Client: http.DefaultClient})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(played)
	t.Cleanup(server.Close)
	w := &atWeChat{T: t, played: played, url: server.URL}
	w.accounts = []platform.Account{
		demoAccount(platform.Account{AppID: demoOfficial, Original: "gh_a", Kind: platform.Official, Format: platform.XML}),
		demoAccount(platform.Account{AppID: demoMiniProgram, Original: "gh_b", Kind: platform.MiniProgram, Format: platform.JSON}),
	}
	for _, a := range w.accounts {
		w.change(a)
	}
	w.env = map[string]string{"ZHIDA_WECHAT_SECRETS": fmt.Sprintf(`{%q: %q, %q: %q}`,
		demoOfficial, w.accounts[0].Secret, demoMiniProgram, w.accounts[1].Secret)}
	w.config(demoOfficial+", kind: official", demoMiniProgram+", kind: miniprogram")
	return w
}

func (w *atWeChat) change(a platform.Account) {
	w.Helper()
	if err := w.played.AddAccount(a); err != nil {
		w.Fatal(err)
	}
}

// config writes a zhida.yaml with accounts.
func (w *atWeChat) config(accounts ...string) {
	w.Helper()
	block := fmt.Sprintf("channels:\n  wechat:\n    api: %s\n    webhooks: { env: ZHIDA_WECHAT_WEBHOOKS }\n    secrets: { env: ZHIDA_WECHAT_SECRETS }\n    accounts:\n", w.url)
	for _, a := range accounts {
		block += "      - { id: " + a + " }\n"
	}
	write(w.T, "zhida.yaml", strings.Replace(string(exampleShop), "channels:\n", block, 1))
}

// wants runs `zhida wechat menu`, and looks for a word in what it says.
func (w *atWeChat) wants(code int, word string, args ...string) {
	w.Helper()
	got := call(w.T, "", w.env, append([]string{"wechat", "menu", "--config", "zhida.yaml"}, args...)...)
	if got.code != code || !strings.Contains(got.out+got.errs, word) {
		w.Errorf("%v: exit code %d, %s%s", args, got.code, got.out, got.errs)
	}
	for _, a := range w.accounts {
		if strings.Contains(got.out+got.errs, a.Secret) {
			w.Errorf("%v: an AppSecret is printed", args)
		}
	}
}

// menu is the account's menu, as its customers see it.
func (w *atWeChat) menu() string {
	w.Helper()
	r := httptest.NewRecorder()
	w.played.Console().ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/accounts", nil))
	return r.Body.String()
}

func TestMenu(t *testing.T) {
	w := openAtWeChat(t)
	w.wants(exitOK, demoOfficial+"\tits menu shows the way to a person\n")
	if got := w.menu(); !strings.Contains(got, `{"button":[{"type":"click","name":"转人工","key":"human"}]}`) {
		t.Errorf("the menu is %s", got)
	}
	w.wants(exitOK, "shows the way", "--account", demoOfficial)
	w.wants(exitUsage, "no such Official Account", "--account", demoMiniProgram)
	w.wants(exitUsage, "no such Official Account", "--account", "wx0000000000000000")
	w.env = nil
	w.wants(exitUsage, "ZHIDA_WECHAT_SECRETS")
	write(t, "ours.yaml", "channels: {}\n")
	w.wants(exitUsage, "ours.yaml:1:1: ", "--config", "ours.yaml")
}

func TestMenuThatAnAccountHas(t *testing.T) {
	w := openAtWeChat(t)
	w.own(`{"button":[{"type":"view","name":"商城","url":"https://shop.example/"}]}`)
	w.wants(exitFailure, `add an item of type click with the key "human"`)
	if got := w.menu(); !strings.Contains(got, "商城") || strings.Contains(got, "human") {
		t.Errorf("the menu is %s", got)
	}
	w.wants(exitOK, "shows the way", "--replace")
	if got := w.menu(); strings.Contains(got, "商城") || !strings.Contains(got, "human") {
		t.Errorf("the menu is %s", got)
	}
}

// own gives the account a menu of the company's.
func (w *atWeChat) own(menu string) {
	w.Helper()
	ask := func(path, body string) string {
		r := httptest.NewRecorder()
		w.played.ServeHTTP(r, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
		return r.Body.String()
	}
	_, rest, _ := strings.Cut(ask("/cgi-bin/stable_token", fmt.Sprintf(
		`{"grant_type":"client_credential","appid":%q,"secret":%q}`, demoOfficial, w.accounts[0].Secret)), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	if got := ask("/cgi-bin/menu/create?access_token="+token, menu); !strings.Contains(got, `"errcode":0`) {
		w.Fatal(got)
	}
}

func TestMenuThatWeChatRefuses(t *testing.T) {
	w := openAtWeChat(t)
	a := w.accounts[0]
	a.AllowIPs = []netip.Prefix{netip.MustParsePrefix("203.0.113.7/32")}
	w.change(a)
	w.wants(exitFailure, "127.0.0.1 ") // which address is not on the list

	w.change(w.accounts[0])
	w.env["ZHIDA_WECHAT_SECRETS"] = strings.ReplaceAll(w.env["ZHIDA_WECHAT_SECRETS"], a.Secret, strings.Repeat("0", 32))
	w.wants(exitFailure, "AppSecret")

	w.config(demoMiniProgram + ", kind: miniprogram")
	w.wants(exitUsage, "no such Official Account")
	write(t, "zhida.yaml", string(exampleShop))
	w.wants(exitUsage, "names no account")
}

// TestMenusOfSeveralAccounts: what is wrong with each is told, with its name, and the others
// have theirs.
func TestMenusOfSeveralAccounts(t *testing.T) {
	const elsewhere, strange = "wx00000000000000cc", "wx00000000000000dd"
	w := openAtWeChat(t)
	w.change(demoAccount(platform.Account{AppID: elsewhere, Original: "gh_c", Kind: platform.Official, Format: platform.XML}))
	w.config(elsewhere+", kind: official", demoOfficial+", kind: official", strange+", kind: official")
	w.env["ZHIDA_WECHAT_SECRETS"] = fmt.Sprintf(`{%q: %q, %q: %q, %q: %[2]q}`, elsewhere, strings.Repeat("0", 32), demoOfficial, w.accounts[0].Secret, strange)
	got := call(t, "", w.env, "wechat", "menu", "--config", "zhida.yaml")
	if got.code != exitFailure || got.out != demoOfficial+"\tits menu shows the way to a person\n" {
		t.Errorf("exit code %d, %s", got.code, got.out)
	}
	lines := strings.Split(strings.TrimSpace(got.errs), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], elsewhere+"\t") || !strings.Contains(lines[0], "AppSecret") ||
		!strings.HasPrefix(lines[1], strange+"\t") || !strings.Contains(lines[2], "2 of 3 accounts") {
		t.Errorf("it says\n%s", got.errs)
	}
}
