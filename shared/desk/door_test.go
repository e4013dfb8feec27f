package desk_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/desk/oidc"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// door is a desk behind a real OpenID Connect provider, asked as tools and pages
// ask it.
type door struct {
	*fixture
	issuer *emulator.Issuer
	auth   desk.Authenticator
}

func openDoor(t *testing.T) *door {
	t.Helper()
	d := &door{fixture: setUp(t), issuer: emulator.NewIssuer(t)}
	d.issuer.Now = d.clock.Now
	for name, role := range map[string]string{"lin": "agent", "wang": "agent", "zhao": "zhida-lead", "root": "zhida-admin", "guest": "visitor"} {
		d.issuer.People[name] = map[string]any{"roles": []string{role}, "name": "Name of " + name}
	}
	var err error
	d.auth, err = oidc.New(oidc.Options{
		Issuer: d.issuer.URL, Audience: []string{d.issuer.Audience}, Parties: []string{d.issuer.ClientID}, Client: &http.Client{},
	})
	d.must(err)
	d.options.Auth = d.auth
	d.Service, err = desk.New(d.options)
	d.must(err)
	return d
}

// token is a person's access token.
func (d *door) token(name string) string { return d.issuer.Sign(d.issuer.Claims(name, nil)) }

// tool makes a tool's token by the API, and returns it.
func (d *door) tool(id string, scopes ...desk.Scope) string {
	d.Helper()
	a := d.call("POST /desk/v1/tokens", d.token("root"), map[string]any{
		"id": id, "name": map[string]string{"en": "Tool " + id}, "scopes": scopes, "expires_days": 30,
	})
	token, _ := a.body["token"].(string)
	if a.status != http.StatusOK || token == "" {
		d.Fatalf("no token: %d %s", a.status, a.text)
	}
	return token
}

// answer is what came back.
type answer struct {
	status int
	text   string
	body   map[string]any
}

// code is the fault's; "" if there was none.
func (a answer) code() fault.Code {
	said, _ := a.body["error"].(map[string]any)
	code, _ := said["code"].(string)
	return fault.Code(code)
}

// address makes a route's pattern an address, with ids that could exist.
func address(pattern string) (method, path string) {
	method, path, _ = strings.Cut(pattern, " ")
	id := strings.Repeat("a", 26)
	return method, strings.NewReplacer("{id}", id, "{ticket}", id+".0000000000000.x", "{agent}", "wang", "{tool}", "crm").Replace(path)
}

// call asks a pattern or an address with a token, "" for none.
func (d *door) call(pattern, token string, body any) answer {
	d.Helper()
	text, err := json.Marshal(body)
	d.must(err)
	return ask(d.T, d.Handler(), pattern, token, strings.NewReader(string(text)))
}

func ask(t *testing.T, h http.Handler, pattern, token string, body io.Reader) answer {
	t.Helper()
	method, path := address(pattern)
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	a := answer{status: w.Code, text: w.Body.String()}
	if err := json.Unmarshal(w.Body.Bytes(), &a.body); err != nil {
		t.Fatalf("%s answers %d %q: %v", pattern, a.status, a.text, err)
	}
	return a
}

// locked is a desk in front of nothing: to look anything up in its store, or to read
// a body, is a panic.
func (d *door) locked() *desk.Service {
	d.Helper()
	o := d.options
	o.Store, o.Tools = &counted{}, onlyGets{o.Tools}
	s, err := desk.New(o)
	d.must(err)
	return s
}

// onlyGets lets a desk check tokens, and nothing else.
type onlyGets struct{ kept toolkey.Store }

func (o onlyGets) Get(ctx context.Context, id string) (toolkey.Key, error) {
	return o.kept.Get(ctx, id)
}

func (onlyGets) Add(context.Context, toolkey.Key) error { panic("a token was made") }

func (onlyGets) List(context.Context) ([]toolkey.Key, error) { panic("tokens were shown") }

func (onlyGets) Remove(context.Context, string) error { panic("a token was revoked") }

// unread is a body that nobody may read.
type unread struct{}

func (unread) Read([]byte) (int, error) { panic("the body was read") }

// TestNobodyGetsThrough shows every route to everybody who must not get through: what
// is refused has looked nothing up, stored nothing, and tells nothing.
func TestNobodyGetsThrough(t *testing.T) {
	d := openDoor(t)
	made := d.tools()
	strangers := d.strangers(made)
	handler := d.locked().Handler()
	for _, r := range d.Routes() {
		for name, s := range d.against(r, strangers, made) {
			a := ask(t, handler, r.Pattern, s.token, unread{})
			if a.code() != s.want || a.status != fault.Table()[s.want].Status {
				t.Errorf("%s, %s: %d %s, want %q", r.Pattern, name, a.status, a.text, s.want)
			}
			leaksNothing(t, r.Pattern+", "+name, a, s.token)
		}
	}
}

// leaksNothing checks that a refusal is an error, and only that.
func leaksNothing(t *testing.T, where string, a answer, token string) {
	t.Helper()
	said, _ := a.body["error"].(map[string]any)
	if len(a.body) != 1 || len(said) < 2 {
		t.Errorf("%s: more than an error: %s", where, a.text)
	}
	for key := range said {
		if !slices.Contains([]string{"code", "message", "hint"}, key) {
			t.Errorf("%s: the error tells %q", where, key)
		}
	}
	for _, secret := range append(strings.FieldsFunc(token, func(c rune) bool { return c == '.' || c == ' ' }), "Name of", "root", "zhao") {
		if len(secret) > 3 && strings.Contains(a.text, secret) {
			t.Errorf("%s: the answer tells %q", where, secret)
		}
	}
}

// TestNobodySaysHello does the same with live connections.
func TestNobodySaysHello(t *testing.T) {
	d := openDoor(t)
	made := d.tools()
	board := d.locked().Board()
	for name, s := range d.against(desk.Hello(), d.strangers(made), made) {
		first, err := json.Marshal(map[string]string{"type": "hello", "token": s.token})
		d.must(err)
		session, err := board.Open(t.Context(), first)
		if !fault.Is(err, s.want) || len(session.Topics) > 0 || len(session.State) > 0 {
			t.Errorf("%s: %v, %q", name, err, session.Topics)
		}
		if err != nil && s.token != "" && strings.Contains(err.Error(), s.token) {
			t.Errorf("%s: the error tells the token", name)
		}
	}
}

// TestThoseWhoMayGetThrough is the other half: whoever the table lets through meets
// the route itself.
func TestThoseWhoMayGetThrough(t *testing.T) {
	d := openDoor(t)
	made := d.tools()
	for _, r := range d.Routes() {
		through := map[string]string{}
		for name, role := range map[string]desk.Role{"lin": desk.RoleAgent, "zhao": desk.RoleLead, "root": desk.RoleAdmin} {
			if covers(role, r.Least) {
				through[string(role)] = d.token(name)
			}
		}
		if r.Scope != "" {
			through["a tool"] = made[string(r.Scope)]
		}
		for name, token := range through {
			a := d.call(r.Pattern, token, map[string]any{})
			if code := a.code(); code == fault.Unauthenticated || code == fault.Forbidden || a.status >= http.StatusInternalServerError {
				t.Errorf("%s, %s: %d %s", r.Pattern, name, a.status, a.text)
			}
		}
	}
	for name, token := range map[string]string{"an agent": d.token("lin"), "a tool": made["read"]} {
		first, err := json.Marshal(map[string]string{"type": "hello", "token": token})
		d.must(err)
		if _, err := d.Board().Open(t.Context(), first); err != nil {
			t.Errorf("%s says hello: %v", name, err)
		}
	}
}

// TestTheTableIsWhole checks the rules against each other.
func TestTheTableIsWhole(t *testing.T) {
	d := openDoor(t)
	for _, r := range append(d.Routes(), desk.Hello()) {
		if !slices.Contains(desk.Roles(), r.Least) {
			t.Errorf("%s asks for the role %q", r.Pattern, r.Least)
		}
		if r.Scope != "" && !slices.Contains(desk.Scopes(), r.Scope) {
			t.Errorf("%s asks for the scope %q", r.Pattern, r.Scope)
		}
		if (r.Scope != "") != (r.Least == desk.RoleAgent) {
			t.Errorf("%s: tools may what agents may, and no more", r.Pattern)
		}
	}
	for _, pattern := range []string{"PUT /desk/v1/tokens", "DELETE /desk/v1/line", "GET /desk/v1/tokens/crm", "POST /desk/v1/tokens/crm"} {
		if a := d.call(pattern, "", nil); a.code() != fault.WrongMethod {
			t.Errorf("%s: %s", pattern, a.text)
		}
	}
	if a := d.call("GET /desk/v1/nothing", "", nil); a.code() != fault.NotFound {
		t.Errorf("an address that is none: %s", a.text)
	}
}

// TestAnIssuerThatIsDown is no reason to let anybody in, nor to call them strangers.
func TestAnIssuerThatIsDown(t *testing.T) {
	d := openDoor(t)
	d.issuer.Down(true)
	a := d.call("GET /desk/v1/line", d.token("lin"), nil)
	if a.code() != fault.Unavailable {
		t.Errorf("got %d %s", a.status, a.text)
	}
}

// liar is an authenticator that vouches for a tool.
type liar struct{}

func (liar) Agent(context.Context, string, time.Time) (desk.Agent, error) {
	return desk.Agent{ID: "tool:crm", Role: desk.RoleAdmin, Scopes: desk.Scopes()}, nil
}

func TestNobodyVouchesForATool(t *testing.T) {
	d := openDoor(t)
	d.options.Auth = liar{}
	s, err := desk.New(d.options)
	d.must(err)
	if a := ask(t, s.Handler(), "GET /desk/v1/line", "anything", strings.NewReader("")); a.code() != fault.Unauthenticated {
		t.Errorf("got %d %s", a.status, a.text)
	}
}

// TestADeskForNobody is that of whoever only needs what else it does.
func TestADeskForNobody(t *testing.T) {
	d := openDoor(t)
	token := d.tool("crm", desk.Scopes()...)
	d.options.Tools, d.options.Rand = nil, nil
	d.options.Auth = desk.Nobody{}
	s, err := desk.New(d.options)
	d.must(err)
	for _, r := range s.Routes() {
		for _, token := range []string{token, d.token("root")} {
			if a := ask(t, s.Handler(), r.Pattern, token, unread{}); a.code() != fault.Unauthenticated {
				t.Errorf("%s: %d %s", r.Pattern, a.status, a.text)
			}
		}
	}
}

func TestNewNeedsAll(t *testing.T) {
	f := setUp(t)
	for name, change := range map[string]func(*desk.Options){
		"store": func(o *desk.Options) { o.Store = nil }, "outbox": func(o *desk.Options) { o.Outbox = nil },
		"authenticator": func(o *desk.Options) { o.Auth = nil }, "tools": func(o *desk.Options) { o.Tools = nil },
		"chance": func(o *desk.Options) { o.Rand = nil }, "clock": func(o *desk.Options) { o.Now = nil },
		"lease": func(o *desk.Options) { o.Lease = 0 }, "channels": func(o *desk.Options) { o.Channels = nil },
		"log": func(o *desk.Options) { o.Log = nil },
	} {
		o := f.options
		change(&o)
		if _, err := desk.New(o); !fault.Is(err, fault.Config) {
			t.Errorf("without a %s: %v", name, err)
		}
	}
}
