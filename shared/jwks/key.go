package jwks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/fault"
)

// Key is a public key that a provider signs tokens with.
type Key struct {
	id     string // "" where the provider gives it none
	alg    string // "" where the provider does not say
	public crypto.PublicKey
}

// The bounds of a key set. An RSA key has at least 2048 bits (RFC 7518, section 3.3);
// a longer one than 8192 only makes checking slow.
const (
	MaxKeys = 100
	minRSA  = 2048
	maxRSA  = 8192
)

// Set is a key set as a provider publishes it (RFC 7517, section 5).
type Set struct {
	Keys []json.RawMessage `json:"keys"`
}

// Read returns the keys of a set. Those that are for something else, or of a kind that
// no algorithm here uses, are left out, as RFC 7517, section 5, asks, and so is a private
// key: whoever can read the set could sign with it. Errors: Unavailable
// for a set of more than MaxKeys.
func (s Set) Read() ([]Key, error) {
	if len(s.Keys) > MaxKeys {
		return nil, fault.New(fault.Unavailable, "jwks.Read", fmt.Sprintf("the identity provider publishes more than %d keys", MaxKeys))
	}
	var keys []Key
	for _, raw := range s.Keys {
		var m jwkset.JWKMarshal
		if json.Unmarshal(raw, &m) != nil || m.D != "" || m.USE != "" && m.USE != jwkset.UseSig ||
			len(m.KEYOPS) > 0 && !slices.Contains(m.KEYOPS, jwkset.KeyOpsVerify) {
			continue
		}
		// The certificates beside a key say nothing that the provider's own address does not.
		m.X5C, m.X5T, m.X5TS256, m.X5U = nil, "", "", ""
		read, err := jwkset.NewJWKFromMarshal(m, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err == nil && len(algorithmsOf(read.Key())) > 0 {
			keys = append(keys, Key{m.KID, m.ALG.String(), read.Key()})
		}
	}
	return keys, nil
}

// Algorithms returns what a token may be signed with: public keys only, so that
// nobody who can check a token can make one.
func Algorithms() []string { return []string{"RS256", "PS256", "ES256", "EdDSA"} }

// algorithmsOf returns those of Algorithms that a key is for: none if it is of no kind
// that is known, or too weak.
func algorithmsOf(public crypto.PublicKey) []string {
	switch public := public.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits >= minRSA && bits <= maxRSA {
			return []string{"RS256", "PS256"}
		}
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P256() {
			return []string{"ES256"}
		}
	case ed25519.PublicKey:
		return []string{"EdDSA"}
	}
	return nil
}

// Fitting returns the keys that a token may have been signed with which names a key,
// or "" for none, and an algorithm. A key of one kind fits no other kind's algorithm.
func Fitting(keys []Key, id, alg string) (fitting jwt.VerificationKeySet) {
	for _, k := range keys {
		if (id == "" || k.id == id) && (k.alg == "" || k.alg == alg) && slices.Contains(algorithmsOf(k.public), alg) {
			fitting.Keys = append(fitting.Keys, k.public)
		}
	}
	return fitting
}
