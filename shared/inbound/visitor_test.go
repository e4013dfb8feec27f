package inbound

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// guests is a channel whose tokens say who somebody is: a name for a customer, a number
// for a visitor.
type guests struct {
	channel.Connector
	made int
}

func (g *guests) Info() channel.Info {
	return channel.Info{Name: "x", AckWithin: time.Second, Retries: true}
}
func (*guests) Frame(conversation.Message, channel.View) any { return nil }
func (*guests) Submission(string, []byte, time.Time) channel.Request {
	return channel.Request{}
}

func (*guests) Identify(_ context.Context, token string, at time.Time) (channel.Visitor, error) {
	if token == "" || token == "bad" {
		return channel.Visitor{}, fault.New(fault.Unauthenticated, "test", "")
	}
	who := channel.Visitor{Peer: conversation.Peer{Channel: "x", Account: "main", User: token}, Expires: at.Add(time.Hour)}
	if who.Anonymous = strings.HasPrefix(token, "guest-"); !who.Anonymous {
		who.Name, who.Expires = strings.TrimPrefix(token, "nameless"), at.Add(2*time.Hour)
	}
	return who, nil
}

func (g *guests) NewVisitor(at time.Time) (string, channel.Visitor, error) {
	g.made++
	token := fmt.Sprint("guest-", g.made)
	who, err := g.Identify(context.Background(), token, at)
	return token, who, err
}

func TestVisitorsOfOneAddressAreLimited(t *testing.T) {
	f := newFlood(t, DoorOptions{Visitors: Rate{Burst: 3, Every: time.Minute}})
	g := &guests{}
	h, err := f.service.NewVisitorHandler(g, f.door)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(from, cookie string) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v", http.NoBody)
		r.RemoteAddr = from
		if cookie != "" {
			r.AddCookie(&http.Cookie{Name: "__Host-zhida-visitor", Value: cookie})
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	want := func(what string, want int, from, cookie string) {
		t.Helper()
		if status, body := ask(from, cookie); status != want {
			t.Errorf("%s: %d %s", what, status, body)
		}
	}
	const here, neighbour, elsewhere = "[2001:db8::1]:5", "[2001:db8::2]:6", "203.0.113.7:5"
	for range 3 {
		want("in the burst", 200, here, "")
	}
	want("a fourth", 429, here, "")
	want("a fourth of the same network", 429, neighbour, "")
	want("one whose cookie is bad", 429, here, "bad")
	want("one whose cookie is a customer's", 429, here, "ann")
	want("one who was here before", 200, here, "guest-1")
	want("from elsewhere", 200, elsewhere, "")
	f.now = f.now.Add(time.Minute)
	want("a minute later", 200, here, "")
	want("and one more", 429, here, "")
	if g.made != 5 {
		t.Errorf("%d were made", g.made)
	}
}

// TestNobodyElsePlantsAVisitor: of a cookie that another host of the same domain could set,
// nothing is read; on this machine, where there is no https, the browser takes no prefix.
func TestNobodyElsePlantsAVisitor(t *testing.T) {
	f := newFlood(t, DoorOptions{})
	h, err := f.service.NewVisitorHandler(&guests{}, f.door)
	if err != nil {
		t.Fatal(err)
	}
	const safe, bare = "__Host-zhida-visitor", "zhida-visitor"
	for _, c := range []struct{ host, shown, set, path, token string }{
		{"chat.shop.example", safe, safe, "/", "guest-9"},
		{"chat.shop.example", bare, safe, "/", "guest-1"},
		{"chat.shop.example:8443", bare, safe, "/", "guest-2"},
		{"localhost.shop.example", bare, safe, "/", "guest-3"},
		{"127.0.0.1:8080", bare, bare, "/v", "guest-9"},
		{"localhost", bare, bare, "/v", "guest-9"},
		{"[::1]:8080", bare, bare, "/v", "guest-9"},
		{"127.0.0.1:8080", safe, bare, "/v", "guest-4"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v", http.NoBody)
		r.Host = c.host
		r.AddCookie(&http.Cookie{Name: c.shown, Value: "guest-9"})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		set := w.Result().Cookies()
		if len(set) != 1 || set[0].Name != c.set || set[0].Path != c.path || set[0].Value != c.token || !set[0].Secure || !set[0].HttpOnly || set[0].Domain != "" {
			t.Errorf("%+v: set %v", c, set)
		}
	}
}

// TestSigningOutForgetsTheVisitor: the next one at this browser is somebody else, also
// where the page is elsewhere.
func TestSigningOutForgetsTheVisitor(t *testing.T) {
	const page = "https://shop.example"
	f := newFlood(t, DoorOptions{Origins: live.Origins{page}})
	h, err := f.service.NewVisitorHandler(&guests{}, f.door)
	if err != nil {
		t.Fatal(err)
	}
	call := func(method string, header map[string]string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), method, "https://chat.example/v", http.NoBody)
		for name, value := range header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answer := w.Result()
		t.Cleanup(func() { _ = answer.Body.Close() })
		return answer
	}
	given := call(http.MethodPost, nil).Cookies()[0]
	forgotten := call(http.MethodDelete, map[string]string{"Origin": page, "Cookie": given.Name + "=" + given.Value})
	cookie := forgotten.Cookies()[0]
	if forgotten.StatusCode != http.StatusNoContent || cookie.Name != given.Name || cookie.Path != given.Path || cookie.MaxAge >= 0 || cookie.Value != "" {
		t.Errorf("%d, %v after %v", forgotten.StatusCode, cookie, given)
	}
	asked := call(http.MethodOptions, map[string]string{"Origin": page, "Access-Control-Request-Method": http.MethodDelete}).Header
	if asked.Get("Access-Control-Allow-Methods") != "POST, DELETE" || asked.Get("Access-Control-Allow-Credentials") != "true" || asked.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("a browser is told %v", asked)
	}
	if stranger := call(http.MethodDelete, map[string]string{"Origin": "https://evil.example"}); stranger.StatusCode != http.StatusForbidden || len(stranger.Cookies()) > 0 {
		t.Errorf("a stranger's page has the visitor forgotten: %d", stranger.StatusCode)
	}
}

func TestAChannelWithoutVisitors(t *testing.T) {
	f := newFlood(t, DoorOptions{})
	for name, c := range map[string]channel.Connector{"no clients": struct{ channel.Connector }{}, "nobody new": struct {
		channel.Connector
		channel.Live
	}{}} {
		if _, err := f.service.NewVisitorHandler(c, f.door); !fault.Is(err, fault.Config) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.service.NewVisitorHandler(&guests{}, nil); !fault.Is(err, fault.Config) {
		t.Errorf("no door: %v", err)
	}
}
