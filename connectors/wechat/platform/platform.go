package platform

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/simulation"
)

// Clock is the time that WeChat lives by; shared/queue.Clock is one.
type Clock = simulation.Clock

// Options are what a Platform needs; all but Log and Faults are required.
type Options struct {
	Clock  Clock
	Rand   io.Reader    // for ids, tokens, nonces and salts
	Client *http.Client // for calls of webhooks; WeChat's own five seconds go by Clock
	Log    *slog.Logger // what was pushed and called, without texts, ids and tokens
	Faults Plan
}

// Kind is what an account is.
type Kind string

// The kinds.
const (
	Official    Kind = "official"    // 公众号
	MiniProgram Kind = "miniprogram" // 小程序
)

// Mode is how pushes are encrypted (消息加解密方式).
type Mode string

// The modes: https://developers.weixin.qq.com/doc/subscription/guide/dev/push/encryption.html.
const (
	Plain      Mode = "plain"      // 明文模式
	Compatible Mode = "compatible" // 兼容模式: both ways in one body, answered either way
	Safe       Mode = "safe"       // 安全模式
)

// Format is what pushes are written in.
type Format string

// The formats. JSON is for mini-programs only: the console of an official account has no
// choice (https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/message-push.html).
const (
	XML  Format = "xml"
	JSON Format = "json"
)

// Account is what the console knows of an account.
type Account struct {
	AppID    string
	Secret   string
	Original string // 原始 ID, gh_…
	Kind     Kind
	Token    string // of the webhook
	AESKey   string // EncodingAESKey; not needed in plain mode
	Mode     Mode
	Format   Format
	Webhook  string // address; "": nothing is pushed
	Verified bool   // 已认证: without it the customer-service API answers 48001
	Menus    bool   // a service account (服务号), which may send msgmenu; others get 40200
	// AllowIPs is the IP list of official accounts; nil: off. Mini-programs need none.
	AllowIPs []netip.Prefix
}

// Platform plays WeChat. It is the API's http.Handler; it is safe for concurrent use.
type Platform struct {
	o        Options
	activity *simulation.Activity // pushes, and the calls of webhooks that they make
	pushLuck *simulation.Luck[PushFault]
	callLuck *simulation.Luck[CallFault] // by path

	mu         sync.Mutex
	accounts   map[string]*account // by AppID
	users      map[string]*User    // by openid
	media      map[string]*medium  // by media_id
	issued     map[string]*token   // by access token, those of both kinds
	lastMsgID  int64
	entries    int
	violations []Violation
}

type account struct {
	Account
	key     []byte
	menu    []byte // as created; nil: none
	stable  *token
	classic *token
	forced  []time.Time // when force_refresh did something, newest last
	usage   usage
}

// New returns a Platform without accounts.
func New(o Options) (*Platform, error) {
	if o.Clock == nil || o.Rand == nil || o.Client == nil {
		return nil, fault.New(fault.Config, "platform.New", "Clock, Rand and Client are required")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Platform{
		o: o, activity: simulation.NewActivity(o.Clock), pushLuck: simulation.NewLuck[PushFault](o.Faults.Seed), callLuck: simulation.NewLuck[CallFault](o.Faults.Seed),
		accounts: map[string]*account{}, users: map[string]*User{}, media: map[string]*medium{},
		issued: map[string]*token{}, lastMsgID: firstMsgID,
	}, nil
}

// firstMsgID is of the size of WeChat's own: too large for a float64 to keep exactly.
const firstMsgID = 24_085_302_556_877_950

// Close ends all that is under way. Call it once.
func (p *Platform) Close() { p.activity.Close() }

// AddAccount adds an account, or puts another in the place of one with its AppID, whose
// users and tokens stay. Errors: Config, with all that is wrong.
func (p *Platform) AddAccount(a Account) error {
	key, wrong := a.check()
	if len(wrong) > 0 {
		return fault.New(fault.Config, "platform.AddAccount", strings.Join(wrong, "; "))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.accounts[a.AppID]; known != nil {
		known.Account, known.key = a, key
		return nil
	}
	p.accounts[a.AppID] = &account{Account: a, key: key}
	return nil
}

func (a Account) check() (key []byte, wrong []string) {
	unless := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	unless(a.AppID != "" && a.Secret != "", "AppID and Secret are required")
	unless(strings.HasPrefix(a.Original, "gh_"), "Original begins with gh_")
	unless(a.Token != "" || a.Webhook == "", "a webhook needs a Token")
	unless(slices.Contains([]Kind{Official, MiniProgram}, a.Kind), "Kind is official or miniprogram")
	unless(slices.Contains([]Mode{Plain, Compatible, Safe}, a.Mode), "Mode is plain, compatible or safe")
	unless(slices.Contains([]Format{XML, JSON}, a.Format), "Format is xml or json")
	unless(a.Kind != Official || a.Format != JSON, "an official account's Format is xml: its console has no other")
	if a.Mode != Plain {
		decoded, err := aesKey(a.AESKey)
		unless(err == nil, "AESKey has 43 letters and digits, unless the Mode is plain")
		key = decoded
	}
	return key, wrong
}

// User returns the user of that name who knows an account; two accounts' users are two,
// with two openids, though they be one person. Errors: NotFound where there is no account.
func (p *Platform) User(appID, name string) (*User, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.accounts[appID]
	if a == nil {
		return nil, fault.New(fault.NotFound, "platform.User", "no account has this AppID: AddAccount first")
	}
	for _, u := range p.users {
		if u.account == a && u.Name == name {
			return u, nil
		}
	}
	u := &User{p: p, account: a, AppID: appID, Name: name, OpenID: "o" + p.random(27)}
	p.users[u.OpenID] = u
	return u, nil
}

// Settled returns once nothing is being pushed, or with the error of ctx.
func (p *Platform) Settled(ctx context.Context) error { return p.activity.Settled(ctx) }

// Rests returns once everything that is being pushed waits for the clock to move, or with the
// error of ctx.
func (p *Platform) Rests(ctx context.Context) error { return p.activity.Rests(ctx) }

// bytes returns n random bytes. A source that ends is a defect of whoever made it.
func (p *Platform) bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.o.Rand, b); err != nil {
		panic("platform: Rand gave an error")
	}
	return b
}

// random returns n random characters of base64url; p.mu is held.
func (p *Platform) random(n int) string {
	return base64.RawURLEncoding.EncodeToString(p.bytes(n))[:n]
}

// nonce is a decimal number, as WeChat's are; p.mu is held.
func (p *Platform) nonce() uint32 { return binary.BigEndian.Uint32(p.bytes(4)) }

// rid is the request id at the end of an errmsg; p.mu is held.
func (p *Platform) rid() string {
	at := binary.BigEndian.AppendUint32(nil, uint32(p.o.Clock.Now().Unix()))
	return hex.EncodeToString(at) + "-" + hex.EncodeToString(p.bytes(4)) + "-" + hex.EncodeToString(p.bytes(4))
}
