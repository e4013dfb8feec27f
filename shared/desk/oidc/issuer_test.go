package oidc_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/desk/oidc"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
)

// transport is a client's way out, counted.
type transport struct {
	mu    sync.Mutex
	paths []string
	serve func(r *http.Request) (*http.Response, error)
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	t.paths = append(t.paths, r.URL.Path)
	t.mu.Unlock()
	return t.serve(r)
}

func TestNoCallBeforeAToken(t *testing.T) {
	f := setUp(t, nil)
	if n := f.Asked("/keys") + f.Asked("/.well-known/openid-configuration"); n != 0 {
		t.Errorf("%d calls before any token", n)
	}
	_, _ = f.show("no token at all") // what it answers is tested elsewhere
	if n := f.Asked("/keys"); n != 0 {
		t.Errorf("%d calls for what is no token", n)
	}
}

func (f *fixture) wantAsked(n int) {
	f.Helper()
	if got := f.Asked("/keys"); got != n {
		f.Errorf("the keys were asked for %d times, want %d", got, n)
	}
}

func TestKeysAreKept(t *testing.T) {
	f := setUp(t, nil)
	token := f.Sign(f.Claims("lin", claims{"exp": noon.Add(48 * time.Hour).Unix()}))
	for minute := range 60 {
		if _, err := f.auth.Agent(t.Context(), token, noon.Add(time.Duration(minute)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	f.wantAsked(1)
	if _, err := f.auth.Agent(t.Context(), token, noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	f.wantAsked(2)
}

func TestANewKeyIsFetched(t *testing.T) {
	f := setUp(t, nil)
	if _, err := f.agent(nil); err != nil {
		t.Fatal(err)
	}
	f.Rotate()
	token := f.Sign(f.Claims("lin", nil))
	if _, err := f.show(token); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a second question within the pause: %v", err)
	}
	f.wantAsked(1)
	for _, late := range []time.Duration{time.Minute, time.Minute + time.Second} {
		if _, err := f.auth.Agent(t.Context(), token, noon.Add(late)); err != nil {
			t.Errorf("after %s: %v", late, err)
		}
	}
	f.wantAsked(2)
}

// TestForgeriesAreNoCalls shows made-up key ids, many at a time.
func TestForgeriesAreNoCalls(t *testing.T) {
	f := setUp(t, nil)
	if _, err := f.agent(nil); err != nil {
		t.Fatal(err)
	}
	token := encoded(`{"alg":"RS256","kid":"made up"}`) + "." + encoded(`{}`) + "." + encoded("signature")
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := f.auth.Agent(t.Context(), token, noon.Add(time.Minute)); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("a made-up key: %v", err)
			}
		})
	}
	all.Wait()
	f.wantAsked(2)
}

func TestTheFirstTokensShareOneQuestion(t *testing.T) {
	f := setUp(t, nil)
	token := f.Sign(f.Claims("lin", nil))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := f.auth.Agent(t.Context(), token, noon); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	f.wantAsked(1)
}

func TestAnIssuerThatIsDown(t *testing.T) {
	f := setUp(t, nil)
	token := f.Sign(f.Claims("lin", claims{"exp": noon.Add(72 * time.Hour).Unix()}))
	show := func(after time.Duration) error {
		_, err := f.auth.Agent(t.Context(), token, noon.Add(after))
		return err
	}
	f.Down(true)
	for range 5 {
		if err := show(0); !fault.Is(err, fault.Unavailable) {
			t.Errorf("before it ever answered: %v", err)
		}
	}
	if n := f.Asked("/.well-known/openid-configuration"); n != 1 {
		t.Errorf("asked %d times at once", n)
	}
	f.Down(false)
	if err := show(2 * time.Second); err != nil {
		t.Fatalf("once it answers: %v", err)
	}
	f.Down(true)
	if err := show(23 * time.Hour); err != nil {
		t.Errorf("known keys while it is down: %v", err)
	}
	f.Rotate()
	rotated := f.Sign(f.Claims("lin", claims{"exp": noon.Add(72 * time.Hour).Unix()}))
	if _, err := f.auth.Agent(t.Context(), rotated, noon.Add(23*time.Hour)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("an unknown key while it is down: %v", err)
	}
	if err := show(25 * time.Hour); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after a day: %v", err)
	}
}

// TestACallerWhoGoesAway takes the question to its end for the others.
func TestACallerWhoGoesAway(t *testing.T) {
	f := setUp(t, nil)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.auth.Agent(gone, f.Sign(f.Claims("lin", nil)), noon); err != nil {
		t.Errorf("the keys came, and nobody took them: %v", err)
	}
	f.wantAsked(1)
}

// TestBadDocuments reads what no issuer should say.
func TestBadDocuments(t *testing.T) {
	doc := func(changes ...string) string {
		all := `{"issuer":"URL","authorization_endpoint":"URL/a","token_endpoint":"URL/t","jwks_uri":"URL/keys"}`
		return strings.NewReplacer(changes...).Replace(all)
	}
	for name, c := range map[string]struct {
		doc, keys string
		want      fault.Code
	}{
		"another issuer":      {doc(`"issuer":"URL"`, `"issuer":"https://another.example"`), `{"keys":[]}`, fault.Config},
		"with a slash":        {doc(`"issuer":"URL"`, `"issuer":"URL/"`), `{"keys":[]}`, fault.Config},
		"keys without https":  {doc("URL/keys", "http://another.example/keys"), `{"keys":[]}`, fault.Config},
		"no keys' address":    {doc("URL/keys", ""), `{"keys":[]}`, fault.Config},
		"no token endpoint":   {doc("URL/t", "/t"), `{"keys":[]}`, fault.Config},
		"no JSON":             {"<html>", `{"keys":[]}`, fault.Unavailable},
		"keys are no JSON":    {doc(), "<html>", fault.Unavailable},
		"too much":            {doc(), `{"keys":["` + strings.Repeat("x", 2<<20) + `"]}`, fault.Unavailable},
		"no key":              {doc(), `{"keys":[]}`, fault.Unauthenticated},
		"keys that are wrong": {doc(), `{"keys":[1,null,{},{"kty":"RSA","kid":"key-1","n":"!","e":"AQAB"},{"kty":"EC","crv":"P-256","kid":"key-1","x":"AQ","y":"AQ"}]}`, fault.Unauthenticated},
		"a short RSA key":     {doc(), `{"keys":[{"kty":"RSA","kid":"key-1","n":"` + strings.Repeat("u", 170) + `","e":"AQAB"}]}`, fault.Unauthenticated},
		"a symmetric key":     {doc(), `{"keys":[{"kty":"oct","kid":"key-1","k":"c2VjcmV0"}]}`, fault.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			signs := emulator.NewIssuer(t)
			var url string
			mux := http.NewServeMux()
			serve := func(text string) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) {
					_, _ = w.Write([]byte(strings.ReplaceAll(text, "URL", url)))
				}
			}
			mux.HandleFunc("/.well-known/openid-configuration", serve(c.doc))
			mux.HandleFunc("/keys", serve(c.keys))
			server := httptest.NewServer(mux)
			defer server.Close()
			url = server.URL
			auth, err := oidc.New(oidc.Options{Issuer: url, Audience: []string{"zhida-desk"}, Client: &http.Client{}})
			if err != nil {
				t.Fatal(err)
			}
			token := signs.Sign(signs.Claims("lin", claims{"iss": url, "roles": "agent"}))
			if _, err := auth.Agent(t.Context(), token, time.Now()); !fault.Is(err, c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestNoRedirects(t *testing.T) {
	f := setUp(t, nil)
	moved := &transport{serve: func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		http.Redirect(w, r, f.URL+r.URL.Path, http.StatusFound)
		return w.Result(), nil
	}}
	auth, err := oidc.New(oidc.Options{Issuer: "https://login.example.com", Audience: []string{"a"}, Client: &http.Client{Transport: moved}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.Login(t.Context(), oidc.Page{Client: "x"}, noon); !fault.Is(err, fault.Unavailable) || len(moved.paths) != 1 {
		t.Errorf("followed to %q: %v", moved.paths, err)
	}
}
