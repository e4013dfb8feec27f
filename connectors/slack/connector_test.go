package slack_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/slack"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/channel/channeltest"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// The secret of https://docs.slack.dev/authentication/verifying-requests-from-slack.
const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5"

const accessToken = "xoxb-the-token-of-the-tests"

func now() time.Time { return time.Unix(1_531_420_618, 0).UTC() }

// tokens has one token, and no other.
type tokens struct{}

func (tokens) Token(context.Context, string) (config.Secret, error) {
	return config.NewSecret(accessToken), nil
}

func (tokens) Refused(context.Context, string, config.Secret) (config.Secret, error) {
	return config.Secret{}, fault.New(fault.RecipientGone, "test", "there is no other")
}

func (tokens) Forget(context.Context, string, time.Time) error { return nil }

func options(api string) slack.Options {
	return slack.Options{SigningSecret: config.NewSecret(signingSecret), API: api + "/", Client: &http.Client{}, Tokens: tokens{}}
}

func connector(t testing.TB, o slack.Options) *slack.Connector {
	t.Helper()
	if o.API == "/" {
		o.API = ""
	}
	c, err := slack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signWith signs a call as Slack does.
func signWith(r channel.Request, secret string) channel.Request {
	stamp := strconv.FormatInt(r.At.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":" + string(r.Body)))
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("X-Slack-Request-Timestamp", stamp)
	r.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return r
}

func sign(r channel.Request) channel.Request { return signWith(r, signingSecret) }

// says is an event of the channel where customers write to the app.
func says(text, rest string) string {
	return `{"type":"event_callback","team_id":"T1","event_id":"Ev1","event_time":1531420617,` +
		`"authorizations":[{"team_id":"T1","user_id":"UAPP","is_bot":true,"is_enterprise_install":false}],` +
		`"event":{"type":"message","channel":"D1","channel_type":"im","user":"U1","text":"` + text + `","ts":"1531420617.000100","event_ts":"1531420617.000100"` + rest + `}}`
}

// call is an event, signed.
func call(body string) channel.Request {
	return sign(channel.Request{Method: http.MethodPost, Path: "/channels/slack/", Header: http.Header{"Content-Type": {"application/json"}}, At: now(), Body: []byte(body)})
}

func formCall(form url.Values) channel.Request {
	return sign(channel.Request{
		Method: http.MethodPost, Path: "/channels/slack/", Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, At: now(), Body: []byte(form.Encode()),
	})
}

func forgeries() map[string]func(channel.Request) channel.Request {
	header := func(r channel.Request, name, value string) channel.Request {
		r.Header.Set(name, value)
		return r
	}
	return map[string]func(channel.Request) channel.Request{
		"unsigned": func(r channel.Request) channel.Request { return r },
		"forged": func(r channel.Request) channel.Request {
			r = sign(r)
			s := r.Header.Get("X-Slack-Signature")
			last := byte('0')
			if s[len(s)-1] == last {
				last = '1'
			}
			return header(r, "X-Slack-Signature", s[:len(s)-1]+string(last))
		},
		"foreign": func(r channel.Request) channel.Request { return signWith(r, "another secret") },
		"stale": func(r channel.Request) channel.Request {
			r = sign(r)
			r.At = r.At.Add(5*time.Minute + time.Second)
			return r
		},
		"early": func(r channel.Request) channel.Request {
			r = sign(r)
			r.At = r.At.Add(-5*time.Minute - time.Second)
			return r
		},
		"altered": func(r channel.Request) channel.Request {
			r = sign(r)
			r.Body = []byte(strings.Replace(string(r.Body), "U1", "U2", 1))
			return r
		},
		"a piece": func(r channel.Request) channel.Request {
			r = sign(r)
			return header(r, "X-Slack-Signature", r.Header.Get("X-Slack-Signature")[:20])
		},
		"another version": func(r channel.Request) channel.Request {
			r = sign(r)
			return header(r, "X-Slack-Signature", "v1"+r.Header.Get("X-Slack-Signature")[2:])
		},
		"no timestamp": func(r channel.Request) channel.Request { return header(sign(r), "X-Slack-Request-Timestamp", "") },
		"another time": func(r channel.Request) channel.Request {
			return header(sign(r), "X-Slack-Request-Timestamp", "1531420619")
		},
		"no time at all": func(r channel.Request) channel.Request {
			return header(sign(r), "X-Slack-Request-Timestamp", "9223372036854775807")
		},
	}
}

func no(name string) channeltest.Reply {
	return channeltest.Reply{Body: `{"ok":false,"error":"` + name + `"}`}
}

func harness() channeltest.Harness {
	return channeltest.Harness{
		Connector: func(t testing.TB, d *channeltest.Double) channel.Connector { return connector(t, options(d.URL())) },
		Secrets:   []string{signingSecret, accessToken},
		WithoutSecret: func() error {
			o := options("")
			o.API, o.SigningSecret = "", config.NewSecret("")
			_, err := slack.New(o)
			return err
		},
		Call:      channel.Request{Method: http.MethodPost, Path: "/channels/slack/", Header: http.Header{"Content-Type": {"application/json"}}, At: now(), Body: []byte(says("我要找真人客服，谢谢", ""))},
		Sign:      sign,
		Forgeries: forgeries(),
		Sending: channeltest.Sending{
			Written: strings.NewReplacer("&", "&amp;").Replace,
			HTTP:    true, Yes: channeltest.Reply{Body: `{"ok":true,"channel":"D1","ts":"1531420620.000200","message":{"text":"x"}}`},
			Sample: sample(conversation.Peer{Channel: slack.Name, Account: "T1", User: "U1"}, "您好，请问有什么可以帮您？"),
			Refusals: map[string]channeltest.Refusal{
				"revoked":      {Reply: no("token_revoked"), Want: fault.RecipientGone},
				"inactive":     {Reply: no("account_inactive"), Want: fault.RecipientGone},
				"scope":        {Reply: no("missing_scope"), Want: fault.ProviderAuth},
				"limited":      {Reply: no("ratelimited"), Want: fault.ProviderBusy},
				"gone":         {Reply: no("channel_not_found"), Want: fault.RecipientGone},
				"archived":     {Reply: no("is_archived"), Want: fault.RecipientGone},
				"not there":    {Reply: no("not_in_channel"), Want: fault.RecipientGone},
				"long":         {Reply: no("msg_too_long"), Want: fault.TextTooLong},
				"empty":        {Reply: no("no_text"), Want: fault.BadText},
				"unknown":      {Reply: no("something_new"), Want: fault.ProviderRefused},
				"its own fail": {Reply: no("internal_error"), Want: fault.Uncertain},
				"no, silently": {Reply: channeltest.Reply{Body: `{"ok":false}`}, Want: fault.Uncertain}, // which the library takes for a yes
				"nothing":      {Reply: channeltest.Reply{Body: `{}`}, Want: fault.Uncertain},
				"endless":      {Reply: channeltest.Reply{Body: `{"ok":true,"ts":"1.2","pad":"` + strings.Repeat("x", 10<<20) + `"}`}, Want: fault.Uncertain},
				"moved":        {Reply: channeltest.Reply{Status: http.StatusFound, Header: map[string]string{"Location": "https://evil.example/"}}, Want: fault.ProviderRefused},
			},
		},
	}
}

func sample(p conversation.Peer, text string) channel.Outbound {
	return channel.Outbound{
		Peer: p, Message: conversation.Message{
			Conversation: "abcdefghijklmnopqrstuvwxyz", Key: conversation.OwnKey(now(), "answer", 0),
			Author: conversation.Bot, Purpose: conversation.Answer, Parts: conversation.TextParts(text),
		},
		Language: conversation.Chinese, Attempt: 1,
	}
}

func TestConnector(t *testing.T) { channeltest.Run(t, harness()) }

func FuzzReceive(f *testing.F) {
	requests, err := channeltest.Requests(harness())
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range requests {
		f.Add(r.Body, r.Header.Get("Content-Type") == "application/json")
	}
	h, c := harness(), connector(f, options(""))
	f.Fuzz(func(t *testing.T, body []byte, json bool) {
		r := h.Call
		r.Body, r.Header = body, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
		if json {
			r.Header.Set("Content-Type", "application/json")
		}
		channeltest.Fuzz(t, c, h, h.Sign(r))
	})
}
