package inapp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

func identify(t *testing.T, o inapp.Options, token string) (user, name string, expires time.Time, err error) {
	t.Helper()
	c, err := inapp.New(o)
	if err != nil {
		t.Fatal(err)
	}
	who, err := c.Identify(context.Background(), token, now())
	return who.Peer.User, who.Name, who.Expires, err
}

func TestNewTellsAllMistakesAtOnce(t *testing.T) {
	_, err := inapp.New(inapp.Options{Secret: config.NewSecret("short")})
	if !fault.Is(err, fault.Config) {
		t.Fatalf("got %v", err)
	}
	for _, word := range []string{"account", "secret", "audience", "pushes"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the %s is not told: %v", word, err)
		}
	}
	if strings.Contains(err.Error(), "short") {
		t.Errorf("the secret is told: %v", err)
	}
}

func TestConnectorIsNotPrintedWithItsSecret(t *testing.T) {
	c, err := inapp.New(options(nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		text := fmt.Sprintf(verb, *c)
		if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprint([]byte(secret))) ||
			strings.Contains(text, fmt.Sprintf("%#v", []byte(secret))) {
			t.Errorf("%s prints the secret", verb)
		}
	}
}

func TestGoodTokens(t *testing.T) {
	base := claims(now())
	for name, c := range map[string]map[string]any{
		"plain":            base,
		"several aud":      with(base, "aud", []string{"other", audience}),
		"inside leeway":    with(base, "exp", now().Add(-29*time.Second).Unix()),
		"nbf in leeway":    with(base, "nbf", now().Add(29*time.Second).Unix()),
		"fraction":         with(base, "exp", float64(now().Unix())+0.5),
		"unknown claims":   with(base, "scope", map[string]any{"a": []int{1}}),
		"iat in future":    with(base, "iat", now().Add(time.Hour).Unix()),
		"128 bytes of sub": with(base, "sub", strings.Repeat("u", 128)),
	} {
		if user, _, _, err := identify(t, options(nil), token(c)); err != nil || user == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestIssuerIsCheckedOnlyIfConfigured(t *testing.T) {
	o := options(nil)
	o.Issuer = ""
	for _, iss := range []any{nil, "https://anybody.example"} {
		if _, _, _, err := identify(t, o, token(with(claims(now()), "iss", iss))); err != nil {
			t.Errorf("iss %v: %v", iss, err)
		}
	}
}

func TestTheConnectionEndsWhenSubmissionsWould(t *testing.T) {
	_, _, expires, err := identify(t, options(nil), token(claims(now())))
	if want := now().Add(time.Hour + 30*time.Second); err != nil || !expires.Equal(want) {
		t.Errorf("got %v, %v; want %v", expires, err, want)
	}
}

func TestNames(t *testing.T) {
	for name, c := range map[string]struct {
		said any
		want string
	}{
		"none":            {nil, ""},
		"plain":           {"王小明", "王小明"},
		"lines":           {" Li\r\n\tLei ", "Li Lei"},
		"controls":        {"L\x00i\x1b", "Li"},
		"nothing visible": {"\u200b\u202e", ""},
		"open override":   {"\u202eiL", "\u202eiL\u202c"},
		"long":            {strings.Repeat("长", 65), strings.Repeat("长", 64)},
		"cut in override": {strings.Repeat("长", 63) + "\u202eabc", ""},
	} {
		_, got, _, err := identify(t, options(nil), token(with(claims(now()), "name", c.said)))
		if err != nil || got != c.want || utf8.RuneCountInString(got) > 64 {
			t.Errorf("%s: got %+q, %v", name, got, err)
		}
	}
}
