package oidc_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/desk/oidc"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is an issuer, and a desk that trusts it.
type fixture struct {
	*testing.T
	*emulator.Issuer
	auth *oidc.Authenticator
}

func setUp(t *testing.T, change func(*oidc.Options)) *fixture {
	t.Helper()
	i := emulator.NewIssuer(t)
	i.Now = func() time.Time { return noon }
	i.People["lin"] = map[string]any{"name": "小林", "roles": []string{"zhida-agent"}}
	o := oidc.Options{Issuer: i.URL, Audience: []string{i.Audience}, Parties: []string{i.ClientID}, Client: &http.Client{}}
	if change != nil {
		change(&o)
	}
	auth, err := oidc.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{t, i, auth}
}

// claims are those of lin, with changes.
type claims = map[string]any

func (f *fixture) agent(changes claims) (desk.Agent, error) {
	f.Helper()
	return f.show(f.Sign(f.Claims("lin", changes)))
}

// show shows a token at noon. Whatever is wrong with it, the error does not quote it.
func (f *fixture) show(token string) (desk.Agent, error) {
	f.Helper()
	agent, err := f.auth.Agent(f.Context(), token, noon)
	if err == nil {
		return agent, nil
	}
	for _, part := range strings.Split(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			f.Errorf("the error quotes the token: %v", err)
		}
	}
	for _, said := range []string{"小林", "lin@"} {
		if strings.Contains(err.Error(), said) {
			f.Errorf("the error tells %q: %v", said, err)
		}
	}
	return agent, err
}

func TestNewRefuses(t *testing.T) {
	good := oidc.Options{Issuer: "https://login.example.com/", Audience: []string{"desk"}, Client: &http.Client{}}
	if _, err := oidc.New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*oidc.Options){
		"no issuer":            func(o *oidc.Options) { o.Issuer = "" },
		"a word":               func(o *oidc.Options) { o.Issuer = "cognito" },
		"no https":             func(o *oidc.Options) { o.Issuer = "http://login.example.com" },
		"no https, a likeness": func(o *oidc.Options) { o.Issuer = "http://127.0.0.1.example.com" },
		"a query":              func(o *oidc.Options) { o.Issuer = "https://login.example.com/?p=1" },
		"a password":           func(o *oidc.Options) { o.Issuer = "https://a:b@login.example.com/" },
		"no audience":          func(o *oidc.Options) { o.Audience = nil },
		"an empty audience":    func(o *oidc.Options) { o.Audience = []string{"desk", ""} },
		"an empty client id":   func(o *oidc.Options) { o.Parties = []string{""} },
		"no client":            func(o *oidc.Options) { o.Client = nil },
		"a role nobody knows":  func(o *oidc.Options) { o.Roles = map[string]desk.Role{"x": "root"} },
	} {
		o := good
		change(&o)
		if _, err := oidc.New(o); !fault.Is(err, fault.Config) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLogin(t *testing.T) {
	f := setUp(t, nil)
	page := oidc.Page{Client: f.ClientID, Live: "wss://live.example.com/live"}
	for range 3 {
		got, err := f.auth.Login(t.Context(), page, noon)
		want := desk.Login{
			Way: "oidc", Issuer: f.URL, Authorization: f.URL + "/authorize", Token: f.URL + "/token",
			Client: f.ClientID, Scope: "openid profile", Audience: f.Audience, Live: page.Live,
		}
		if err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
		if origins := got.Origins(); !slices.Equal(origins, []string{f.URL, "wss://live.example.com"}) {
			t.Errorf("origins are %q", origins)
		}
	}
	f.wantAsked(1)
	for name, page := range map[string]oidc.Page{"no client": {}, "no openid": {Client: "x", Scope: "profile"}} {
		if _, err := f.auth.Login(t.Context(), page, noon); !fault.Is(err, fault.Config) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.Down(true)
	if _, err := f.auth.Login(t.Context(), page, noon.Add(48*time.Hour)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a provider that is down: %v", err)
	}
}

// TestThePageItselfIsTheAudience as with Cognito: nobody needs to be told.
func TestThePageItselfIsTheAudience(t *testing.T) {
	f := setUp(t, func(o *oidc.Options) { o.Audience = o.Parties })
	if got, err := f.auth.Login(t.Context(), oidc.Page{Client: f.ClientID}, noon); err != nil || got.Audience != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}
