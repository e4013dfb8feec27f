package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"slices"

	"github.com/MicahParks/jwkset"
)

// key is a public key that the issuer signs tokens with.
type key struct {
	id     string // "" where the issuer gives it none
	alg    string // "" where the issuer does not say
	public crypto.PublicKey
}

// minRSA is the least length of an RSA key, in bits (RFC 7518, section 3.3).
const minRSA = 2048

// keysOf reads a key set. Keys that are for something else, or of a kind that no
// algorithm here uses, are left out, as RFC 7517, section 5, asks.
func keysOf(set []json.RawMessage) []key {
	var keys []key
	for _, raw := range set {
		var m jwkset.JWKMarshal
		if json.Unmarshal(raw, &m) != nil || m.USE != "" && m.USE != jwkset.UseSig ||
			len(m.KEYOPS) > 0 && !slices.Contains(m.KEYOPS, jwkset.KeyOpsVerify) {
			continue
		}
		// The certificates beside a key say nothing that the issuer's own address does not.
		m.X5C, m.X5T, m.X5TS256, m.X5U = nil, "", "", ""
		read, err := jwkset.NewJWKFromMarshal(m, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err == nil && strong(read.Key()) {
			keys = append(keys, key{m.KID, m.ALG.String(), read.Key()})
		}
	}
	return keys
}

func strong(public crypto.PublicKey) bool {
	switch public := public.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return public.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return true
	default:
		return false
	}
}

// fits reports whether a token that names a key and an algorithm may have been
// signed with it. A token need not name a key.
func (k key) fits(id, alg string) bool {
	return (id == "" || k.id == id) && (k.alg == "" || k.alg == alg)
}
