package desk_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

func TestAToolWorks(t *testing.T) {
	d := openDoor(t)
	token := d.tool("crm", desk.Scopes()...)
	if !regexp.MustCompile(`^zhd_crm_[A-Za-z0-9_-]{43}$`).MatchString(token) {
		t.Errorf("the token is %q", token)
	}
	id := d.asks("ann")
	claimed := d.call("POST /desk/v1/claim", token, map[string]string{"lane": "front", "id": "c1"})
	if claimed.status != http.StatusOK {
		t.Fatalf("claims: %s", claimed.text)
	}
	c, err := d.store.Conversation(t.Context(), id)
	d.must(err)
	if c.Ticket.Assignee != "tool:crm" || c.Ticket.Name != "Tool crm" {
		t.Errorf("the ticket is %+v", c.Ticket)
	}
	at := "/desk/v1/conversations/" + string(id)
	if a := d.call("POST "+at+"/replies", token, map[string]string{"id": "r1", "text": "hello"}); a.status != http.StatusOK {
		t.Errorf("replies: %s", a.text)
	}
	if a := d.call("GET "+at, token, nil); a.status != http.StatusOK {
		t.Errorf("reads: %s", a.text)
	}
	if a := d.call("GET "+at, d.tool("other", desk.Scopes()...), nil); a.code() != fault.NotYours {
		t.Errorf("another tool reads: %s", a.text)
	}
	if a := d.call("POST "+at+"/resolve", token, map[string]int64{"seen": d.clock.Now().UnixMilli()}); a.status != http.StatusOK {
		t.Errorf("resolves: %s", a.text)
	}
}

// TestAClaimIsNoReply: what a scope does not say is not done, and nothing is left of it.
func TestAClaimIsNoReply(t *testing.T) {
	d := openDoor(t)
	token := d.tool("crm", desk.ScopeRead, desk.ScopeClaim)
	id := d.asks("ann")
	if a := d.call("POST /desk/v1/claim", token, map[string]string{"id": "c1"}); a.status != http.StatusOK {
		t.Fatalf("claims: %s", a.text)
	}
	before, err := d.store.Messages(t.Context(), id, "", 100)
	d.must(err)
	at := "/desk/v1/conversations/" + string(id)
	for path, body := range map[string]any{
		"/replies": map[string]string{"id": "r1", "text": "hello"}, "/typing": map[string]any{},
		"/resolve": map[string]int64{"seen": d.clock.Now().UnixMilli()}, "/return-to-bot": map[string]int64{"seen": d.clock.Now().UnixMilli()},
	} {
		if a := d.call("POST "+at+path, token, body); a.code() != fault.Forbidden {
			t.Errorf("%s: %d %s", path, a.status, a.text)
		}
	}
	after, err := d.store.Messages(t.Context(), id, "", 100)
	d.must(err)
	if len(after) != len(before) {
		t.Errorf("%d messages became %d", len(before), len(after))
	}
}

func TestTokensAreShownOnce(t *testing.T) {
	d := openDoor(t)
	token := d.tool("crm", desk.ScopeRead, desk.ScopeReply)
	secret := token[len("zhd_crm_"):]
	list := d.call("GET /desk/v1/tokens", d.token("root"), nil)
	if strings.Contains(list.text, secret) || strings.Contains(list.text, "igest") {
		t.Errorf("the list tells too much: %s", list.text)
	}
	want, err := json.Marshal(map[string]any{"tools": []map[string]any{{
		"id": "crm", "agent": "tool:crm", "name": map[string]string{"en": "Tool crm"}, "scopes": []string{"read", "reply"},
		"created_by": "root", "created": d.clock.Now().UnixMilli(), "expires": d.clock.Now().Add(30 * 24 * time.Hour).UnixMilli(),
	}}})
	d.must(err)
	got, err := json.Marshal(list.body)
	d.must(err)
	if !bytes.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	d.must(filepath.WalkDir(d.dir, func(path string, _ os.DirEntry, err error) error {
		content, unread := os.ReadFile(path)
		if unread == nil && (bytes.Contains(content, []byte(secret)) || bytes.Contains(content, []byte(token))) {
			t.Errorf("%s holds the token", path)
		}
		return err
	}))
}

func TestNoToolsAreAnEmptyList(t *testing.T) {
	d := openDoor(t)
	if a := d.call("GET /desk/v1/tokens", d.token("root"), nil); a.status != http.StatusOK || strings.TrimSpace(a.text) != `{"tools":[]}` {
		t.Errorf("got %d %s", a.status, a.text)
	}
}

func TestARevokedTokenEndsAtOnce(t *testing.T) {
	d := openDoor(t)
	token := d.tool("crm", desk.Scopes()...)
	first, err := json.Marshal(map[string]string{"type": "hello", "token": token})
	d.must(err)
	session, err := d.Board().Open(t.Context(), first)
	d.must(err)
	d.must(d.Board().Alive(t.Context(), session))
	if a := d.call("DELETE /desk/v1/tokens/crm", d.token("root"), nil); a.status != http.StatusOK {
		t.Fatalf("revokes: %s", a.text)
	}
	if a := d.call("GET /desk/v1/line", token, nil); a.code() != fault.Unauthenticated {
		t.Errorf("after the revocation: %d %s", a.status, a.text)
	}
	again := d.tool("crm", desk.Scopes()...)
	d.want(d.Board().Alive(t.Context(), session), fault.Unauthenticated)
	_, err = d.Board().Frame(t.Context(), session, []byte(`{"type":"ping"}`))
	d.want(err, fault.Unauthenticated)
	if a := d.call("GET /desk/v1/line", again, nil); a.status != http.StatusOK {
		t.Errorf("the new token: %s", a.text)
	}
	if a := d.call("DELETE /desk/v1/tokens/absent", d.token("root"), nil); a.code() != fault.NotFound {
		t.Errorf("a slip of the pen: %d %s", a.status, a.text)
	}
	if a := d.call("DELETE /desk/v1/tokens/k%23", d.token("root"), nil); a.code() != fault.NotFound {
		t.Errorf("no tool's id: %d %s", a.status, a.text)
	}
}

// TestABrokenSessionOfATool: a connection's state that names no token is no proof.
func TestABrokenSessionOfATool(t *testing.T) {
	d := openDoor(t)
	d.tool("crm", desk.Scopes()...)
	for _, digest := range []string{"", "zz", strings.Repeat("0", 64)} {
		state, err := json.Marshal(desk.Agent{ID: "tool:crm", Role: desk.RoleAgent, Scopes: desk.Scopes(), Token: digest})
		d.must(err)
		d.want(d.Board().Alive(t.Context(), live.Session{State: state}), fault.Unauthenticated)
	}
}

func TestATokenExpires(t *testing.T) {
	d := openDoor(t)
	token := d.tool("crm", desk.ScopeRead)
	d.clock.Advance(30*24*time.Hour - time.Millisecond)
	if a := d.call("GET /desk/v1/line", token, nil); a.status != http.StatusOK {
		t.Errorf("just before its end: %s", a.text)
	}
	d.clock.Advance(time.Millisecond)
	if a := d.call("GET /desk/v1/line", token, nil); a.code() != fault.Unauthenticated {
		t.Errorf("at its end: %d %s", a.status, a.text)
	}
}

func TestNewTokensAreChecked(t *testing.T) {
	d := openDoor(t)
	root := d.token("root")
	good := func() map[string]any {
		return map[string]any{"id": "crm", "name": map[string]string{"zh-CN": "小助手", "en": "Helper"}, "scopes": []string{"read"}, "expires_days": 365}
	}
	for name, change := range map[string]func(map[string]any){
		"no id":             func(b map[string]any) { delete(b, "id") },
		"an id with _":      func(b map[string]any) { b["id"] = "my_crm" },
		"an id in capitals": func(b map[string]any) { b["id"] = "CRM" },
		"a long id":         func(b map[string]any) { b["id"] = strings.Repeat("a", 33) },
		"an id with a #":    func(b map[string]any) { b["id"] = "k#" },
		"no name":           func(b map[string]any) { delete(b, "name") },
		"an empty name":     func(b map[string]any) { b["name"] = map[string]string{"en": " "} },
		"a name in French":  func(b map[string]any) { b["name"] = map[string]string{"fr": "Aide"} },
		"a long name":       func(b map[string]any) { b["name"] = map[string]string{"en": strings.Repeat("长", 65)} },
		"a name of lines":   func(b map[string]any) { b["name"] = map[string]string{"en": "a\nb"} },
		"no scopes":         func(b map[string]any) { b["scopes"] = []string{} },
		"a scope too many":  func(b map[string]any) { b["scopes"] = []string{"read", "admin"} },
		"a scope twice":     func(b map[string]any) { b["scopes"] = []string{"read", "read"} },
		"no end":            func(b map[string]any) { delete(b, "expires_days") },
		"an end long ago":   func(b map[string]any) { b["expires_days"] = -1 },
		"an end too late":   func(b map[string]any) { b["expires_days"] = 366 },
		"half a day":        func(b map[string]any) { b["expires_days"] = 0.5 },
		"a token of theirs": func(b map[string]any) { b["token"] = "zhd_crm_x" },
	} {
		body := good()
		change(body)
		if a := d.call("POST /desk/v1/tokens", root, body); a.code() != fault.BadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := d.call("GET /desk/v1/tokens", root, nil); strings.TrimSpace(a.text) != `{"tools":[]}` {
		t.Errorf("something was made: %s", a.text)
	}
	if a := d.call("POST /desk/v1/tokens", root, good()); a.status != http.StatusOK {
		t.Errorf("a good one: %s", a.text)
	}
	if a := d.call("POST /desk/v1/tokens", root, good()); a.code() != fault.Conflict {
		t.Errorf("the same id again: %d %s", a.status, a.text)
	}
}

type noChance struct{}

func (noChance) Read([]byte) (int, error) { return 0, errors.New("no entropy") }

func TestNoChanceNoToken(t *testing.T) {
	d := openDoor(t)
	d.options.Rand = noChance{}
	s, err := desk.New(d.options)
	d.must(err)
	token, _, err := s.NewToken(t.Context(), desk.Agent{ID: "root"}, desk.NewTool{
		ID: "crm", Names: map[conversation.Language]string{"en": "x"}, Scopes: desk.Scopes(), Days: 1,
	})
	if !fault.Is(err, fault.Internal) || token != "" {
		t.Errorf("got %q, %v", token, err)
	}
}

// TestWhatAToolIsTold when it may not: what would help.
func TestWhatAToolIsTold(t *testing.T) {
	d := openDoor(t)
	reader := d.tool("reader", desk.ScopeRead)
	for pattern, want := range map[string]string{
		"GET /desk/v1/tokens": "no tool may do this: it needs a person with the role admin",
		"POST /desk/v1/claim": "this needs a token with the scope claim",
	} {
		if a := d.call(pattern, reader, strings.NewReader("{}")); a.code() != fault.Forbidden || !strings.Contains(a.text, want) {
			t.Errorf("%s: %d %s, want %q", pattern, a.status, a.text, want)
		}
	}
}
