package scenario

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
)

// conversationPath is where the desk API has a conversation.
func conversationPath(id conversation.ID) string { return "/desk/v1/conversations/" + string(id) }

func reply(change ...any) string { return object(map[string]any{"id": "r-1", "text": private}, change) }

func claim(change ...any) string { return object(map[string]any{"lane": "front", "id": "c-1"}, change) }

// withStatus gives each case the status of its code.
func withStatus(table []bad) []bad {
	for i := range table {
		table[i].status = fault.Table()[table[i].code].Status
	}
	return table
}

// TestBadDeskActs is what agents may not do.
func TestBadDeskActs(t *testing.T) { onTargets(t, badDeskActs) }

func badDeskActs(t *testing.T, x *target) {
	ann, bob, cid := conversationPath(x.annID), conversationPath(x.bobID), conversationPath(x.cidID)
	nobody := conversationPath(conversation.ID(strings.Repeat("a", 26)))
	ticket := func(id string) string { return "/desk/v1/tickets/" + url.PathEscape(id) + "/claim" }
	x.refuses(t, withStatus([]bad{
		{name: "reply to somebody else's customer", path: ann + "/replies", token: x.wang, body: reply(), code: fault.NotYours},
		{name: "reply to who waits", path: bob + "/replies", token: x.wang, body: reply(), code: fault.NotPossible},
		{name: "reply to a closed conversation", path: cid + "/replies", token: x.lin, body: reply(), code: fault.Closed},
		{name: "reply to nobody", path: nobody + "/replies", token: x.lin, body: reply(), code: fault.NotFound},
		{name: "resolve somebody else's", path: ann + "/resolve", token: x.wang, body: `{"seen":1}`, code: fault.NotYours},
		{name: "return somebody else's to the bot", path: ann + "/return-to-bot", token: x.wang, body: `{"seen":1}`, code: fault.NotYours},
		{name: "return somebody else's to the line", path: ann + "/return-to-line", token: x.wang, body: `{}`, code: fault.NotYours},
		{name: "resolve what is over", path: cid + "/resolve", token: x.wang, body: `{"seen":1}`, code: fault.Closed},
		{name: "resolve who waits", path: bob + "/resolve", token: x.wang, body: `{"seen":1}`, code: fault.NotPossible},
		{name: "type to somebody else's", path: ann + "/typing", token: x.wang, body: `{}`, code: fault.NotYours},
		{name: "read somebody else's", method: http.MethodGet, path: ann, token: x.wang, code: fault.NotYours},
		{name: "read who waits", method: http.MethodGet, path: bob, token: x.wang, code: fault.NotYours},
		{name: "read nobody's", method: http.MethodGet, path: nobody, token: x.wang, code: fault.NotFound},
		{name: "claim a claimed ticket", path: ticket(string(x.annTicket)), token: x.wang, body: `{"id":"c-1"}`, code: fault.AlreadyClaimed},
		{name: "claim a closed ticket", path: ticket(string(x.cidTicket)), token: x.wang, body: `{"id":"c-1"}`, code: fault.NotPossible},
		{name: "claim another ask", path: ticket(string(x.bobID) + ".1773046800000-c.other"), token: x.wang, body: `{"id":"c-1"}`, code: fault.NotPossible},
		{name: "claim nobody's ticket", path: ticket(strings.Repeat("a", 26) + ".1773046800000-c.other"), token: x.wang, body: `{"id":"c-1"}`, code: fault.NotFound},
		{name: "claim in no lane", path: "/desk/v1/claim", token: x.wang, body: claim("lane", "'; DROP TABLE work; --"), code: fault.NobodyWaiting},
	}))
}

// TestBadDeskCalls is what agents' tools get wrong.
func TestBadDeskCalls(t *testing.T) { onTargets(t, badDeskCalls) }

func badDeskCalls(t *testing.T, x *target) {
	ann := conversationPath(x.annID)
	x.refuses(t, withStatus([]bad{
		{name: "a lane that is a number", path: "/desk/v1/claim", token: x.wang, body: claim("lane", 1), code: fault.BadRequest},
		{name: "a claim without an id", path: "/desk/v1/claim", token: x.wang, body: claim("id", nil), code: fault.BadRequest},
		{name: "a claim with another field", path: "/desk/v1/claim", token: x.wang, body: claim("agent", "lin"), code: fault.BadRequest},
		{name: "something behind", path: ann + "/replies", token: x.lin, body: reply() + `}`, code: fault.BadRequest},
		{name: "a bracket behind", path: ann + "/resolve", token: x.lin, body: `{}]`, code: fault.BadRequest},
		{name: "two objects", path: ann + "/resolve", token: x.lin, body: `{}{}`, code: fault.BadRequest},
		{name: "half a body", path: ann + "/replies", token: x.lin, body: `{"id":"r-1","text":"` + private, code: fault.BadRequest},
		{name: "no body", path: ann + "/resolve", token: x.lin, code: fault.BadRequest},
		{name: "null", path: ann + "/replies", token: x.lin, body: `null`, code: fault.BadRequest},
		{name: "an array", path: ann + "/resolve", token: x.lin, body: `[]`, code: fault.BadRequest},
		{name: "an unknown field", path: ann + "/resolve", token: x.lin, body: `{"why":"` + private + `"}`, code: fault.BadRequest},
		{name: "text is a number", path: ann + "/replies", token: x.lin, body: reply("text", 1), code: fault.BadRequest},
		{name: "10,000 characters", path: ann + "/replies", token: x.lin, body: reply("text", strings.Repeat("很", 10_000)), code: fault.TextTooLong},
		{name: "10 MB", path: ann + "/replies", token: x.lin, body: reply("text", strings.Repeat("a", tenMB)), code: fault.TooLarge, huge: true},
		{name: "invalid UTF-8", path: ann + "/replies", token: x.lin, body: `{"id":"r-1","text":"` + private + "\xff\"}", code: fault.BadText},
		{name: "a form", path: ann + "/replies", token: x.lin, header: http.Header{"Content-Type": {"text/plain"}}, body: reply(), code: fault.Unsupported},
		{name: "GET claim", method: http.MethodGet, path: "/desk/v1/claim", token: x.wang, code: fault.WrongMethod},
		{name: "POST line", path: "/desk/v1/line", token: x.wang, body: `{}`, code: fault.WrongMethod},
		{name: "DELETE a conversation", method: http.MethodDelete, path: ann, token: x.lin, code: fault.WrongMethod},
		{name: "no such address", path: "/desk/v1/nothing", token: x.wang, body: `{}`, code: fault.NotFound},
		{name: "no such act", path: ann + "/delete", token: x.lin, body: `{}`, code: fault.NotFound},
	}))
}

// TestBadDeskNames is hostile texts, ids and tokens.
func TestBadDeskNames(t *testing.T) { onTargets(t, badDeskNames) }

func badDeskNames(t *testing.T, x *target) {
	ann := conversationPath(x.annID)
	var table []bad
	for name, text := range unseen {
		table = append(table, bad{name: "unseen: " + name, path: ann + "/replies", token: x.lin, body: reply("text", text), code: fault.BadText})
	}
	for name, id := range map[string]string{"path": "../../x", "quotes": `"'`, "SQL": "' OR 1=1 --", "long": strings.Repeat("a", 65), "empty": "", "dots": "..", "nul": "\x00"} {
		table = append(table, bad{name: "reply id: " + name, path: ann + "/replies", token: x.lin, body: reply("id", id), code: fault.BadRequest})
		if id = url.PathEscape(id); id != "" && id != ".." {
			table = append(table,
				bad{name: "conversation id: " + name, method: http.MethodGet, path: "/desk/v1/conversations/" + id, token: x.lin, code: fault.NotFound},
				bad{name: "ticket id: " + name, path: "/desk/v1/tickets/" + id + "/claim", token: x.lin, body: `{"id":"c-1"}`, code: fault.NotFound})
		}
	}
	for name, token := range x.forged(t, "lin", "zhida-desk", []byte(secrets["ZHIDA_DESK_SECRET"])) {
		table = append(table, bad{name: "token: " + name, path: "/desk/v1/claim", token: token, body: claim(), code: fault.Unauthenticated})
	}
	table = append(table,
		bad{name: "a customer's token", path: "/desk/v1/claim", token: x.ann, body: claim(), code: fault.Unauthenticated},
	)
	table = append(table, x.strangers(t)...)
	x.refuses(t, withStatus(table))
}

// strangers are people whose tokens are signed well, and who are nobody here.
func (x *target) strangers(t *testing.T) []bad {
	t.Helper()
	at := func(name, token string, code fault.Code) bad {
		return bad{name: name, path: "/desk/v1/claim", token: token, body: claim(), code: code}
	}
	l, ok := x.wide.(*lambda)
	if !ok {
		return []bad{at("a stranger's token", x.forgedFor("mallory"), fault.Unauthenticated)}
	}
	other := emulator.NewIssuer(t)
	other.Now = l.Now
	other.Rotate() // its first key is everybody's
	said := func(change map[string]any) string { return l.issuer.Sign(l.issuer.Claims("lin", change)) }
	return []bad{
		at("a stranger's token", l.issuer.Sign(l.issuer.Claims("mallory", nil)), fault.Forbidden),
		at("of no role here", said(map[string]any{"roles": []string{"cleaner"}}), fault.Forbidden),
		at("expired long ago", said(map[string]any{"exp": l.Now().Add(-time.Hour).Unix()}), fault.Unauthenticated),
		at("for another service", said(map[string]any{"aud": "payroll"}), fault.Unauthenticated),
		at("another issuer's", other.Sign(other.Claims("lin", map[string]any{"roles": []string{"agent"}})), fault.Unauthenticated),
		at("another issuer's, who says to be ours", other.Sign(l.issuer.Claims("lin", nil)), fault.Unauthenticated),
	}
}

// TestBadSignIns is what goes wrong at the doors of the single binary itself.
func TestBadSignIns(t *testing.T) {
	t.Parallel()
	x, b := newDemo(t)
	login := func(change ...any) string {
		return object(map[string]any{"agent": "lin", "code": "0000-0000x"}, change)
	}
	code := b.life().app.Code()
	table := []bad{
		{name: "wrong code", path: "/desk/login", body: login(), code: fault.Unauthenticated},
		{name: "unknown agent", path: "/desk/login", body: login("agent", "mallory", "code", code), code: fault.Unauthenticated},
		{name: "SQL", path: "/desk/login", body: login("agent", "' OR 1=1 --", "code", code), code: fault.Unauthenticated},
		{name: "code is a number", path: "/desk/login", body: login("code", 12345678), code: fault.BadRequest},
		{name: "unknown field", path: "/desk/login", body: login("code", code, "admin", true), code: fault.BadRequest},
		{name: "half a body", path: "/desk/login", body: `{"agent":`, code: fault.BadRequest},
		{name: "something behind", path: "/desk/login", body: login("code", code) + "}", code: fault.BadRequest},
		{name: "invalid UTF-8", path: "/desk/login", body: "{\"agent\":\"lin\",\"code\":\"\xff\"}", code: fault.BadText},
		{name: "10 MB", path: "/desk/login", body: login("code", strings.Repeat("0", tenMB)), code: fault.TooLarge},
		{name: "a form", path: "/desk/login", header: http.Header{"Content-Type": {"text/plain"}}, body: login("code", code), code: fault.Unsupported},
		{name: "GET login", method: http.MethodGet, path: "/desk/login", code: fault.WrongMethod},

		{name: "demo from elsewhere", path: "/dev/customer", header: http.Header{"Host": {"evil.example"}}, body: `{"user":"ann","name":"a"}`, code: fault.Forbidden},
		{name: "demo with a name alike", method: http.MethodGet, path: "/dev/info", header: http.Header{"Host": {"127.0.0.1.evil.example"}}, code: fault.Forbidden},
		{name: "a customer without an id", path: "/dev/customer", body: `{"user":"","name":"a"}`, code: fault.BadRequest},
		{name: "a customer with a long id", path: "/dev/customer", body: `{"user":"` + strings.Repeat("a", 200) + `","name":"a"}`, code: fault.BadRequest},
		{name: "a customer with a field", path: "/dev/customer", body: `{"user":"x","exp":1}`, code: fault.BadRequest},
		{name: "no JSON", path: "/dev/customer", body: private, code: fault.BadRequest},
		{name: "customers behind", path: "/dev/customer", body: `{"user":"x","name":"y"}{"user":"z"}`, code: fault.BadRequest},
		{name: "10 MB of demo", path: "/dev/customer", body: `{"user":"` + strings.Repeat("a", tenMB) + `"}`, code: fault.TooLarge},
		{name: "a demo form", path: "/dev/customer", header: http.Header{"Content-Type": {"text/plain"}}, body: `{"user":"x","name":"y"}`, code: fault.Unsupported},
		{name: "unknown demo agent", path: "/dev/agent", body: `{"agent":"../lin"}`, code: fault.NotFound},
		{name: "GET demo customer", method: http.MethodGet, path: "/dev/customer", code: fault.WrongMethod},
		{name: "ask without a token", method: http.MethodGet, path: "/dev/ask?conversation=" + string(x.annID), code: fault.Unauthenticated},
		{name: "another's ask", method: http.MethodGet, path: "/dev/ask?conversation=" + string(x.annID), token: x.bob, code: fault.Forbidden},
		{name: "an agent's ask", method: http.MethodGet, path: "/dev/ask", token: x.lin, code: fault.Unauthenticated},
		{name: "a hostile ask", method: http.MethodGet, path: "/dev/ask?conversation=" + url.QueryEscape("' OR 1=1 --"), token: x.bob, code: fault.Forbidden},

		{name: "no such address", method: http.MethodGet, path: "/nothing", code: fault.NotFound},
		{name: "no such channel", path: "/channels/nothing", token: x.ann, body: x.message(), code: fault.NotFound},
		{name: "POST to a connection", path: "/inapp/live", body: `{}`, code: fault.WrongMethod},
		{name: "DELETE health", method: http.MethodDelete, path: "/healthz", code: fault.WrongMethod},
	}
	x.refuses(t, withStatus(table))
	for range 12 {
		x.Call(http.MethodPost, "/desk/login", "", map[string]string{"agent": "lin", "code": "guess"})
	}
	x.refuses(t, []bad{{name: "guessing", path: "/desk/login", body: login("code", code), status: 429, code: fault.FloodLimit}})
}
