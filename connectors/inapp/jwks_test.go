package inapp_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/channel/channeltest"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// provider is a company's identity provider: keys of each kind, published.
type provider struct {
	rsa       *rsa.PrivateKey
	ec        *ecdsa.PrivateKey
	ed        ed25519.PrivateKey
	published map[string]map[string]any // by kid
	down      bool
	asked     int
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{published: map[string]map[string]any{}}
	var errs [3]error
	p.rsa, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	p.ec, errs[1] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, p.ed, errs[2] = ed25519.GenerateKey(rand.Reader)
	point, err := p.ec.PublicKey.Bytes()
	if err := errors.Join(errs[0], errs[1], errs[2], err); err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	p.publish("r", map[string]any{"kty": "RSA", "n": text(p.rsa.N.Bytes()), "e": text(big.NewInt(int64(p.rsa.E)).Bytes())})
	p.publish("e", map[string]any{"kty": "EC", "crv": "P-256", "x": text(point[1:33]), "y": text(point[33:])})
	p.publish("d", map[string]any{"kty": "OKP", "crv": "Ed25519", "x": text(p.ed.Public().(ed25519.PublicKey))})
	return p
}

func (p *provider) publish(kid string, key map[string]any) {
	key = maps.Clone(key)
	key["kid"] = kid
	p.published[kid] = key
}

// RoundTrip answers with the key set.
func (p *provider) RoundTrip(*http.Request) (*http.Response, error) {
	p.asked++
	if p.down {
		return nil, errors.New("down")
	}
	body, err := json.Marshal(map[string]any{"keys": slices.Collect(maps.Values(p.published))})
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body))}, err
}

// sign makes a token by hand, as RFC 7515 and 7518 say.
func (p *provider) sign(header string, claims map[string]any, private crypto.Signer) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(header)) + "." + encode(payload)
	sum := sha256.Sum256([]byte(signed))
	var signature []byte
	switch private := private.(type) {
	case *rsa.PrivateKey:
		signature, err = rsa.SignPKCS1v15(nil, private, crypto.SHA256, sum[:])
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, private, sum[:]); err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	case ed25519.PrivateKey:
		signature = ed25519.Sign(private, []byte(signed))
	}
	if err != nil {
		panic(err)
	}
	return signed + "." + encode(signature)
}

func header(alg, kid string) string { return fmt.Sprintf(`{"alg":%q,"kid":%q}`, alg, kid) }

// good are tokens of each kind.
func (p *provider) good(at time.Time) map[string]string {
	return map[string]string{
		"RS256": p.sign(header("RS256", "r"), claims(at), p.rsa),
		"ES256": p.sign(header("ES256", "e"), claims(at), p.ec),
		"EdDSA": p.sign(header("EdDSA", "d"), claims(at), p.ed),
	}
}

// public are the ways in which a forger may write the published RSA key as a secret.
func (p *provider) public(t testing.TB) map[string]string {
	t.Helper()
	pkix, err := x509.MarshalPKIXPublicKey(&p.rsa.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(p.published["r"])
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"PKIX, PEM":  string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})),
		"PKIX, DER":  string(pkix),
		"PKCS1, PEM": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&p.rsa.PublicKey)})),
		"modulus":    string(p.rsa.N.Bytes()),
		"JWK":        string(jwk),
		"nothing":    "",
	}
}

// bad are tokens that no connector believes which knows this provider.
func (p *provider) bad(t testing.TB) map[string]string {
	t.Helper()
	good := claims(now())
	other := newProvider(t)
	all := map[string]string{
		"another's key":      p.sign(header("RS256", "r"), good, other.rsa),
		"no kid":             p.sign(`{"alg":"RS256"}`, good, p.rsa),
		"an empty kid":       p.sign(header("RS256", ""), good, p.rsa),
		"kid is a number":    p.sign(`{"alg":"RS256","kid":7}`, good, p.rsa),
		"an unknown kid":     p.sign(header("RS256", "x"), good, p.rsa),
		"the EC key's kid":   p.sign(header("RS256", "e"), good, p.rsa),
		"RSA says ES256":     p.sign(header("ES256", "r"), good, p.rsa),
		"RSA says EdDSA":     p.sign(header("EdDSA", "r"), good, p.rsa),
		"EC says RS256":      p.sign(header("RS256", "e"), good, p.ec),
		"RSA says RS512":     p.sign(header("RS512", "r"), good, p.rsa),
		"none":               mint(header("none", "r"), good, "", nil),
		"None":               mint(header("nOnE", "r"), good, "", nil),
		"no signature":       mint(header("RS256", "r"), good, "", nil),
		"a logout token":     p.sign(`{"alg":"RS256","kid":"r","typ":"logout+jwt"}`, good, p.rsa),
		"critical extension": p.sign(`{"alg":"RS256","kid":"r","crit":["exp"]}`, good, p.rsa),
		"a key of its own":   p.sign(`{"alg":"RS256","kid":"r","jku":"https://evil.example/","jwk":{"kty":"RSA"}}`, good, other.rsa),
		"no iss":             p.sign(header("RS256", "r"), with(good, "iss", nil), p.rsa),
		"other iss":          p.sign(header("RS256", "r"), with(good, "iss", issuer+"/"), p.rsa),
		"no aud":             p.sign(header("RS256", "r"), with(good, "aud", nil), p.rsa),
		"other aud":          p.sign(header("RS256", "r"), with(good, "aud", "zhida:other"), p.rsa),
		"no exp":             p.sign(header("RS256", "r"), with(good, "exp", nil), p.rsa),
		"expired":            p.sign(header("RS256", "r"), with(good, "exp", now().Add(-61*time.Second).Unix()), p.rsa),
		"not yet":            p.sign(header("RS256", "r"), with(good, "nbf", now().Add(61*time.Second).Unix()), p.rsa),
		"no sub":             p.sign(header("RS256", "r"), with(good, "sub", nil), p.rsa),
	}
	for name, key := range p.public(t) { // the classic confusion
		all["the published key as a secret: "+name] = mint(header("HS256", "r"), good, key, sha256.New)
		all["the published key as a secret, said to be RS256: "+name] = mint(header("RS256", "r"), good, key, sha256.New)
	}
	return all
}

// options are those of a shop that trusts the provider, and the secret beside it unless
// that is "".
func (p *provider) options(secret string, d *channeltest.Double) inapp.Options {
	o := options(d)
	o.Secret, o.JWKS, o.Client = config.NewSecret(secret), "https://login.shop.example/keys", &http.Client{Transport: p}
	return o
}

func (p *provider) connector(t testing.TB, secret string) *inapp.Connector {
	t.Helper()
	c, err := inapp.New(p.options(secret, nil))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// show shows a token as a host does.
func show(c *inapp.Connector, token string, at time.Time) (channel.Visitor, error) {
	if err := c.Prepare(context.Background(), c.Submission(token, nil, at)); err != nil {
		return channel.Visitor{}, err
	}
	return c.Identify(context.Background(), token, at)
}

// TestTokensOfAnIdentityProvider with and without the company's own beside them.
func TestTokensOfAnIdentityProvider(t *testing.T) {
	p := newProvider(t)
	for _, beside := range []string{"", secret} {
		c := p.connector(t, beside)
		for name, token := range p.good(now()) {
			if who, err := show(c, token, now()); err != nil || who.Peer.User != "customer-4711" || who.Name != "王小明" {
				t.Errorf("%s: %+v, %v", name, who, err)
			}
		}
		for name, token := range p.bad(t) {
			if _, err := show(c, token, now()); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("secret %q: %s: %v", beside, name, err)
			}
		}
		if _, err := show(c, token(claims(now())), now()); (err == nil) != (beside != "") {
			t.Errorf("secret %q: the backend's own token: %v", beside, err)
		}
	}
}

// TestWithoutAProviderNoKeyIsBelieved: HS256 alone stays HS256 alone.
func TestWithoutAProviderNoKeyIsBelieved(t *testing.T) {
	p := newProvider(t)
	c, err := inapp.New(options(nil))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range p.good(now()) {
		if _, err := show(c, token, now()); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnIdentityProviderHasToBeGuarded(t *testing.T) {
	p := newProvider(t)
	for name, c := range map[string]struct {
		change func(*inapp.Options)
		word   string
	}{
		"no issuer":                {func(o *inapp.Options) { o.Issuer = "" }, "issuer"},
		"no https":                 {func(o *inapp.Options) { o.JWKS = "http://login.shop.example/keys" }, "https"},
		"no host":                  {func(o *inapp.Options) { o.JWKS = "/keys" }, "address"},
		"no client":                {func(o *inapp.Options) { o.Client = nil }, "reaches"},
		"a short secret beside it": {func(o *inapp.Options) { o.Secret = config.NewSecret("short") }, "secret"},
	} {
		o := p.options("", nil)
		c.change(&o)
		if _, err := inapp.New(o); !fault.Is(err, fault.Config) || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, here := range []string{"http://LOCALHOST:5006/keys", "http://[::1]:5006/keys"} { // as zhida.yaml takes them
		o := p.options("", nil)
		o.JWKS = here
		if _, err := inapp.New(o); err != nil {
			t.Errorf("%s: %v", here, err)
		}
	}
}

// TestKeysAreFetchedByPrepareAlone: Receive and Identify ask nobody.
func TestKeysAreFetchedByPrepareAlone(t *testing.T) {
	p := newProvider(t)
	c := p.connector(t, secret)
	token := p.good(now())["RS256"]
	if _, err := c.Identify(t.Context(), token, now()); !fault.Is(err, fault.Unauthenticated) || p.asked != 0 {
		t.Errorf("before it was prepared: %v, asked %d times", err, p.asked)
	}
	for name, token := range badTokens() {
		if err := c.Prepare(t.Context(), c.Submission(token, nil, now())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := c.Prepare(t.Context(), c.Submission(mint(header("HS256", "r"), claims(now()), secret, sha256.New), nil, now())); err != nil || p.asked != 0 {
		t.Errorf("for a token by the secret: %v, asked %d times", err, p.asked)
	}
	for range 100 {
		if _, err := show(c, token, now()); err != nil {
			t.Fatal(err)
		}
		_, _ = show(c, p.sign(header("RS256", "made up"), claims(now()), p.rsa), now())
	}
	if p.asked != 1 {
		t.Errorf("asked %d times", p.asked)
	}
}

// TestKeysAreRotated, taken back, and outlive a provider that is down.
func TestKeysAreRotated(t *testing.T) {
	p := newProvider(t)
	c := p.connector(t, "")
	at := func(after time.Duration, kid string) error {
		later := now().Add(after)
		_, err := show(c, p.sign(header("RS256", kid), claims(later), p.rsa), later)
		return err
	}
	want := func(what string, err error, code fault.Code) {
		t.Helper()
		if fault.CodeOf(err) != code {
			t.Errorf("%s: %v", what, err)
		}
	}
	want("the first", at(0, "r"), "")
	p.publish("r2", p.published["r"])
	want("a new one, within the minute", at(59*time.Second, "r2"), fault.Unauthenticated)
	want("a new one", at(time.Minute, "r2"), "")
	delete(p.published, "r")
	want("one that was taken back, nobody asked since", at(2*time.Minute, "r"), "")
	want("one that was taken back", at(time.Minute+time.Hour, "r"), fault.Unauthenticated)
	p.down = true
	want("a known one of a provider that is down", at(20*time.Hour, "r2"), "")
	want("an unknown one", at(20*time.Hour, "r3"), fault.Unavailable)
	want("after a day", at(26*time.Hour, "r2"), fault.Unavailable)
}

// TestConnectorOfAnIdentityProvider passes the whole suite with published keys.
func TestConnectorOfAnIdentityProvider(t *testing.T) {
	p := newProvider(t)
	h := harness()
	h.Connector = func(t testing.TB, d *channeltest.Double) channel.Connector {
		t.Helper()
		c, err := inapp.New(p.options("", d))
		if err != nil {
			t.Fatal(err)
		}
		// Identify is told of a token that a host has prepared for.
		if err := c.Prepare(t.Context(), c.Submission(p.good(now())["RS256"], nil, now())); err != nil {
			t.Fatal(err)
		}
		return c
	}
	h.Secrets = nil
	h.Sign = func(r channel.Request) channel.Request {
		return bearing(p.sign(header("ES256", "e"), claims(r.At), p.ec))(r)
	}
	for name, token := range p.bad(t) {
		h.Forgeries["provider: "+name] = bearing(token)
	}
	h.Live = &channeltest.Live{Token: p.good(now())["EdDSA"], BadTokens: p.bad(t)}
	channeltest.Run(t, h)
}
