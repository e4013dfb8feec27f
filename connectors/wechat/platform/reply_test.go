package platform

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// stopped is a clock whose timers never fire.
type stopped struct{ now time.Time }

func (s stopped) Now() time.Time                                 { return s.now }
func (s stopped) Timer(time.Duration) (<-chan time.Time, func()) { return nil, func() {} }

// TestReplyMustFitTheAccount answers one push in every mode and format by every kind of
// reply, and looks at the phone.
func TestReplyMustFitTheAccount(t *testing.T) {
	const key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	accounts := map[string]Account{
		"plain":           {Kind: Official, Mode: Plain, Format: XML},
		"compatible":      {Kind: Official, Mode: Compatible, Format: XML},
		"safe":            {Kind: Official, Mode: Safe, Format: XML},
		"safe json":       {Kind: MiniProgram, Mode: Safe, Format: JSON},
		"compatible json": {Kind: MiniProgram, Mode: Compatible, Format: JSON},
	}
	reply := func(user, kind, text string, format Format) []byte {
		return body(format, []field{{"ToUserName", user}, {"FromUserName", "gh_1"}, {"CreateTime", int64(1)}, {"MsgType", kind}, {"Content", text}})
	}
	inner := func(user, text string, format Format) []byte { return reply(user, "text", text, format) }
	clear := func(kind string) func(Account, string) []byte {
		return func(a Account, user string) []byte { return reply(user, kind, "hello", a.Format) }
	}
	sealed := func(kind, appID, token string) func(Account, string) []byte {
		return func(a Account, user string) []byte {
			decoded, err := aesKey(key)
			if err != nil {
				t.Fatal(err)
			}
			encrypted, err := seal(decoded, []byte(strings.Repeat("r", saltSize)), reply(user, kind, "hello", a.Format), appID)
			if err != nil {
				t.Fatal(err)
			}
			return body(a.Format, []field{{"Encrypt", encrypted}, {"MsgSignature", signature(token, "7", "8", encrypted)}, {"TimeStamp", int64(7)}, {"Nonce", "8"}})
		}
	}
	fixed := func(text string) func(Account, string) []byte {
		return func(Account, string) []byte { return []byte(text) }
	}
	replies := map[string]struct {
		make  func(Account, string) []byte
		shown string // in accounts named in takes: this; else the fault
		takes string
	}{
		"success":       {fixed("success"), "", "plain, compatible, safe, safe json, compatible json,"},
		"empty":         {fixed(""), "", "plain, compatible, safe, safe json, compatible json,"},
		"clear":         {clear("text"), "hello", "plain, compatible,"}, // mini-programs take no words
		"sealed":        {sealed("text", "wx1", "T"), "hello", "compatible, safe,"},
		"hand-over":     {clear(handOver), "", "plain, compatible, compatible json,"},
		"sealed so":     {sealed(handOver, "wx1", "T"), "", "compatible, safe, safe json, compatible json,"},
		"other app":     {sealed(handOver, "wx2", "T"), "", ""},
		"other token":   {sealed(handOver, "wx1", "U"), "", ""},
		"other user":    {func(a Account, _ string) []byte { return inner("somebody", "hello", a.Format) }, "", ""},
		"empty content": {func(a Account, user string) []byte { return inner(user, "", a.Format) }, "", ""},
		"too long":      {func(a Account, user string) []byte { return inner(user, strings.Repeat("字", 683), a.Format) }, "", ""},
		"words":         {fixed("ok"), "", ""},
		"page":          {fixed("<html><body>502</body></html>"), "", ""},
		"wrong format":  {fixed(`{"errcode":0`), "", ""},
	}
	for name, a := range accounts {
		for what, r := range replies {
			a.AppID, a.Secret, a.Original, a.Token, a.AESKey = "wx1", "s", "gh_1", "T", key
			shown := playReply(t, a, r.make)
			want := (&account{Account: a}).faultText()
			if strings.Contains(", "+r.takes, ", "+name+",") {
				want = r.shown
			}
			if shown != want {
				t.Errorf("%s account, %s reply: the phone shows %q, want %q", name, what, shown, want)
			}
		}
	}
}

// playReply has a user write, answers, and returns what their phone shows then.
func playReply(t *testing.T, a Account, reply func(Account, string) []byte) string {
	t.Helper()
	var u *User
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(reply(a, r.URL.Query().Get("openid")))
	}))
	defer hooks.Close()
	a.Webhook = hooks.URL
	p, err := New(Options{Clock: stopped{time.Unix(1_700_000_000, 0)}, Rand: rand.Reader, Client: hooks.Client()})
	if err == nil {
		err = p.AddAccount(a)
	}
	if err == nil {
		u, err = p.User("wx1", "me")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	u.following, u.followed = true, true
	d, err := u.Write("hi")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if _, err := d.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	shown := p.Phone(u)
	switch len(shown) {
	case 1:
		return ""
	case 2:
		if e := shown[1]; e.Who == Company && e.By != Passive {
			t.Errorf("shown as %+v", e)
		}
		return shown[1].Text
	}
	return fmt.Sprint(shown)
}
