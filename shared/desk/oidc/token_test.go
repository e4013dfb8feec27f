package oidc_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/desk/oidc"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestAnAgentComesIn(t *testing.T) {
	f := setUp(t, nil)
	got, err := f.agent(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "lin" || got.Role != desk.RoleAgent || !got.Expires.Equal(noon.Add(time.Hour)) ||
		got.Name(conversation.English) != "小林" || len(got.Scopes) != 0 || got.Token != "" {
		t.Errorf("got %+v", got)
	}
}

// TestClaims goes through what a token may say.
func TestClaims(t *testing.T) {
	at := func(d time.Duration) int64 { return noon.Add(d).Unix() }
	for name, c := range map[string]struct {
		changes claims
		want    fault.Code
	}{
		"as it is":                      {nil, ""},
		"one of several audiences":      {claims{"aud": []string{"https://login/userinfo", "zhida-desk"}}, ""},
		"no audience":                   {claims{"aud": nil}, fault.Unauthenticated},
		"another audience":              {claims{"aud": "another-company"}, fault.Unauthenticated},
		"an audience that begins alike": {claims{"aud": "zhida-desk-2"}, fault.Unauthenticated},
		"an audience in capitals":       {claims{"aud": "ZHIDA-DESK"}, fault.Unauthenticated},
		"an empty audience":             {claims{"aud": ""}, fault.Unauthenticated},
		"an audience of numbers":        {claims{"aud": []int{1}}, fault.Unauthenticated},
		"the page's id token":           {claims{"aud": "zhida-desk-page"}, fault.Unauthenticated},
		"another issuer":                {claims{"iss": "https://login.example.com/another"}, fault.Unauthenticated},
		"an issuer with a slash":        {claims{"iss": "SLASH"}, fault.Unauthenticated},
		"no issuer":                     {claims{"iss": nil}, fault.Unauthenticated},
		"another client":                {claims{"azp": "another-company"}, fault.Unauthenticated},
		"another client, as RFC 9068":   {claims{"azp": nil, "client_id": "another-company"}, fault.Unauthenticated},
		"another client, as Microsoft":  {claims{"azp": nil, "appid": "another-company"}, fault.Unauthenticated},
		"no client":                     {claims{"azp": nil}, ""},
		"no client, many audiences":     {claims{"azp": nil, "aud": []string{"zhida-desk", "b"}}, fault.Unauthenticated},
		"no end":                        {claims{"exp": nil}, fault.Unauthenticated},
		"just over":                     {claims{"exp": at(-29 * time.Second)}, ""},
		"over":                          {claims{"exp": at(-31 * time.Second)}, fault.Unauthenticated},
		"an end that is a text":         {claims{"exp": "tomorrow"}, fault.Unauthenticated},
		"begins in a moment":            {claims{"nbf": at(29 * time.Second)}, ""},
		"begins later":                  {claims{"nbf": at(31 * time.Second)}, fault.Unauthenticated},
		"nobody":                        {claims{"sub": nil}, fault.Unauthenticated},
		"an empty nobody":               {claims{"sub": ""}, fault.Unauthenticated},
		"a number for a subject":        {claims{"sub": 7}, fault.Unauthenticated},
		"no role":                       {claims{"roles": nil}, fault.Forbidden},
		"another role":                  {claims{"roles": []string{"cook"}}, fault.Forbidden},
		"a role in capitals":            {claims{"roles": []string{"Admin"}}, fault.Forbidden},
		"roles that are no texts":       {claims{"roles": []any{1, nil, claims{"a": "admin"}}}, fault.Forbidden},
		"more than anybody needs":       {claims{"picture": strings.Repeat("x", 8<<10)}, fault.Unauthenticated},
		"roles below":                   {claims{"roles": claims{"admin": true}}, fault.Forbidden},
		"cognito's access token":        {claims{"aud": nil, "azp": nil, "token_use": "access", "client_id": "zhida-desk-page"}, fault.Unauthenticated},
		"an id token says no client":    {claims{"aud": nil, "azp": nil, "token_use": "id", "client_id": "zhida-desk"}, fault.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			f := setUp(t, nil)
			if c.changes["iss"] == "SLASH" {
				c.changes["iss"] = f.URL + "/"
			}
			if _, err := f.agent(c.changes); fault.CodeOf(err) != c.want {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestRoles goes through where providers keep roles.
func TestRoles(t *testing.T) {
	for name, c := range map[string]struct {
		claim string
		said  claims
		want  desk.Role
	}{
		"plain":                  {"", claims{"roles": []string{"lead"}}, desk.RoleLead},
		"the greatest":           {"", claims{"roles": []string{"zhida-admin", "agent", "zhida-lead", "cook"}}, desk.RoleAdmin},
		"one text":               {"", claims{"roles": "admin"}, desk.RoleAdmin},
		"a text of several":      {"", claims{"roles": "cook, zhida-lead"}, desk.RoleLead},
		"Cognito":                {"cognito:groups", claims{"cognito:groups": []string{"zhida-lead"}}, desk.RoleLead},
		"Keycloak":               {"realm_access.roles", claims{"realm_access": claims{"roles": []string{"zhida-lead"}}}, desk.RoleLead},
		"a client with dots":     {"resource_access.desk.zhida.roles", claims{"resource_access": claims{"desk.zhida": claims{"roles": []string{"lead"}}}}, desk.RoleLead},
		"Auth0":                  {"https://zhida.example/roles", claims{"https://zhida.example/roles": []string{"zhida-lead"}}, desk.RoleLead},
		"the name comes first":   {"a.b", claims{"a.b": "lead", "a": claims{"b": "admin"}}, desk.RoleLead},
		"nothing at the end":     {"roles.", claims{"roles": []string{"lead"}}, ""},
		"through what is no map": {"name.first", claims{"name": "lead"}, ""},
	} {
		f := setUp(t, func(o *oidc.Options) { o.RolesClaim = c.claim })
		f.People["lin"] = map[string]any{}
		got, err := f.agent(c.said)
		if got.Role != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: got %q, %v", name, got.Role, err)
		}
	}
	own := setUp(t, func(o *oidc.Options) { o.Roles = map[string]desk.Role{"客服": desk.RoleAgent} })
	if got, err := own.agent(claims{"roles": []string{"客服", "admin"}}); err != nil || got.Role != desk.RoleAgent {
		t.Errorf("with own values: %q, %v", got.Role, err)
	}
}

// TestCognito takes tokens without aud where client_id is the audience.
func TestCognito(t *testing.T) {
	f := setUp(t, func(o *oidc.Options) { o.Audience, o.RolesClaim = o.Parties, "cognito:groups" })
	said := claims{"aud": nil, "azp": nil, "token_use": "access", "client_id": f.ClientID, "cognito:groups": []string{"zhida-lead"}, "name": nil}
	if got, err := f.agent(said); err != nil || got.Role != desk.RoleLead || got.Name(conversation.Chinese) != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	said["client_id"] = "another-company"
	if _, err := f.agent(said); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("another client's: %v", err)
	}
}

func TestAnyPartyWhereNoneIsNamed(t *testing.T) {
	f := setUp(t, func(o *oidc.Options) { o.Parties = nil })
	if _, err := f.agent(claims{"azp": "the-company's-other-application"}); err != nil {
		t.Error(err)
	}
}

// TestAgentIDs keeps subjects apart from tools, from each other, and from what does
// not fit into keys.
func TestAgentIDs(t *testing.T) {
	f := setUp(t, nil)
	seen := map[conversation.AgentID]string{}
	for _, c := range []struct{ subject, want string }{
		{"lin", ""}, {"Lin", ""}, {"auth0|5f7c8ec7c33c6c004bbafe82", ""}, {"lin@example.com", ""}, {strings.Repeat("x", 64), ""},
		{"tool:crm", "sub:"}, {"sub:abc", "sub:"}, {"a:b", "sub:"}, {"林", "sub:"}, {"a b", "sub:"}, {"uid=lin,ou=desk", "sub:"},
		{strings.Repeat("x", 65), "sub:"}, {strings.Repeat("y", 255), "sub:"}, {"../admin", "sub:"}, {"a\nb", "sub:"}, {"tool%3Acrm", "sub:"},
	} {
		got, err := f.agent(claims{"sub": c.subject})
		if err != nil {
			t.Fatal(err)
		}
		if c.want == "" && string(got.ID) != c.subject || !strings.HasPrefix(string(got.ID), c.want) || len(got.ID) > 64 {
			t.Errorf("%q became %q", c.subject, got.ID)
		}
		if other, twice := seen[got.ID]; twice {
			t.Errorf("%q and %q are both %q", c.subject, other, got.ID)
		}
		seen[got.ID] = c.subject
		if strings.HasPrefix(string(got.ID), "tool:") {
			t.Errorf("%q passes for a tool", c.subject)
		}
	}
}

func TestNames(t *testing.T) {
	f := setUp(t, nil)
	got, err := f.agent(claims{"name": " Lin\u202e\x07 ", "name#zh-CN": "小林", "preferred_username": "lin@corp"})
	if err != nil || got.Names[conversation.Chinese] != "小林" || got.Names[conversation.English] != "Lin" {
		t.Errorf("got %q, %v", got.Names, err)
	}
	got, err = f.agent(claims{"name": strings.Repeat("长", 100)})
	if err != nil || len([]rune(got.Name(conversation.Chinese))) != 64 {
		t.Errorf("a long name has %d characters, %v", len([]rune(got.Name(conversation.Chinese))), err)
	}
	got, err = f.agent(claims{"name": 3})
	if err != nil || got.Name(conversation.Chinese) != "" {
		t.Errorf("a name that is none: %q, %v", got.Names, err)
	}
}

func encoded(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// TestForgeries shows tokens that the issuer did not sign, or not so.
func TestForgeries(t *testing.T) {
	f := setUp(t, nil)
	good := f.Sign(f.Claims("lin", nil))
	parts := strings.Split(good, ".")
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&f.Key().Private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	published := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	by := func(method jwt.SigningMethod, key any, header claims) string {
		token := jwt.NewWithClaims(method, jwt.MapClaims(f.Claims("lin", nil)))
		token.Header["kid"] = f.Key().ID
		for name, value := range header {
			if token.Header[name] = value; value == nil {
				delete(token.Header, name)
			}
		}
		signed, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	own := f.Key().Private
	for name, token := range map[string]string{
		"none":                      by(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"none, by hand":             encoded(`{"alg":"none"}`) + "." + parts[1] + ".",
		"None":                      encoded(`{"alg":"None"}`) + "." + parts[1] + ".",
		"HS256 with the public key": by(jwt.SigningMethodHS256, published, nil),
		"HS256 with its DER":        by(jwt.SigningMethodHS256, public, nil),
		"RS384":                     by(jwt.SigningMethodRS384, own, nil),
		"PS256 where RS256 is said": by(jwt.SigningMethodPS256, own, nil),
		"ES256 under an RSA key":    by(jwt.SigningMethodES256, curve, nil),
		"another key, same id":      by(jwt.SigningMethodRS256, other, nil),
		"another key, no id":        by(jwt.SigningMethodRS256, other, claims{"kid": nil}),
		"another key, its own id":   by(jwt.SigningMethodRS256, other, claims{"kid": "theirs"}),
		"a key in the token":        by(jwt.SigningMethodRS256, other, claims{"kid": "theirs", "jwk": claims{"kty": "RSA", "n": encoded(string(other.N.Bytes())), "e": "AQAB"}}),
		"an address in the token":   by(jwt.SigningMethodRS256, other, claims{"kid": "theirs", "jku": f.URL + "/theirs"}),
		"a key id that is a number": by(jwt.SigningMethodRS256, own, claims{"kid": 1}),
		"the key for encryption":    by(jwt.SigningMethodRS256, own, claims{"kid": "encrypts"}),
		"critical":                  by(jwt.SigningMethodRS256, own, claims{"crit": []string{"b64"}, "b64": false}),
		"a logout token":            by(jwt.SigningMethodRS256, own, claims{"typ": "logout+jwt"}),
		"another payload":           parts[0] + "." + encoded(`{"sub":"eve"}`) + "." + parts[2],
		"another header":            encoded(`{"alg":"RS256","kid":"key-1","x":1}`) + "." + parts[1] + "." + parts[2],
		"no signature":              parts[0] + "." + parts[1] + ".",
		"two parts":                 parts[0] + "." + parts[1],
		"four parts":                good + ".x",
		"padding":                   good + "=",
		"spaces":                    good + " ",
		"JSON serialisation":        `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"nothing":                   "",
		"words":                     "let me in",
		"a long one":                good + strings.Repeat("A", 8<<10),
	} {
		if _, err := f.show(token); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := f.show(good); err != nil {
		t.Errorf("after all that, a good one: %v", err)
	}
	for name, token := range map[string]string{
		"RFC 9068":     by(jwt.SigningMethodRS256, own, claims{"typ": "at+jwt"}),
		"in full":      by(jwt.SigningMethodRS256, own, claims{"typ": "application/AT+JWT"}),
		"without kind": by(jwt.SigningMethodRS256, own, claims{"typ": nil}),
		"without id":   by(jwt.SigningMethodRS256, own, claims{"kid": nil}),
	} {
		if _, err := f.show(token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAlgorithms signs by each algorithm, with keys that say which and keys that do not.
func TestAlgorithms(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey := emulator.NewIssuer(t).Key().Private
	text := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	point := func(k *ecdsa.PrivateKey, crv, kid string) claims {
		size := (k.Params().BitSize + 7) / 8
		return claims{"kty": "EC", "crv": crv, "kid": kid, "x": text(k.X.FillBytes(make([]byte, size))), "y": text(k.Y.FillBytes(make([]byte, size)))}
	}
	keys, err := json.Marshal(claims{"keys": []claims{
		point(curve, "P-256", "ec"), point(wide, "P-384", "wide"),
		{"kty": "OKP", "crv": "Ed25519", "kid": "ed", "alg": "EdDSA", "x": text(public)},
		{"kty": "RSA", "kid": "rsa", "n": text(rsaKey.N.Bytes()), "e": "AQAB"},
		{"kty": "RSA", "kid": "ps", "alg": "PS256", "key_ops": []string{"verify"}, "n": text(rsaKey.N.Bytes()), "e": "AQAB"},
		{"kty": "RSA", "kid": "short", "n": text(short.N.Bytes()), "e": "AQAB"},
		{"kty": "RSA", "kid": "enc", "use": "enc", "n": text(rsaKey.N.Bytes()), "e": "AQAB"},
		{"kty": "RSA", "kid": "wraps", "key_ops": []string{"wrapKey"}, "n": text(rsaKey.N.Bytes()), "e": "AQAB"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var url string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			_, _ = w.Write(keys)
			return
		}
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%[1]q,"token_endpoint":%[1]q,"jwks_uri":"%[1]s/keys"}`, url)
	}))
	defer server.Close()
	url = server.URL
	auth, err := oidc.New(oidc.Options{Issuer: url, Audience: []string{"desk"}, Client: &http.Client{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kid    string
		method jwt.SigningMethod
		key    any
		good   bool
	}{
		{"ec", jwt.SigningMethodES256, curve, true}, {"ed", jwt.SigningMethodEdDSA, edwards, true},
		{"rsa", jwt.SigningMethodRS256, rsaKey, true}, {"rsa", jwt.SigningMethodPS256, rsaKey, true},
		{"ps", jwt.SigningMethodPS256, rsaKey, true}, {"ps", jwt.SigningMethodRS256, rsaKey, false},
		{"rsa", jwt.SigningMethodRS384, rsaKey, false}, {"rsa", jwt.SigningMethodPS512, rsaKey, false},
		{"short", jwt.SigningMethodRS256, short, false}, {"enc", jwt.SigningMethodRS256, rsaKey, false},
		{"wraps", jwt.SigningMethodRS256, rsaKey, false}, {"wide", jwt.SigningMethodES384, wide, false},
		{"ec", jwt.SigningMethodRS256, rsaKey, false}, {"rsa", jwt.SigningMethodES256, curve, false},
	} {
		token := jwt.NewWithClaims(c.method, jwt.MapClaims{"iss": url, "aud": "desk", "sub": "lin", "exp": noon.Unix() + 60, "roles": "agent"})
		token.Header["kid"] = c.kid
		signed, err := token.SignedString(c.key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := auth.Agent(t.Context(), signed, noon); (err == nil) != c.good {
			t.Errorf("%s by %s: %v", c.kid, c.method.Alg(), err)
		}
	}
}

func FuzzAgent(f *testing.F) {
	auth, err := oidc.New(oidc.Options{
		Issuer: "https://login.example.com", Audience: []string{"desk"},
		Client: &http.Client{Transport: &transport{serve: func(*http.Request) (*http.Response, error) { return nil, http.ErrHandlerTimeout }}},
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "a.b.c", encoded(`{"alg":"RS256"}`) + "." + encoded(`{}`) + ".AA", encoded(`{"alg":"none"}`) + ".e30."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := auth.Agent(t.Context(), token, noon); err == nil {
			t.Errorf("%q came in", token)
		}
	})
}
