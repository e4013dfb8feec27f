package platform

import (
	"bytes"
	"encoding/json"
	"os"
	"strconv"
	"testing"
)

type vectors struct {
	Token      string
	AESKey     string `json:"aes_key"`
	AppID      string
	Signatures []struct {
		Parts     []string
		Signature string
	}
	Sealed []struct{ Salt, Message, Encrypt string }
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestPublishedSignaturesAndCiphers(t *testing.T) {
	var v vectors
	readJSON(t, "testdata/push/vectors.json", &v)
	for _, s := range v.Signatures {
		if got := signature(append(s.Parts, v.Token)...); got != s.Signature {
			t.Errorf("signature of %q is %s, want %s", s.Parts, got, s.Signature)
		}
	}
	key, err := aesKey(v.AESKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range v.Sealed {
		sealed, err := seal(key, []byte(s.Salt), []byte(s.Message), v.AppID)
		if err != nil || sealed != s.Encrypt {
			t.Errorf("sealed %q as %s (%v), want %s", s.Message, sealed, err, s.Encrypt)
		}
		opened, err := unseal(key, s.Encrypt, v.AppID)
		if err != nil || !bytes.Equal(opened, []byte(s.Message)) {
			t.Errorf("unsealed %q (%v), want %q", opened, err, s.Message)
		}
		if _, err := unseal(key, s.Encrypt, "wx0000000000000000"); err == nil {
			t.Error("another account could read it")
		}
	}
	for _, bad := range []string{"", "AAAA", "!", v.Sealed[0].Encrypt[:64]} {
		if _, err := unseal(key, bad, v.AppID); err == nil {
			t.Errorf("unsealed %q", bad)
		}
	}
}

func TestErrmsgsAreWeChats(t *testing.T) {
	published := map[string]string{}
	readJSON(t, "testdata/errcode/errmsgs.json", &published)
	for code, want := range published {
		n, err := strconv.Atoi(code)
		if err != nil || errmsgs[n] != want {
			t.Errorf("errmsg of %s is %q, want %q", code, errmsgs[n], want)
		}
	}
}

func TestEscapesAreFound(t *testing.T) {
	for body, want := range map[string]bool{
		`{"a":"\u4f60"}`: true, `{"a":"\\u4f60"}`: false, `{"a":"\\\u003c"}`: true, `{"a":"你\n"}`: false, `{"a":"u"}`: false,
	} {
		if escaped([]byte(body)) != want {
			t.Errorf("escaped(%s) is %t", body, !want)
		}
	}
}
