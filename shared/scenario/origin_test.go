package scenario

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
)

// own is the shop's own block of the channel, for more to stand behind it.
const own = `account: main, audience: zhida-inapp, issuer: "https://shop.example", secret: { env: ZHIDA_INAPP_SECRET }`

const pageElsewhere = "https://www.shop.example"

// hostile are origins of pages that are not to have anything.
var hostile = []string{
	"null", "https://evil.example", "http://www.shop.example", "https://www.shop.example:8443", "https://www.shop.example.evil.example",
	"https://evilwww.shop.example", "https://shop.example", "https://WWW.shop.example", "https://www.shop.example/", "file://", "*",
}

// TestPagesElsewhere: a page on a host of the list has all of the channel, and any other
// page nothing, whatever its customer's browser knows.
func TestPagesElsewhere(t *testing.T) {
	t.Parallel()
	for name, start := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, Setup{InApp: `{ ` + own + `, origins: [` + pageElsewhere + `] }`}).(wide)
			pages(t, h, name == "binary")
		})
	}
}

// TestPagesWithoutAList: pages of the host itself only. On AWS none lies where the
// connections are.
func TestPagesWithoutAList(t *testing.T) {
	t.Parallel()
	for name, start := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, Setup{}).(wide)
			token := h.Token(h.user("ann"))
			itself := h.(interface{ URL() string }).URL()
			if got := call(t, h, http.MethodPost, itself, token); got.StatusCode != http.StatusOK {
				t.Errorf("a page of the host itself: %s", got.Status)
			}
			if got := call(t, h, http.MethodPost, pageElsewhere, token); got.StatusCode != http.StatusForbidden {
				t.Errorf("a page elsewhere calls: %s", got.Status)
			}
			if got := connects(t, h, pageElsewhere); got != http.StatusForbidden {
				t.Errorf("a page elsewhere connects: %d", got)
			}
		})
	}
}

func pages(t *testing.T, h wide, itself bool) {
	t.Helper()
	token := h.Token(h.user("ann"))
	asked := call(t, h, http.MethodOptions, pageElsewhere, "")
	if asked.StatusCode != http.StatusNoContent {
		t.Errorf("the preflight: %s", asked.Status)
	}
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": pageElsewhere, "Access-Control-Allow-Methods": "POST", "Access-Control-Max-Age": "7200",
		"Access-Control-Allow-Headers": "authorization, content-type", "Access-Control-Allow-Credentials": "", "Vary": "Origin",
	} {
		if got := asked.Header.Get(name); got != want {
			t.Errorf("the preflight: %s is %q, want %q", name, got, want)
		}
	}
	for what, c := range map[string]struct {
		token  string
		status int
	}{"a message": {token, 200}, "a refusal, which the page may read": {"x", 401}} {
		got := call(t, h, http.MethodPost, pageElsewhere, c.token)
		if got.StatusCode != c.status || got.Header.Get("Access-Control-Allow-Origin") != pageElsewhere || got.Header.Get("Vary") != "Origin" {
			t.Errorf("%s: %s, %v", what, got.Status, got.Header)
		}
	}
	if got := call(t, h, http.MethodPost, "", token); got.StatusCode != 200 || got.Header.Get("Access-Control-Allow-Origin") != "" || got.Header.Get("Vary") != "Origin" {
		t.Errorf("what is no browser: %s, %v", got.Status, got.Header)
	}
	for _, origin := range []string{"", pageElsewhere} {
		if got := connects(t, h, origin); got != http.StatusSwitchingProtocols {
			t.Errorf("from %q: %d", origin, got)
		}
	}
	for _, origin := range hostile {
		for _, method := range []string{http.MethodOptions, http.MethodPost} {
			got := call(t, h, method, origin, token)
			if got.StatusCode != http.StatusForbidden || got.Header.Get("Access-Control-Allow-Origin") != "" || got.Header.Get("Vary") != "Origin" {
				t.Errorf("%s from %q: %s, %v", method, origin, got.Status, got.Header)
			}
		}
		if got := connects(t, h, origin); got != http.StatusForbidden {
			t.Errorf("from %q: %d", origin, got)
		}
	}
	script := get(t, h, "/web/widget/zhida-chat.js", pageElsewhere)
	if script.StatusCode != 200 || script.Header.Get("Access-Control-Allow-Origin") != "*" || script.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("the widget's script: %s, %v", script.Status, script.Header)
	}
	if !itself {
		return
	}
	if got := dialFrom(t, h.AgentsLive(), pageElsewhere); got != http.StatusForbidden {
		t.Errorf("customers' pages at the desk: %d", got)
	}
}

// call calls as a page of an origin does; "" is no browser.
func call(t *testing.T, h wide, method, origin, token string) *http.Response {
	t.Helper()
	body := strings.NewReader(object(map[string]any{"type": "message", "id": "m-1", "at": h.Now().UnixMilli(), "text": "您好"}, nil))
	header := http.Header{"Content-Type": {"application/json"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	if method == http.MethodOptions {
		body, header = strings.NewReader(""), http.Header{
			"Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization,content-type"},
		}
	}
	if origin != "" {
		header.Set("Origin", origin)
	}
	answer := h.exchange(method, "/channels/inapp", header, body)
	if answer.StatusCode == http.StatusForbidden {
		if got := refusalIn(t, answer.StatusCode, answer.body); got.Code != fault.Forbidden || got.Hint == "" {
			t.Errorf("%s from %q: %+v", method, origin, got)
		}
	}
	return answer.Response
}

func get(t *testing.T, h wide, path, origin string) *http.Response {
	t.Helper()
	return h.exchange(http.MethodGet, path, http.Header{"Origin": {origin}}, http.NoBody).Response
}

// connects returns the status with which a page's connection is answered.
func connects(t *testing.T, h wide, origin string) int {
	t.Helper()
	return dialFrom(t, h.CustomersLive(), origin)
}

func dialFrom(t *testing.T, url, origin string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	o := &websocket.DialOptions{HTTPHeader: http.Header{}}
	if origin != "" {
		o.HTTPHeader.Set("Origin", origin)
	}
	ws, answer, err := websocket.Dial(ctx, url, o)
	if answer == nil {
		t.Fatalf("from %q: %v", origin, err)
	}
	if err == nil {
		_ = ws.CloseNow()
	}
	return answer.StatusCode
}
