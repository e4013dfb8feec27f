package scenario

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/config"
)

// secrets are those of testdata/zhida.yaml. None may ever be read in a log or an
// answer.
var secrets = map[string]string{
	"ZHIDA_DEPLOYMENT_KEY": base64.StdEncoding.EncodeToString([]byte("deployment-key-of-the-stories-00")),
	"ZHIDA_INAPP_SECRET":   "customers-secret-of-the-stories-0123456789",
	"ZHIDA_DESK_SECRET":    "agents-secret-of-the-stories-01234567890123",
	"ZHIDA_BOT_SECRET":     botSecret,
}

const botSecret = "bots-secret-of-the-stories-0123456789012345"

// shopFile is testdata/zhida.yaml, set up, with the slow bot if there is one.
func shopFile(t testing.TB, s Setup, b *slowBot) []byte {
	t.Helper()
	text, err := os.ReadFile("testdata/zhida.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if s.InApp != "" {
		before, rest, found := bytes.Cut(text, []byte("  inapp:\n"))
		_, after, ends := bytes.Cut(rest, []byte("\n\n"))
		if !found || !ends {
			t.Fatal("testdata/zhida.yaml has no block for the channel")
		}
		text = slices.Concat(before, []byte("  inapp: "+s.InApp+"\n\n"), after)
	}
	return append(withSMS(withSlack(withWeChat(text, s.wechat), s.slack), s.sms), b.settings()...)
}

func shop(t testing.TB, s Setup, b *slowBot) config.Config {
	t.Helper()
	all := maps.Clone(secrets)
	maps.Copy(all, weChatSecrets())
	maps.Copy(all, slackSecrets())
	values, err := config.Load(shopFile(t, s, b), func(name string) (string, bool) { v, ok := all[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// opening is when every story begins.
var opening = time.Date(2026, 3, 9, 9, 0, 0, 0, time.UTC)

// front is what every host has: an address that is called over HTTP, a time, a log
// that holds no secret, and a company that vouches for its customers.
type front struct {
	t   testing.TB
	url func() string
	now func() time.Time
	log *journal
	web *http.Client
}

func newFront(t testing.TB, url func() string, now func() time.Time) front {
	return front{t: t, url: url, now: now, log: &journal{}, web: &http.Client{Timeout: patience, Transport: &http.Transport{}}}
}

// Private is part of place.
func (f *front) Private(text string) { f.log.forbid(text) }

// user is an id that looks like nothing else, so that it can be searched for.
func (f *front) user(name string) string {
	f.log.forbid("user-of-" + name + "@shop")
	return "user-of-" + name + "@shop"
}

// Token is part of place. It lasts longer than any story.
func (f *front) Token(user string) string {
	return f.sign(jwt.SigningMethodHS256, []byte(secrets["ZHIDA_INAPP_SECRET"]), jwt.MapClaims{
		"sub": user, "name": "顾客", "aud": "zhida-inapp", "iss": "https://shop.example", "exp": f.now().Add(30 * 24 * time.Hour).Unix(),
	})
}

func (f *front) sign(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
	f.t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		f.t.Fatal(err)
	}
	f.log.forbid(token)
	return token
}

// Call is part of office.
func (f *front) Call(method, path, token string, body any) (int, []byte) {
	f.t.Helper()
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			f.t.Fatal(err)
		}
		reader = bytes.NewReader(data)
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return f.request(method, path, header, reader)
}

// request makes any request at all.
func (f *front) request(method, path string, header http.Header, body io.Reader) (int, []byte) {
	f.t.Helper()
	a := f.exchange(method, path, header, body)
	return a.StatusCode, a.body
}

// answered is an answer, read to its end.
type answered struct {
	*http.Response
	body []byte
}

// exchange makes any request at all, for a test that looks at headers.
func (f *front) exchange(method, path string, header http.Header, body io.Reader) answered {
	f.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, f.url()+path, body)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header = header
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	answer, err := f.web.Do(r)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }() // it is read to its end
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answered{answer, data}
}
