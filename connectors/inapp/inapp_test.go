package inapp_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"hash"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/channel/channeltest"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

const (
	account  = "shop"
	audience = "zhida:shop"
	issuer   = "https://shop.example"
	secret   = "a secret of the tests, 32 bytes or more"
	foreign  = "another secret, as long as the first one"
)

func now() time.Time { return time.UnixMilli(1_760_000_000_000).UTC() }

// options are those of a shop, pushing to the double.
func options(d *channeltest.Double) inapp.Options {
	return inapp.Options{
		Account: account, Secret: config.NewSecret(secret), Audience: audience, Issuer: issuer, Push: pusher{d},
	}
}

type pusher struct{ double *channeltest.Double }

func (p pusher) Push(ctx context.Context, topic string, frame any) error {
	return p.double.Take(ctx, map[string]any{"topic": topic, "frame": frame})
}

func connector(t testing.TB, d *channeltest.Double) channel.Connector {
	t.Helper()
	c, err := inapp.New(options(d))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// claims are those of the customer in all tests, at a time.
func claims(at time.Time) map[string]any {
	return map[string]any{
		"iss": issuer, "aud": audience, "sub": "customer-4711", "name": "王小明", "exp": at.Add(time.Hour).Unix(),
	}
}

func with(claims map[string]any, name string, value any) map[string]any {
	changed := maps.Clone(claims)
	changed[name] = value
	if value == nil {
		delete(changed, name)
	}
	return changed
}

// mint makes a token by hand, as RFC 7515 says, so that the library is not
// tested with itself.
func mint(header string, claims map[string]any, key string, sum func() hash.Hash) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	if sum == nil {
		return signed + "."
	}
	mac := hmac.New(sum, []byte(key))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func token(claims map[string]any) string {
	return mint(`{"alg":"HS256","typ":"JWT"}`, claims, secret, sha256.New)
}

func bearing(token string) func(channel.Request) channel.Request {
	return func(r channel.Request) channel.Request {
		r.Header = r.Header.Clone()
		r.Header.Set("Authorization", "Bearer "+token)
		return r
	}
}

func sign(r channel.Request) channel.Request { return bearing(token(claims(r.At)))(r) }

// badTokens are all that must not be believed at now.
func badTokens() map[string]string {
	good := claims(now())
	whole := token(good)
	dot := strings.LastIndex(whole, ".")
	altered := token(with(good, "sub", "somebody-else"))
	forged := whole[:dot+1] + flip(whole[dot+1:])
	return map[string]string{
		"unsigned":              "",
		"forged":                forged,
		"foreign":               mint(`{"alg":"HS256"}`, good, foreign, sha256.New),
		"stale":                 token(with(good, "exp", now().Add(-time.Hour).Unix())),
		"altered claims":        altered[:strings.LastIndex(altered, ".")] + whole[dot:],
		"alg none":              mint(`{"alg":"none"}`, good, "", nil),
		"alg None":              mint(`{"alg":"None"}`, good, "", nil),
		"alg none signed":       mint(`{"alg":"none"}`, good, secret, sha256.New),
		"alg HS512":             mint(`{"alg":"HS512"}`, good, secret, sha512.New),
		"alg HS384":             mint(`{"alg":"HS384"}`, good, secret, sha512.New384),
		"alg RS256":             mint(`{"alg":"RS256"}`, good, secret, sha256.New),
		"alg hs256":             mint(`{"alg":"hs256"}`, good, secret, sha256.New),
		"alg missing":           mint(`{}`, good, secret, sha256.New),
		"critical extension":    mint(`{"alg":"HS256","crit":["exp"]}`, good, secret, sha256.New),
		"signature cut off":     whole[:dot+1],
		"two parts":             whole[:dot],
		"four parts":            whole + ".x",
		"no JSON":               "YQ.YQ.YQ",
		"white space inside":    whole[:dot] + " " + whole[dot:],
		"line break inside":     whole[:dot+3] + "\n" + whole[dot+3:],
		"padded":                whole + "=",
		"huge":                  token(with(good, "name", strings.Repeat("x", 5000))),
		"no exp":                token(with(good, "exp", nil)),
		"exp is text":           token(with(good, "exp", "tomorrow")),
		"exp beyond the leeway": token(with(good, "exp", now().Add(-61*time.Second).Unix())),
		"exp without end":       token(with(good, "exp", 1e300)),
		"not yet":               token(with(good, "nbf", now().Add(61*time.Second).Unix())),
		"no aud":                token(with(good, "aud", nil)),
		"other aud":             token(with(good, "aud", "zhida:other")),
		"no iss":                token(with(good, "iss", nil)),
		"other iss":             token(with(good, "iss", "https://evil.example")),
		"no sub":                token(with(good, "sub", nil)),
		"empty sub":             token(with(good, "sub", "")),
		"long sub":              token(with(good, "sub", strings.Repeat("u", 129))),
		"control in sub":        token(with(good, "sub", "customer\n4711")),
		"sub is a number":       token(with(good, "sub", 4711)),
	}
}

// flip changes the first character of a signature: in the last, some bits mean nothing.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

func harness() channeltest.Harness {
	forgeries := make(map[string]func(channel.Request) channel.Request)
	for name, token := range badTokens() {
		forgeries[name] = bearing(token)
	}
	forgeries["unsigned"] = func(r channel.Request) channel.Request { return r }
	forgeries["two headers"] = func(r channel.Request) channel.Request {
		r = sign(r)
		r.Header.Add("Authorization", r.Header.Get("Authorization"))
		return r
	}
	forgeries["basic"] = func(r channel.Request) channel.Request {
		r = sign(r)
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "Bearer", "Basic", 1))
		return r
	}
	tokens := badTokens()
	return channeltest.Harness{
		Connector: connector,
		Secrets:   []string{secret},
		WithoutSecret: func() error {
			_, err := inapp.New(inapp.Options{Account: account, Audience: audience, Push: pusher{}})
			return err
		},
		Call: channel.Request{
			Method: http.MethodPost, Header: http.Header{"Content-Type": {"application/json"}}, At: now(),
			Body: []byte(`{"type":"message","id":"m-1","at":1760000000000,"text":"我要找真人客服，谢谢"}`),
		},
		Sign:      sign,
		Forgeries: forgeries,
		Exempt:    map[string]string{"altered": "a bearer token vouches for who calls, TLS for what"},
		Sending: channeltest.Sending{Sample: channel.Outbound{
			Peer: conversation.Peer{Channel: inapp.Name, Account: account, User: "customer-4711"},
			Message: conversation.Message{
				Conversation: "abcdefghijklmnopqrstuvwxyz", Key: conversation.OwnKey(now(), "answer", 0),
				Author: conversation.Bot, Purpose: conversation.Answer, Parts: conversation.TextParts("您好，请问有什么可以帮您？"),
			},
			Language: conversation.Chinese, Attempt: 1,
		}},
		Live: &channeltest.Live{Token: token(claims(now())), BadTokens: tokens},
	}
}

func TestConnector(t *testing.T) { channeltest.Run(t, harness()) }

func FuzzReceive(f *testing.F) {
	requests, err := channeltest.Requests(harness())
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range requests {
		f.Add(r.Body)
	}
	c, err := inapp.New(options(nil))
	if err != nil {
		f.Fatal(err)
	}
	h := harness()
	f.Fuzz(func(t *testing.T, body []byte) {
		r := h.Call
		r.Body = body
		channeltest.Fuzz(t, c, h, h.Sign(r))
	})
}

func FuzzIdentify(f *testing.F) {
	for _, token := range badTokens() {
		f.Add(token)
	}
	f.Add(token(claims(now())))
	c, err := inapp.New(options(nil))
	if err != nil {
		f.Fatal(err)
	}
	h := harness()
	f.Fuzz(func(t *testing.T, token string) {
		channeltest.Fuzz(t, c, h, bearing(token)(h.Call))
	})
}
