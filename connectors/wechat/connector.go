// Package wechat is the channel of WeChat's Official Accounts (公众号) and Mini Programs
// (小程序): what their customers write comes by webhook, and what we say goes out in the
// answer to it or through the customer-service API. One connector serves several accounts.
package wechat

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// Name is the channel's name.
const Name = "wechat"

// Kind is what an account is: WeChat lets them send different kinds of messages.
type Kind string

// The kinds.
const (
	Official    Kind = "official"    // 公众号: a service or subscription account
	MiniProgram Kind = "miniprogram" // 小程序
)

// Account is one of the company's accounts. Its webhook is /channels/wechat/<ID>.
type Account struct {
	ID             string // AppID, and Peer.Account
	Original       string // 原始 ID, gh_…, which calls name as ToUserName; "" takes any
	Kind           Kind
	Token          config.Secret // of the webhook
	AESKey         config.Secret // EncodingAESKey, 43 characters; empty: calls are in plain text
	PreviousAESKey config.Secret // the one before, while it is being changed; else empty
	Menus          bool          // messages with a menu (msgmenu) may be sent: verified service accounts only
}

// Tokens hands out access tokens.
type Tokens interface {
	// Token returns an account's access token. Errors: ProviderAuth where there is none
	// for now, ProviderBusy, the vault's.
	Token(ctx context.Context, account string) (config.Secret, error)

	// Refused says that WeChat refused a token. It returns another one, where this
	// program may ask for one; else ProviderAuth: whoever may does so soon.
	Refused(ctx context.Context, account string, token config.Secret) (config.Secret, error)
}

// Options are what a Connector needs; all are required but API and Language.
type Options struct {
	Accounts []Account
	API      string // base address of WeChat's API; https://api.weixin.qq.com if ""
	Client   *http.Client
	Tokens   Tokens
	Rand     io.Reader             // for the random bytes of encrypted answers; safe for concurrent use
	Language conversation.Language // of the words for what customers did and sent; Chinese if ""
}

// Connector is the channel.
type Connector struct {
	o        Options
	accounts map[string]Account // by ID
	noMenus  sync.Map           // IDs of accounts that turned out to send no menus
}

var (
	_ channel.Connector     = (*Connector)(nil)
	_ channel.InlineReplier = (*Connector)(nil)
)

const defaultAPI = "https://api.weixin.qq.com"

// New checks everything the channel is configured with, and makes no call. Errors:
// Config, with all mistakes in one hint.
func New(o Options) (*Connector, error) {
	if wrong := o.mistakes(); len(wrong) > 0 {
		return nil, fault.New(fault.Config, "wechat.New", strings.Join(wrong, "; "))
	}
	if o.API == "" {
		o.API = defaultAPI
	}
	c := &Connector{o: o, accounts: make(map[string]Account, len(o.Accounts))}
	for _, a := range o.Accounts {
		c.accounts[a.ID] = a
	}
	return c, nil
}

func (o Options) mistakes() (wrong []string) {
	if len(o.Accounts) == 0 {
		wrong = append(wrong, "there is no account")
	}
	ids, originals := map[string]bool{}, map[string]bool{}
	for i, a := range o.Accounts {
		name := fmt.Sprintf("account %d (%s)", i+1, a.ID)
		for _, mistake := range a.mistakes() {
			wrong = append(wrong, name+": "+mistake)
		}
		if ids[a.ID] {
			wrong = append(wrong, name+": the AppID stands there twice")
		}
		if a.Original != "" && originals[a.Original] {
			wrong = append(wrong, name+": the original ID stands there twice")
		}
		ids[a.ID], originals[a.Original] = true, true
	}
	if o.API != "" {
		if at, err := url.Parse(o.API); err != nil || !netaddr.Guarded(at) {
			wrong = append(wrong, "the API's address is none, or has no https")
		}
	}
	if o.Client == nil {
		wrong = append(wrong, "there is nothing that reaches the API")
	}
	if o.Tokens == nil {
		wrong = append(wrong, "there is nothing that hands out access tokens")
	}
	if o.Rand == nil {
		wrong = append(wrong, "there is no source of chance")
	}
	return wrong
}

func (a Account) mistakes() (wrong []string) {
	if a.ID == "" || strings.Trim(a.ID, idCharacters) != "" {
		wrong = append(wrong, "the AppID is wx and 16 letters and digits, as the console shows it")
	}
	if a.Kind != Official && a.Kind != MiniProgram {
		wrong = append(wrong, "the kind is neither official nor miniprogram")
	}
	if a.Token.Empty() {
		wrong = append(wrong, "the token is empty: without one anybody could sign calls")
	}
	for name, key := range map[string]config.Secret{"EncodingAESKey": a.AESKey, "previous EncodingAESKey": a.PreviousAESKey} {
		if !key.Empty() && !goodKey(string(key.Reveal())) {
			wrong = append(wrong, "the "+name+" is not 43 characters of base64, as the console shows it")
		}
	}
	if a.AESKey.Empty() && !a.PreviousAESKey.Empty() {
		wrong = append(wrong, "there is a previous EncodingAESKey and no current one")
	}
	return wrong
}

// idCharacters are those that an AppID, which stands in addresses, may have.
const idCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

// keyCharacters is the length of an EncodingAESKey: 32 bytes in base64 without its "=".
// Its last bits may be anything, so that the check is not a strict one.
const (
	keyCharacters = 43
	keyBytes      = 32
)

func goodKey(key string) bool {
	raw, err := base64.StdEncoding.DecodeString(key + "=")
	return len(key) == keyCharacters && err == nil && len(raw) == keyBytes
}

// maxBody is far above what WeChat sends: in compatible mode a text comes three times.
const maxBody = 1 << 20

// Info implements channel.Connector.
func (c *Connector) Info() channel.Info {
	return channel.Info{
		Name: Name, AckWithin: 5 * time.Second, MaxBody: maxBody, MaxText: 2_000, Limited: true, Reserve: 2,
	}
}
