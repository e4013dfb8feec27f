package store

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// Scope names what a Turn is of, without saying whom.
func Scope(of ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(of, "\n")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
