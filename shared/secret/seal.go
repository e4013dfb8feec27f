package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// KeySize is the length of a sealing key, in bytes.
const KeySize = 32

// ErrSealed says that what was sealed cannot be opened: it was altered, belongs
// somewhere else, or was sealed with another key.
var ErrSealed = errors.New("the seal is broken, or another's")

// Sealer seals values for where others may read, with AES-256-GCM. It is safe for
// concurrent use. The zero Sealer cannot be used.
type Sealer struct{ aead cipher.AEAD }

// NewSealer takes a key of KeySize random bytes. One key seals up to 2^32 values.
func NewSealer(key []byte) (Sealer, error) {
	if len(key) != KeySize {
		return Sealer{}, fmt.Errorf("a sealing key has %d bytes, not %d", KeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Sealer{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return Sealer{aead}, err
}

// Seal returns v so that only Open with the same key and place reads it. place says
// where the sealed value belongs; it is not kept in it.
func (s Sealer) Seal(v Value, place string) []byte {
	return s.aead.Seal(nil, nil, v.Reveal(), []byte(place))
}

// Open returns what was sealed for that place. Its only error is ErrSealed.
func (s Sealer) Open(sealed []byte, place string) (Value, error) {
	text, err := s.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return Value{}, ErrSealed
	}
	return New(string(text)), nil
}

// Derive returns KeySize bytes that serve one purpose, and say nothing of the key
// that they are derived from (HKDF-SHA256). It needs a key of at least as many.
func Derive(key Value, purpose string) ([]byte, error) {
	raw := key.Reveal()
	if len(raw) < KeySize || purpose == "" {
		return nil, fmt.Errorf("a key of at least %d bytes and a purpose are needed", KeySize)
	}
	return hkdf.Key(sha256.New, raw, nil, purpose, KeySize)
}
