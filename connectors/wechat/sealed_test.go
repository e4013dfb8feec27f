package wechat_test

import (
	"strings"
	"testing"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/secret"
	"github.com/zhida-project/zhida/shared/vault/sqlitevault"
)

// sealWith opens the vault anew, with another key.
func (b *bench) sealWith(t *testing.T, letter string) {
	t.Helper()
	v, err := sqlitevault.Open(t.Context(), b.file, sqlitevault.Options{Key: secret.New(strings.Repeat(letter, secret.KeySize)), Now: b.now})
	if err != nil {
		t.Fatal(err)
	}
	b.vault = v
}

// TestAnotherKeyOfTheVault is about what was kept with a key that was given up: nothing of it
// can be opened, and a new token takes its place.
func TestAnotherKeyOfTheVault(t *testing.T) {
	b := newBench(t)
	old, err := b.keeper(t, official).Token(t.Context(), official)
	wantToken(t, old, err, "TOKEN-"+official+"-0")
	if _, err := (wechat.Reader{Vault: b.vault}).Refused(t.Context(), official, old); !fault.Is(err, fault.ProviderAuth) {
		t.Fatal(err)
	}
	b.sealWith(t, "o")
	if err := b.keeper(t, official).Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.want(t, 2, 0)
	got, err := wechat.Reader{Vault: b.vault}.Token(t.Context(), official)
	wantToken(t, got, err, "TOKEN-"+official+"-0")
	if _, err := (wechat.Reader{Vault: b.vault}).Refused(t.Context(), official, got); !fault.Is(err, fault.ProviderAuth) {
		t.Errorf("a refusal cannot be noted: %v", err)
	}
}
