package scenario

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const withVisitors = `{ ` + own + `, visitors: true, origins: [` + pageElsewhere + `] }`

// visitorAt makes a visitor, or shows the cookie of one.
func visitorAt(t *testing.T, h wide, cookie string) (token string, answer answered) {
	t.Helper()
	header := http.Header{"Origin": {pageElsewhere}}
	if cookie != "" {
		header.Set("Cookie", cookie)
	}
	answer = h.exchange(http.MethodPost, "/channels/inapp/visitor", header, http.NoBody)
	var said struct {
		Token   string `json:"token"`
		Expires int64  `json:"expires"`
	}
	mustUnmarshal(t, answer.body, &said)
	if in := time.UnixMilli(said.Expires).Sub(h.Now()); answer.StatusCode != http.StatusOK || in < 364*24*time.Hour || in > 366*24*time.Hour {
		t.Fatalf("%s %s", answer.Status, answer.body)
	}
	h.Private(said.Token)
	return said.Token, answer
}

// onVisited runs a test on every host that takes visitors.
func onVisited(t *testing.T, test func(*testing.T, *Cast, wide)) {
	t.Helper()
	onAll(t, Setup{InApp: withVisitors}, func(t *testing.T, c *Cast) { test(t, c, c.host.(wide)) })
}

// TestAVisitorReachesAPerson whom nobody vouches for, and who is nobody else.
func TestAVisitorReachesAPerson(t *testing.T) {
	onVisited(t, func(t *testing.T, c *Cast, h wide) {
		token, answer := visitorAt(t, h, "")
		cookie := answer.Header.Get("Set-Cookie")
		for _, want := range []string{"zhida-visitor=" + token, "; Path=/channels/inapp/visitor", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
			if !strings.Contains(cookie, want) {
				t.Errorf("the cookie lacks %.20q", want)
			}
		}
		if answer.Header.Get("Access-Control-Allow-Origin") != pageElsewhere || answer.Header.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("the page cannot read it: %v", answer.Header)
		}
		kept, _, _ := strings.Cut(cookie, ";")
		if again, _ := visitorAt(t, h, kept); again != token {
			t.Error("a browser that was here before is somebody else")
		}
		if other, _ := visitorAt(t, h, "zhida-visitor="+h.Token(h.user("ann"))); other == token || other == h.Token(h.user("ann")) {
			t.Error("a cookie with a customer's token makes a visitor of them")
		}
		guest := newClient(t, &door{wide: h, tokens: func(string) string { return token }}, "")
		guest.Connect()
		if code := guest.Write("转人工"); code != "" {
			t.Fatal(code)
		}
		hears(t, guest, conversation.Bot, "已为您转人工…")
		claims(t, c, h, guest, "")
		if _, code := c.Agent("lin").Reply(guest.Conversation(), "r-1", "您好，请问怎么称呼？"); code != "" {
			t.Fatal(code)
		}
		hears(t, guest, conversation.Person, "您好，请问怎么称呼？")
		if other, _ := visitorAt(t, h, ""); other == token {
			t.Error("two visitors are one")
		}
	})
}

// TestAVisitorBecomesKnown while they wait, and keeps the place; afterwards they are the
// customer they are.
func TestAVisitorBecomesKnown(t *testing.T) {
	for _, when := range []string{"waits", "is with a person"} {
		t.Run(when, func(t *testing.T) { becomesKnown(t, when) })
	}
}

func becomesKnown(t *testing.T, when string) {
	t.Helper()
	onVisited(t, func(t *testing.T, c *Cast, h wide) {
		token, _ := visitorAt(t, h, "")
		known := h.Token(h.user("ann"))
		ann := c.Customer("ann")
		ann.Connect()
		own := ann.Conversation()
		ann.Drop()
		if _, at := greet(t, h, known, token); at != own {
			t.Error("a visitor who never wrote is in the way")
		}
		guest := newClient(t, &door{wide: h, tokens: func(string) string { return token }}, "")
		guest.Connect()
		if code := guest.Write("转人工"); code != "" {
			t.Fatal(code)
		}
		hears(t, guest, conversation.Bot, "已为您转人工…")
		if when != "waits" {
			claims(t, c, h, guest, "")
		}
		before := guest.Stands()
		for range 2 {
			name, at := greet(t, h, known, token)
			if at != guest.Conversation() || name != "顾客" {
				t.Errorf("ann, who %s, is %q in another conversation", when, name)
			}
		}
		if now := guest.Stands(); now != before {
			t.Errorf("she stood at %+v, and stands at %+v", before, now)
		}
		if when == "waits" {
			claims(t, c, h, guest, "顾客")
		} else if name := heldName(t, h, guest.Conversation()); name != "顾客" {
			t.Errorf("who is with a person is called %q", name)
		}
		if code := guest.Write("我的订单呢"); code != "" {
			t.Fatal(code)
		}
		if name := heldName(t, h, guest.Conversation()); name != "顾客" {
			t.Errorf("after her other window said something she is called %q", name)
		}
		if _, at := greet(t, h, known, token+"x"); at != own {
			t.Error("a visitor's token that is forged gives somebody's conversation away")
		}
		if _, at := greet(t, h, known, h.Token(h.user("bob"))); at != own {
			t.Error("another customer's token is taken for a visitor's")
		}
		if code := c.Agent("lin").Resolve(guest.Conversation()); code != "" {
			t.Fatal(code)
		}
		if _, at := greet(t, h, known, token); at != own {
			t.Error("after the end she is not in her own conversation")
		}
	})
}

// greet says hello with both tokens, and returns as whom, and in which conversation, one
// is welcomed.
func greet(t *testing.T, h wide, known, visitor string) (name string, at conversation.ID) {
	t.Helper()
	frames := make(chan []byte, 8)
	ws := open(t, h.CustomersLive(), func(_ string, f []byte) { frames <- f }, func(error) {})
	defer ws.drop()
	ws.say(t, map[string]any{"type": "hello", "token": known, "visitor": visitor})
	var f struct {
		Type         string          `json:"type"`
		Conversation conversation.ID `json:"conversation"`
		Customer     struct {
			Name string `json:"name"`
		} `json:"customer"`
	}
	mustUnmarshal(t, receive(t, frames), &f)
	if f.Type != "ready" {
		t.Errorf("%+v", f)
	}
	return f.Customer.Name, f.Conversation
}

// claims has lin take a visitor, who is called so.
func claims(t *testing.T, c *Cast, h wide, guest *client, name string) {
	t.Helper()
	if id, code := c.Agent("lin").Claim(); code != "" || id != guest.Conversation() {
		t.Fatalf("lin has %q: %q", id, code)
	}
	hears(t, guest, conversation.Bot, "人工客服小林…")
	if got := heldName(t, h, guest.Conversation()); got != name {
		t.Errorf("who was taken is called %q, want %q", got, name)
	}
}

// heldName is what lin calls somebody.
func heldName(t *testing.T, h wide, id conversation.ID) string {
	t.Helper()
	token, _ := h.Session("lin")
	status, answer := h.Call(http.MethodGet, "/desk/v1/held", token, nil)
	var all struct {
		Held []struct {
			Conversation struct {
				ID       conversation.ID `json:"id"`
				Customer struct {
					Name string `json:"name"`
				} `json:"customer"`
			} `json:"conversation"`
		} `json:"held"`
	}
	if err := json.Unmarshal(answer, &all); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
	for _, one := range all.Held {
		if one.Conversation.ID == id {
			return one.Conversation.Customer.Name
		}
	}
	t.Errorf("lin does not hold it: %s", answer)
	return ""
}

// TestNobodyIsMadeAVisitor by anything but the address that makes them, nor where there
// are none.
func TestNobodyIsMadeAVisitor(t *testing.T) {
	onVisited(t, func(t *testing.T, _ *Cast, h wide) {
		token, _ := visitorAt(t, h, "")
		parts := strings.Split(token, ".")
		claims := jwt.MapClaims{
			"sub": "visitor:0123456789abcdef0123456789abcdef", "aud": "zhida-inapp", "iss": "https://shop.example", "exp": h.Now().Add(time.Hour).Unix(),
		}
		for name, bad := range map[string]string{
			"the company's token for a visitor": h.sign(jwt.SigningMethodHS256, []byte(secrets["ZHIDA_INAPP_SECRET"]), claims),
			"a visitor's claims, unsigned":      parts[0] + "." + parts[1] + ".",
			"another visitor's signature":       parts[0] + "." + parts[1][:len(parts[1])-2] + "AA." + parts[2],
			"the company's header":              "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + parts[1] + "." + parts[2],
		} {
			if code := submit(t, h, bad, "m-1", "您好"); code != fault.Unauthenticated {
				t.Errorf("%s: %q", name, code)
			}
		}
		if code := submit(t, h, token, "m-1", "您好"); code != "" {
			t.Errorf("a visitor: %q", code)
		}
		for _, origin := range hostile {
			got := h.exchange(http.MethodPost, "/channels/inapp/visitor", http.Header{"Origin": {origin}}, http.NoBody)
			if got.StatusCode != http.StatusForbidden || got.Header.Get("Set-Cookie") != "" || got.Header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("from %q: %s", origin, got.Status)
			}
		}
		if got := h.exchange(http.MethodGet, "/channels/inapp/visitor", http.Header{}, http.NoBody); got.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("GET: %s", got.Status)
		}
	})
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		h := c.host.(wide)
		got := h.exchange(http.MethodPost, "/channels/inapp/visitor", http.Header{}, http.NoBody)
		if refusal := refusalIn(t, got.StatusCode, got.body); refusal.Code != fault.NotFound || got.Header.Get("Set-Cookie") != "" {
			t.Errorf("where there are no visitors: %+v", refusal)
		}
	})
}
