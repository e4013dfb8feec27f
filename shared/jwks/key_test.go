package jwks_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jwks"
)

// set makes a key set of keys as JSON.
func set(keys ...string) (s jwks.Set) {
	for _, key := range keys {
		s.Keys = append(s.Keys, json.RawMessage(key))
	}
	return s
}

func text(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func rsaKey(bits int, more string) string {
	n := new(big.Int).SetBit(big.NewInt(1), bits-1, 1) // no key that signs, but one of that size
	return fmt.Sprintf(`{"kty":"RSA","n":%q,"e":"AQAB"%s}`, text(n.Bytes()), more)
}

func privateKey(t *testing.T) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"kty":"RSA","kid":"k","n":%q,"e":"AQAB","d":%q,"p":%q,"q":%q}`,
		text(private.N.Bytes()), text(private.D.Bytes()), text(private.Primes[0].Bytes()), text(private.Primes[1].Bytes()))
}

func ecKey(t *testing.T, curve elliptic.Curve, name, more string) string {
	t.Helper()
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	half := len(point) / 2
	return fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q%s}`, name, text(point[1:half+1]), text(point[half+1:]), more)
}

func edKey(more string) string {
	return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q%s}`, text(make([]byte, ed25519.PublicKeySize)), more)
}

// TestAKeyFitsItsOwnKind: whatever a key set says of a key, and a token of its key.
func TestAKeyFitsItsOwnKind(t *testing.T) {
	rs, es, ed := rsaKey(2048, `,"kid":"k"`), ecKey(t, elliptic.P256(), "P-256", `,"kid":"k"`), edKey(`,"kid":"k"`)
	for name, c := range map[string]struct {
		key  string
		fits string // of all algorithms there are, with spaces between
	}{
		"RSA":                  {rs, "RS256 PS256"},
		"P-256":                {es, "ES256"},
		"Ed25519":              {ed, "EdDSA"},
		"RSA for RS256":        {rsaKey(2048, `,"kid":"k","alg":"RS256","use":"sig"`), "RS256"},
		"to verify":            {rsaKey(2048, `,"kid":"k","key_ops":["verify"]`), "RS256 PS256"},
		"RSA that says ES256":  {rsaKey(2048, `,"kid":"k","alg":"ES256"`), ""},
		"RSA that says HS256":  {rsaKey(2048, `,"kid":"k","alg":"HS256"`), ""},
		"RSA to encrypt":       {rsaKey(2048, `,"kid":"k","use":"enc"`), ""},
		"RSA to sign":          {rsaKey(2048, `,"kid":"k","key_ops":["sign"]`), ""},
		"a short RSA":          {rsaKey(2047, `,"kid":"k"`), ""},
		"a long RSA":           {rsaKey(8192, `,"kid":"k"`), "RS256 PS256"},
		"too long an RSA":      {rsaKey(8193, `,"kid":"k"`), ""},
		"P-384":                {ecKey(t, elliptic.P384(), "P-384", `,"kid":"k"`), ""},
		"a point on no curve":  {`{"kty":"EC","crv":"P-256","kid":"k","x":"AQ","y":"AQ"}`, ""},
		"a secret":             {`{"kty":"oct","kid":"k","k":"` + text(make([]byte, 32)) + `"}`, ""},
		"a secret for HS256":   {`{"kty":"oct","kid":"k","alg":"HS256","k":"` + text(make([]byte, 32)) + `"}`, ""},
		"of no kind":           {`{"kid":"k"}`, ""},
		"null":                 {`null`, ""},
		"a number":             {`7`, ""},
		"a certificate beside": {rsaKey(2048, `,"kid":"k","x5c":["AA"],"x5t":"AA","x5u":"http://evil.example"`), "RS256 PS256"},
		"a private key":        {privateKey(t), ""}, // everybody has it
		"another id":           {rsaKey(2048, `,"kid":"K"`), ""},
		"no id":                {rsaKey(2048, ``), ""},
	} {
		keys, err := set(c.key).Read()
		if err != nil {
			t.Fatal(err)
		}
		var fits []string
		for _, alg := range strings.Fields("none HS256 HS384 HS512 RS256 RS384 PS256 ES256 ES384 EdDSA") {
			if len(jwks.Fitting(keys, "k", alg).Keys) > 0 {
				fits = append(fits, alg)
			}
		}
		if got := strings.Join(fits, " "); got != c.fits {
			t.Errorf("%s: fits %q, want %q", name, got, c.fits)
		}
	}
}

func TestAKeySetIsBounded(t *testing.T) {
	many := make([]string, jwks.MaxKeys)
	for i := range many {
		many[i] = edKey(fmt.Sprintf(`,"kid":"%d"`, i))
	}
	if keys, err := set(many...).Read(); err != nil || len(keys) != jwks.MaxKeys {
		t.Errorf("as many as there may be: %d, %v", len(keys), err)
	}
	if keys, err := set(append(many, "{}")...).Read(); !fault.Is(err, fault.Unavailable) || keys != nil {
		t.Errorf("one more: %d, %v", len(keys), err)
	}
}

func TestWhatATokenNames(t *testing.T) {
	for name, c := range map[string]struct {
		header, id, alg string
		bad             bool
	}{
		"plain":              {`{"alg":"RS256","kid":"k","typ":"JWT"}`, "k", "RS256", false},
		"an access token":    {`{"alg":"ES256","kid":"k","typ":"application/at+jwt"}`, "k", "ES256", false},
		"no id":              {`{"alg":"HS256"}`, "", "HS256", false},
		"a logout token":     {`{"alg":"RS256","kid":"k","typ":"logout+jwt"}`, "", "", true},
		"a critical header":  {`{"alg":"RS256","kid":"k","crit":["x"]}`, "", "", true},
		"a number for a key": {`{"alg":"RS256","kid":7}`, "", "", true},
		"no algorithm":       {`{"kid":"k"}`, "", "", true},
		"no such algorithm":  {`{"alg":"rs256","kid":"k"}`, "", "", true},
	} {
		id, alg, err := jwks.Named(text([]byte(c.header)) + "." + text([]byte("{}")) + ".AA")
		if id != c.id || (err != nil) != c.bad || !c.bad && alg != c.alg {
			t.Errorf("%s: %q, %q, %v", name, id, alg, err)
		}
		if c.bad && !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
