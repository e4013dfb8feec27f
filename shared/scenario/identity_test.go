package scenario

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
)

// door is a host whose customers come by other tokens than the backend's.
type door struct {
	wide
	tokens func(user string) string
}

func (d *door) Token(user string) string { return d.tokens(user) }

// submit submits a message over HTTP, and returns what became of it.
func submit(t *testing.T, h wide, token, id, text string) fault.Code {
	t.Helper()
	status, answer := h.Call(http.MethodPost, "/channels/inapp", token, map[string]any{
		"type": "message", "id": id, "at": h.Now().UnixMilli(), "text": text,
	})
	if status == http.StatusOK {
		return ""
	}
	return refusalIn(t, status, answer).Code
}

func refusalIn(t *testing.T, status int, answer []byte) fault.Public {
	t.Helper()
	var refused struct {
		Error fault.Public `json:"error"`
	}
	mustUnmarshal(t, answer, &refused)
	if fault.Table()[refused.Error.Code].Status != status {
		t.Errorf("%s with %d", refused.Error.Code, status)
	}
	return refused.Error
}

// TestCustomersOfAnIdentityProvider: a company whose customers come by the tokens of
// its identity provider, and that has no secret for them.
func TestCustomersOfAnIdentityProvider(t *testing.T) {
	t.Parallel()
	for name, start := range hosts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issuer := emulator.NewIssuer(t)
			h := start(t, Setup{
				InApp: fmt.Sprintf(`{ audience: zhida-inapp, issuer: "%s", jwks: "%[1]s/keys" }`, issuer.URL),
			}).(wide)
			issuer.Now = h.Now
			sign := func(user string) string {
				return issuer.Sign(issuer.Claims(user, map[string]any{"aud": "zhida-inapp", "name": "顾客"}))
			}
			identityProvider(t, h, issuer, sign)
			if b, is := h.(*binary); is { // an instance of Lambda's may be new, and know no keys
				providerDown(t, b, issuer, sign)
			}
		})
	}
}

func identityProvider(t *testing.T, h wide, issuer *emulator.Issuer, sign func(string) string) {
	t.Helper()
	if n := issuer.Asked("/keys"); n != 0 {
		t.Errorf("the provider was asked %d times before there was a token", n)
	}
	user := h.user("ann")
	ann := newClient(t, &door{wide: h, tokens: sign}, user)
	ann.Connect()
	if code := ann.Write("转人工"); code != "" {
		t.Fatal(code)
	}
	hears(t, ann, conversation.Bot, "已为您转人工…")
	key := issuer.Key()
	aud := map[string]any{"aud": "zhida-inapp"}
	other := emulator.NewIssuer(t)
	other.Now = h.Now
	for name, token := range map[string]string{
		"the backend's":              h.sign(jwt.SigningMethodHS256, []byte(secrets["ZHIDA_INAPP_SECRET"]), jwt.MapClaims(issuer.Claims(user, aud))),
		"the public key as a secret": h.sign(jwt.SigningMethodHS256, key.Private.N.Bytes(), jwt.MapClaims(issuer.Claims(user, aud))),
		"no kid":                     h.sign(jwt.SigningMethodRS256, key.Private, jwt.MapClaims(issuer.Claims(user, aud))),
		"none":                       h.sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, jwt.MapClaims(issuer.Claims(user, aud))),
		"for somebody else":          issuer.Sign(issuer.Claims(user, nil)),
		"by somebody else":           other.Sign(other.Claims(user, aud)),
	} {
		h.Private(token)
		if code := submit(t, h, token, "m-1", "您好"); code != fault.Unauthenticated {
			t.Errorf("%s: %q", name, code)
		}
	}
	if code := submit(t, h, sign(user), "m-2", "您好"); code != "" {
		t.Errorf("over HTTP: %q", code)
	}
	issuer.Rotate()
	h.Advance(time.Minute) // nobody asks more often
	if code := submit(t, h, sign(user), "m-3", "还在吗"); code != "" {
		t.Errorf("by a new key: %q", code)
	}
	if n := len(ann.History()); n < 4 {
		t.Errorf("one conversation has %d messages", n)
	}
}

// providerDown: who comes by a known key goes on.
func providerDown(t *testing.T, h wide, issuer *emulator.Issuer, sign func(string) string) {
	t.Helper()
	issuer.Down(true)
	asked := issuer.Asked("/keys")
	h.Advance(2 * time.Hour)
	if code := submit(t, h, sign(h.user("bob")), "m-1", "转人工"); code != "" || issuer.Asked("/keys") == asked {
		t.Errorf("a customer by a known key: %q", code)
	}
}
