package emulator

import (
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Issuer is an OpenID Connect provider on 127.0.0.1: discovery, keys, and signing in
// by authorization code with PKCE, for one public client. Its tokens last Lasts.
type Issuer struct {
	URL      string
	ClientID string
	Audience string                    // of access tokens; the client's id is that of ID tokens
	Redirect string                    // the one address that codes are sent to; set it before anybody signs in
	People   map[string]map[string]any // who can sign in, and what access and ID tokens say of them
	Lasts    time.Duration
	Now      func() time.Time
	Nonce    string // what ID tokens say in place of what the page asked; "" for that

	mu    sync.Mutex
	keys  []SigningKey
	codes map[string]grant
	down  bool
	asked map[string]int
}

// SigningKey is a key of an issuer's.
type SigningKey struct {
	ID      string
	Private *rsa.PrivateKey
}

// grant is what a code can be changed for, once.
type grant struct {
	user, nonce, challenge string
}

// NewIssuer starts an issuer, and stops it after the test.
func NewIssuer(tb testing.TB) *Issuer {
	tb.Helper()
	i := &Issuer{
		ClientID: "zhida-desk-page", Audience: "zhida-desk", People: map[string]map[string]any{},
		Lasts: time.Hour, Now: time.Now, codes: map[string]grant{}, asked: map[string]int{},
	}
	i.Rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.keySet)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	server := httptest.NewServer(i.counted(mux))
	tb.Cleanup(server.Close)
	i.URL = server.URL
	return i
}

// Rotate takes another key, which signs from now on. The older ones stay published.
// The n-th keys of all issuers of a process are the same, since they are slow to make.
func (i *Issuer) Rotate() {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := len(i.keys)
	i.keys = append(i.keys, SigningKey{fmt.Sprintf("key-%d", n+1), made.key(n)})
}

// keyring makes RSA keys when they are first asked for.
type keyring struct {
	mu   sync.Mutex
	keys []*rsa.PrivateKey
}

var made keyring

func (r *keyring) key(n int) *rsa.PrivateKey {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.keys) <= n {
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		r.keys = append(r.keys, private)
	}
	return r.keys[n]
}

// Key returns the key that signs.
func (i *Issuer) Key() SigningKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys[len(i.keys)-1]
}

// Down makes the issuer answer 503 to everything, or work again.
func (i *Issuer) Down(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

// Asked returns how often a path was asked for.
func (i *Issuer) Asked(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked[path]
}

// Claims returns what an access token of somebody's says, with changes: a nil takes
// a claim out.
func (i *Issuer) Claims(user string, changes map[string]any) map[string]any {
	now := i.Now()
	claims := map[string]any{
		"iss": i.URL, "sub": user, "aud": i.Audience, "azp": i.ClientID,
		"iat": now.Unix(), "exp": now.Add(i.Lasts).Unix(),
	}
	maps.Copy(claims, i.People[user])
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

// Sign makes a token by RS256 with the key that signs.
func (i *Issuer) Sign(claims map[string]any) string {
	key := i.Key()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["kid"] = key.ID
	signed, err := token.SignedString(key.Private)
	if err != nil {
		panic(err)
	}
	return signed
}

func (i *Issuer) counted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		down := i.down
		i.asked[r.URL.Path]++
		i.mu.Unlock()
		if down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		h.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked is gone
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
	})
}

func (i *Issuer) keySet(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	set := []map[string]any{ // what a real set also holds, and nobody may stumble over
		{"kty": "OKP", "crv": "Ed448", "kid": "strange", "x": "AA"},
		{"kty": "RSA", "kid": "encrypts", "use": "enc", "n": "AQAB", "e": "AQAB"},
	}
	for _, key := range i.keys {
		text := base64.RawURLEncoding.EncodeToString
		set = append(set, map[string]any{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": key.ID,
			"n": text(key.Private.N.Bytes()), "e": text(big.NewInt(int64(key.Private.E)).Bytes()),
		})
	}
	answer(w, http.StatusOK, map[string]any{"keys": set})
}

var form = template.Must(template.New("").Parse(`<!doctype html><title>Sign in</title>
<form method="post">{{range .}}<p><button name="user" value="{{.}}" data-test="{{.}}">{{.}}</button></p>{{end}}</form>`))

// authorize lets people choose who they are, remembers it in a cookie, and from then
// on sends them back without a word.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != i.ClientID || q.Get("redirect_uri") != i.Redirect || q.Get("response_type") != "code" ||
		q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("state") == "" {
		http.Error(w, "this is not how the desk's page asks", http.StatusBadRequest)
		return
	}
	user := r.PostFormValue("user")
	if cookie, err := r.Cookie("user"); err == nil && user == "" && q.Get("prompt") != "login" {
		user = cookie.Value
	}
	if i.People[user] == nil {
		_ = form.Execute(w, slices.Sorted(maps.Keys(i.People))) // whoever asked is gone
		return
	}
	code := rand.Text()
	i.mu.Lock()
	i.codes[code] = grant{user, q.Get("nonce"), q.Get("code_challenge")}
	i.mu.Unlock()
	http.SetCookie(w, &http.Cookie{Name: "user", Value: user, HttpOnly: true, Path: "/", SameSite: http.SameSiteLaxMode})
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {i.URL}}
	http.Redirect(w, r, i.Redirect+"?"+back.Encode(), http.StatusSeeOther)
}

// token changes a code for tokens: once, and only for who can prove to have asked.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(why string) { answer(w, http.StatusBadRequest, map[string]string{"error": why}) }
	if r.PostFormValue("grant_type") != "authorization_code" || r.PostFormValue("client_id") != i.ClientID {
		refuse("invalid_request")
		return
	}
	i.mu.Lock()
	granted, ok := i.codes[r.PostFormValue("code")]
	delete(i.codes, r.PostFormValue("code"))
	i.mu.Unlock()
	proof := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || base64.RawURLEncoding.EncodeToString(proof[:]) != granted.challenge || r.PostFormValue("redirect_uri") != i.Redirect {
		refuse("invalid_grant")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": int(i.Lasts.Seconds()),
		"access_token": i.Sign(i.Claims(granted.user, nil)),
		"id_token":     i.Sign(i.Claims(granted.user, map[string]any{"aud": i.ClientID, "nonce": cmp.Or(i.Nonce, granted.nonce)})),
	})
}
