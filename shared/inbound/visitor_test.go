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
		who.Name, who.Expires = token, at.Add(2*time.Hour)
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

// states is a store with one conversation of a visitor's.
type states struct {
	*heap
	of   conversation.Conversation
	fail error
}

func (s *states) Conversation(_ context.Context, id conversation.ID) (conversation.Conversation, error) {
	if s.fail != nil {
		return conversation.Conversation{}, s.fail
	}
	if id != s.of.ID {
		return conversation.Conversation{}, fault.New(fault.NotFound, "test", "")
	}
	return s.of, nil
}

// TestWhoSaysHelloWithTwoTokens is the visitor they were while that conversation waits or
// is with a person, and no longer than either token is good.
func TestWhoSaysHelloWithTwoTokens(t *testing.T) {
	f := newFlood(t, DoorOptions{})
	s := &states{heap: f.heap}
	f.service.o.Store = s
	v := &Visitors{inbound: f.service, connector: &guests{}, client: &guests{}}
	id := func(user string) string {
		return string(f.service.o.IDs.Of(conversation.Peer{Channel: "x", Account: "main", User: user}))
	}
	s.of = conversation.Conversation{ID: conversation.ID(id("guest-1")), Name: "ann"}
	hello := func(token, visitor string) (topic string, lasts time.Duration, err error) {
		got, err := v.Open(t.Context(), []byte(fmt.Sprintf(`{"type":"hello","token":%q,"visitor":%q}`, token, visitor)))
		if err != nil {
			return "", 0, err
		}
		return got.Topics[0], got.Expires.Sub(f.now), nil
	}
	for status, as := range map[conversation.Status]string{
		conversation.WithBot: "ann", conversation.Waiting: "guest-1", conversation.WithPerson: "guest-1", conversation.Ended: "ann",
	} {
		s.of.Status = status
		lasts := map[string]time.Duration{"ann": 2 * time.Hour, "guest-1": time.Hour}[as]
		if topic, got, err := hello("ann", "guest-1"); topic != id(as) || got != lasts || err != nil {
			t.Errorf("%s: not %s, or for %s: %v", status, as, got, err)
		}
		for what, c := range map[string][3]string{
			"a visitor who wrote nothing": {"ann", "guest-2", "ann"}, "no visitor": {"ann", "", "ann"}, "a forged visitor": {"ann", "bad", "ann"},
			"another customer": {"ann", "bob", "ann"}, "a visitor alone": {"guest-1", "", "guest-1"}, "a visitor as another": {"guest-2", "guest-1", "guest-2"},
		} {
			if topic, _, err := hello(c[0], c[1]); topic != id(c[2]) || err != nil {
				t.Errorf("%s, %s: %v", status, what, err)
			}
		}
		if _, _, err := hello("bad", "guest-1"); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s, a visitor as nobody: %v", status, err)
		}
	}
	s.of = conversation.Conversation{ID: conversation.ID(id("bob")), Name: "bob", Status: conversation.Waiting}
	if topic, _, err := hello("ann", "bob"); topic != id("ann") || err != nil {
		t.Errorf("another customer who waits is taken for a visitor: %v", err)
	}
	s.fail = fault.New(fault.Unavailable, "test", "down")
	if _, _, err := hello("ann", "guest-1"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("where it cannot be known: %v", err)
	}
	if _, _, err := hello("ann", ""); err != nil {
		t.Errorf("who was no visitor: %v", err)
	}
}

// TestAgentsSeeTheNameAtOnce, and not only with the next word.
func TestAgentsSeeTheNameAtOnce(t *testing.T) {
	f := newFlood(t, DoorOptions{})
	s := &states{heap: f.heap}
	f.service.o.Store = s
	v := &Visitors{inbound: f.service, connector: &guests{}, client: &guests{}}
	peer := conversation.Peer{Channel: "x", Account: "main", User: "guest-1"}
	id, key := f.service.o.IDs.Of(peer), conversation.InboundKey(noon, "m-1")
	s.messages[s.place(id, key)] = conversation.Message{Conversation: id, Key: key, Parts: conversation.TextParts("转人工")}
	s.of = conversation.Conversation{ID: id, Peer: peer, Status: conversation.WithPerson, LastIn: key}
	for _, name := range []string{"ann", "ann"} {
		if _, err := v.Open(t.Context(), []byte(fmt.Sprintf(`{"type":"hello","token":%q,"visitor":"guest-1"}`, name))); err != nil {
			t.Fatal(err)
		}
		s.of.Name = name
	}
	if len(s.named) != 1 || s.named[0] != "ann" || len(s.messages) != 1 {
		t.Errorf("the store was told %q, and holds %d messages", s.named, len(s.messages))
	}
	if len(s.told) != 1 || !s.told[0].Moved || s.told[0].Conversation != id {
		t.Errorf("told was %+v", s.told)
	}
	s.messages = map[string]conversation.Message{}
	if _, err := v.Open(t.Context(), []byte(`{"type":"hello","token":"bob","visitor":"guest-1"}`)); err != nil || len(s.named) != 1 {
		t.Errorf("a message whose time is over keeps somebody out: %v", err)
	}
}
