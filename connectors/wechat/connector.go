// Package wechat is the channel of WeChat's Official Accounts (公众号) and Mini Programs
// (小程序): what their customers write comes by webhook, and what we say goes out in the
// answer to it or through the customer-service API. One connector serves several accounts.
package wechat

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
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

// Options are what a Connector needs; all are required but API.
type Options struct {
	Accounts []Account
	API      string // base address of WeChat's API; https://api.weixin.qq.com if ""
	Client   *http.Client
	Tokens   Tokens
	Rand     io.Reader // for the random bytes of encrypted answers
}

// Connector is the channel.
type Connector struct{ o Options }

// Info implements channel.Connector.
func (c *Connector) Info() channel.Info {
	return channel.Info{
		Name: Name, AckWithin: 5 * time.Second, MaxBody: 1 << 20, MaxText: 2_000, Limited: true, Reserve: 2,
	}
}
