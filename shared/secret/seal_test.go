package secret_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/zhida-project/zhida/shared/secret"
)

func sealer(t *testing.T, first byte) secret.Sealer {
	t.Helper()
	s, err := secret.NewSealer(append([]byte{first}, make([]byte, secret.KeySize-1)...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealedComesBack(t *testing.T) {
	s := sealer(t, 1)
	one, two := s.Seal(secret.New(word), "here"), s.Seal(secret.New(word), "here")
	if bytes.Equal(one, two) {
		t.Error("the same value was sealed the same way twice")
	}
	for _, sealed := range [][]byte{one, two} {
		if bytes.Contains(sealed, []byte(word[:8])) {
			t.Error("the sealed value can be read")
		}
		if v, err := s.Open(sealed, "here"); err != nil || string(v.Reveal()) != word {
			t.Errorf("opened %q, %v", v.Reveal(), err)
		}
	}
}

func TestBrokenSealsAreRefused(t *testing.T) {
	s := sealer(t, 1)
	sealed := s.Seal(secret.New(word), "here")
	refuse := func(what string, s secret.Sealer, sealed []byte, place string) {
		t.Helper()
		if v, err := s.Open(sealed, place); !errors.Is(err, secret.ErrSealed) || !v.Empty() {
			t.Errorf("%s: opened %d bytes, %v", what, len(v.Reveal()), err)
		}
	}
	for i := range sealed {
		flipped := slices.Clone(sealed)
		flipped[i] ^= 1
		refuse("a flipped bit", s, flipped, "here")
		refuse("a cut", s, sealed[:i], "here")
	}
	refuse("another place", s, sealed, "there")
	refuse("no place", s, sealed, "")
	refuse("another key", sealer(t, 2), sealed, "here")
}

func TestKeysHaveOneSize(t *testing.T) {
	for _, size := range []int{0, 16, 31, 33} {
		if _, err := secret.NewSealer(make([]byte, size)); err == nil {
			t.Errorf("a key of %d bytes was taken", size)
		}
	}
}

func TestDerivedKeysServeOnePurpose(t *testing.T) {
	derive := func(key, purpose string) []byte {
		derived, err := secret.Derive(secret.New(key), purpose)
		if err != nil || len(derived) != secret.KeySize {
			t.Fatalf("%d bytes, %v", len(derived), err)
		}
		return derived
	}
	one := derive(word, "one")
	if !bytes.Equal(one, derive(word, "one")) {
		t.Error("the same key and purpose gave two keys")
	}
	if bytes.Equal(one, derive(word, "two")) || bytes.Equal(one, derive(word+"!", "one")) {
		t.Error("another purpose, or another key, gave the same key")
	}
	for _, short := range []string{"", word[:31]} {
		if _, err := secret.Derive(secret.New(short), "one"); err == nil {
			t.Errorf("a key of %d bytes was taken", len(short))
		}
	}
}
