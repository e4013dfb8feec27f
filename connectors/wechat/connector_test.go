package wechat_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/channel/channeltest"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// The accounts of all tests. Token, key and AppID of the second are those of WeChat's
// documents, and of the third those of its sample programs.
const (
	plainID  = "wxplain000000001"
	safeID   = "wxba5fad812f8e6fb9"
	sampleID = "wx2c2769f8efd9abc2"
	turnID   = "wxturning0000001" // its key is being changed
	docsID   = "wxplaindocs00001" // as the second, in plain mode
	menuID   = "wxmenus000000001" // it sends menus

	docsToken   = "AAAAA"
	sampleToken = "spamtest"
	plainToken  = "a token of the tests"
	docsKey     = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	sampleKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

func accounts() []wechat.Account {
	of := config.NewSecret
	return []wechat.Account{
		{ID: plainID, Kind: wechat.Official, Token: of(plainToken)},
		{ID: safeID, Original: "gh_97417a04a28d", Kind: wechat.MiniProgram, Token: of(docsToken), AESKey: of(docsKey)},
		{ID: sampleID, Original: "gh_10f6c3c3ac5a", Kind: wechat.Official, Token: of(sampleToken), AESKey: of(sampleKey)},
		{ID: turnID, Kind: wechat.Official, Token: of(sampleToken), AESKey: of(sampleKey), PreviousAESKey: of(docsKey)},
		{ID: docsID, Kind: wechat.Official, Token: of(docsToken)},
		{ID: menuID, Kind: wechat.Official, Token: of(plainToken), Menus: true},
	}
}

func now() time.Time { return time.Unix(1_714_112_446, 0).UTC() }

type tokens struct{}

const accessToken = "an access token of the tests"

func (tokens) Token(context.Context, string) (config.Secret, error) {
	return config.NewSecret(accessToken), nil
}

func (tokens) Refused(context.Context, string, config.Secret) (config.Secret, error) {
	return config.Secret{}, fault.New(fault.ProviderAuth, "test", "another token comes soon")
}

// zeros are pinned chance.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func options(api string) wechat.Options {
	return wechat.Options{Accounts: accounts(), API: api, Client: &http.Client{}, Tokens: tokens{}, Rand: zeros{}}
}

func connector(t testing.TB, o wechat.Options) *wechat.Connector {
	t.Helper()
	c, err := wechat.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func accountOf(r channel.Request) (a wechat.Account) {
	for _, a = range accounts() {
		if strings.HasSuffix(r.Path, a.ID) {
			break
		}
	}
	return a
}

// sha is WeChat's signature, made without the library that the connector uses.
func sha(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// encrypt is what WeChat does, made without the library that the connector uses.
func encrypt(key, random, message, id string) string {
	raw, err := base64.StdEncoding.DecodeString(key + "=")
	if err != nil {
		panic(err)
	}
	text := binary.BigEndian.AppendUint32([]byte(random), uint32(len(message)))
	text = append(append(text, message...), id...)
	pad := 32 - len(text)%32
	text = append(text, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(raw)
	if err != nil {
		panic(err)
	}
	cipher.NewCBCEncrypter(block, raw[:16]).CryptBlocks(text, text)
	return base64.StdEncoding.EncodeToString(text)
}

func decrypt(t *testing.T, key, text string) (message, id string) {
	t.Helper()
	raw, _ := base64.StdEncoding.DecodeString(key + "=")
	plain, err := base64.StdEncoding.DecodeString(text)
	block, bad := aes.NewCipher(raw)
	if err != nil || bad != nil || len(plain)%32 != 0 || len(plain) == 0 {
		t.Fatalf("not encrypted as WeChat wants it: %q", text)
	}
	cipher.NewCBCDecrypter(block, raw[:16]).CryptBlocks(plain, plain)
	plain = plain[:len(plain)-int(plain[len(plain)-1])]
	end := 20 + binary.BigEndian.Uint32(plain[16:20])
	return string(plain[20:end]), string(plain[end:])
}

// sign does what WeChat does to a call of the account that its path names.
func sign(r channel.Request) channel.Request { return signWith(r, accountOf(r)) }

func signWith(r channel.Request, a wechat.Account) channel.Request {
	token, stamp, nonce := string(a.Token.Reveal()), strconv.FormatInt(r.At.Unix(), 10), "1320562132"
	query := url.Values{}
	maps.Copy(query, r.Query)
	query.Set("timestamp", stamp)
	query.Set("nonce", nonce)
	query.Set("signature", sha(token, stamp, nonce))
	if !a.AESKey.Empty() && r.Method == http.MethodPost {
		text := encrypt(string(a.AESKey.Reveal()), "aaaabbbbccccdddd", string(r.Body), a.ID)
		query.Set("encrypt_type", "aes")
		query.Set("msg_signature", sha(token, stamp, nonce, text))
		r.Body = []byte("<xml><ToUserName><![CDATA[x]]></ToUserName><Encrypt><![CDATA[" + text + "]]></Encrypt></xml>")
	}
	r.Query = query
	return r
}

func with(r channel.Request, name, value string) channel.Request {
	query := url.Values{}
	maps.Copy(query, r.Query)
	query.Set(name, value)
	r.Query = query
	return r
}

// post is a call of an account's, signed.
func post(id, body string) channel.Request {
	return sign(channel.Request{Method: http.MethodPost, Path: "/channels/wechat/" + id, At: now(), Body: []byte(body)})
}

const sampleBody = `<xml><ToUserName><![CDATA[gh_10f6c3c3ac5a]]></ToUserName><FromUserName><![CDATA[oyORnuP8q7ou2gfYjqLzSIWZf0rs]]></FromUserName>` +
	`<CreateTime>1714112445</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[我要找真人客服，谢谢]]></Content><MsgId>6054768590064713728</MsgId></xml>`

func forgeries() map[string]func(channel.Request) channel.Request {
	return map[string]func(channel.Request) channel.Request{
		"unsigned": func(r channel.Request) channel.Request { return r },
		"forged": func(r channel.Request) channel.Request {
			r = sign(r)
			s := r.Query.Get("msg_signature")
			return with(r, "msg_signature", strings.Map(func(c rune) rune { return '0' + (c-'0'+1)%10 }, s[:1])+s[1:])
		},
		"foreign": func(r channel.Request) channel.Request {
			a := accountOf(r)
			a.Token = config.NewSecret("another token")
			return signWith(r, a)
		},
		"stale": func(r channel.Request) channel.Request {
			r = sign(r)
			r.At = r.At.Add(10*time.Minute + time.Second)
			return r
		},
		"ahead": func(r channel.Request) channel.Request {
			r = sign(r)
			r.At = r.At.Add(-10*time.Minute - time.Second)
			return r
		},
		"altered": func(r channel.Request) channel.Request {
			r = sign(r)
			r.Body = bytes.Replace(r.Body, []byte("<Encrypt><![CDATA["), []byte("<Encrypt><![CDATA[AAAA"), 1)
			return r
		},
		"for another AppID": func(r channel.Request) channel.Request {
			a := accountOf(r)
			a.ID = safeID
			return signWith(r, a)
		},
		"another key": func(r channel.Request) channel.Request {
			a := accountOf(r)
			a.AESKey = config.NewSecret(docsKey)
			return signWith(r, a)
		},
		"the signature of the plain half": func(r channel.Request) channel.Request {
			r = sign(r)
			return with(r, "msg_signature", r.Query.Get("signature"))
		},
		"no msg_signature": func(r channel.Request) channel.Request { return with(sign(r), "msg_signature", "") },
		"a piece of the msg_signature": func(r channel.Request) channel.Request {
			r = sign(r)
			return with(r, "msg_signature", r.Query.Get("msg_signature")[:20])
		},
		"no downgrade": func(r channel.Request) channel.Request { // a plain call with a signature that is good
			body := r.Body
			r = sign(r)
			r.Body = body
			r.Query.Del("encrypt_type")
			return r
		},
		"no downgrade to raw":         func(r channel.Request) channel.Request { return with(sign(r), "encrypt_type", "raw") },
		"no timestamp":                func(r channel.Request) channel.Request { return with(sign(r), "timestamp", "") },
		"a timestamp that is no time": func(r channel.Request) channel.Request { return with(sign(r), "timestamp", "9223372036854775807") },
	}
}

func harness() channeltest.Harness {
	return channeltest.Harness{
		Connector: func(t testing.TB, d *channeltest.Double) channel.Connector { return connector(t, options(d.URL())) },
		Secrets:   []string{docsToken, sampleToken, plainToken, docsKey, sampleKey, accessToken, url.QueryEscape(accessToken)},
		WithoutSecret: func() error {
			o := options("")
			o.Accounts[0].Token = config.NewSecret("")
			_, err := wechat.New(o)
			return err
		},
		Call: channel.Request{
			Method: http.MethodPost, Path: "/channels/wechat/" + sampleID, Header: http.Header{"Content-Type": {"text/xml"}}, At: now(), Body: []byte(sampleBody),
		},
		Sign:      sign,
		Forgeries: forgeries(),
		Sending: channeltest.Sending{
			HTTP: true, Yes: channeltest.Reply{Body: `{"errcode":0,"errmsg":"ok"}`},
			Sample: channel.Outbound{
				Peer: conversation.Peer{Channel: wechat.Name, Account: plainID, User: "oyORnuP8q7ou2gfYjqLzSIWZf0rs"},
				Message: conversation.Message{
					Conversation: "abcdefghijklmnopqrstuvwxyz", Key: conversation.OwnKey(now(), "answer", 0),
					Author: conversation.Bot, Purpose: conversation.Answer, Parts: conversation.TextParts("您好，请问有什么可以帮您？"),
				},
				Language: conversation.Chinese, Attempt: 1,
			},
			Refusals: refusals(),
		},
	}
}

func TestConnector(t *testing.T) { channeltest.Run(t, harness()) }

func FuzzReceive(f *testing.F) {
	requests, err := channeltest.Requests(harness())
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range requests {
		f.Add(r.Body, false)
		f.Add(r.Body, true)
	}
	f.Add([]byte(scanned(`{"ScanType":"qrcode","ScanResult":"1"}`)), false) // no published example of it is JSON
	h, c := harness(), connector(f, options(""))
	f.Fuzz(func(t *testing.T, body []byte, sealed bool) {
		r := h.Call
		r.Body = body
		channeltest.Fuzz(t, c, h, h.Sign(r)) // what an encrypted call holds
		r.Path = "/channels/wechat/" + plainID
		channeltest.Fuzz(t, c, h, h.Sign(r)) // a plain call
		if sealed {
			a := accountOf(h.Call)
			stamp := strconv.FormatInt(r.At.Unix(), 10)
			r = channel.Request{Method: r.Method, Path: h.Call.Path, At: r.At, Body: body, Query: url.Values{
				"timestamp": {stamp}, "nonce": {"1"}, "encrypt_type": {"aes"}, "msg_signature": {sha(string(a.Token.Reveal()), stamp, "1", string(body))},
			}}
			channeltest.Fuzz(t, c, h, r) // an envelope
			r.Body = []byte("<xml><Encrypt><![CDATA[" + string(body) + "]]></Encrypt></xml>")
			channeltest.Fuzz(t, c, h, r) // what is no ciphertext, and signed
		}
	})
}
