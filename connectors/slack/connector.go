// Package slack is the channel of Slack: customers who write to the app in direct messages,
// who mention it in channels, who write in a thread that it is in, who tap its button or use
// its command, in any number of workspaces and over Slack Connect.
package slack

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// Name is the channel's name.
const Name = "slack"

// Tokens hands out the bot tokens of workspaces and organisations that installed the app.
type Tokens interface {
	// Token returns an account's access token. Errors: RecipientGone where there is none (any
	// more), ProviderAuth, ProviderBusy, the vault's.
	Token(ctx context.Context, account string) (config.Secret, error)

	// Refused says that Slack refused a token. It returns another one, where there is one;
	// else RecipientGone.
	Refused(ctx context.Context, account string, token config.Secret) (config.Secret, error)

	// Forget removes what was kept before a time of who took the app's rights back.
	Forget(ctx context.Context, account string, at time.Time) error
}

// Options are what a Connector needs; all are required but API and Language.
type Options struct {
	SigningSecret config.Secret // of the app, as its page has it
	API           string        // base address of Slack's Web API, with a slash at its end; https://slack.com/api/ if ""
	Client        *http.Client
	Tokens        Tokens
	Language      conversation.Language // of the words for what customers did and sent; Chinese if ""
}

// Connector is the channel.
type Connector struct{ o Options }

const defaultAPI = "https://slack.com/api/"

// New checks everything the channel is configured with, and makes no call. Errors:
// Config, with all mistakes in one hint.
func New(o Options) (*Connector, error) {
	if wrong := o.mistakes(); len(wrong) > 0 {
		return nil, fault.New(fault.Config, "slack.New", strings.Join(wrong, "; "))
	}
	if o.API == "" {
		o.API = defaultAPI
	}
	return &Connector{o}, nil
}

func (o Options) mistakes() (wrong []string) {
	if o.SigningSecret.Empty() {
		wrong = append(wrong, "the signing secret is empty: without one anybody could sign calls")
	}
	if o.API != "" {
		if at, err := url.Parse(o.API); err != nil || !netaddr.Guarded(at) || !strings.HasSuffix(o.API, "/") {
			wrong = append(wrong, "the API's address is none, or has no https, or no slash at its end")
		}
	}
	if o.Client == nil {
		wrong = append(wrong, "there is nothing that reaches the API")
	}
	if o.Tokens == nil {
		wrong = append(wrong, "there is nothing that hands out tokens")
	}
	return wrong
}

var _ channel.Forgetter = (*Connector)(nil)

// Forget implements channel.Forgetter.
func (c *Connector) Forget(ctx context.Context, account string, at time.Time) error {
	return c.o.Tokens.Forget(ctx, account, at)
}

// ackWithin is how long Slack waits: https://docs.slack.dev/apis/events-api/ (Responding to events).
const ackWithin = 3 * time.Second

// maxBody is far above what Slack sends: a message has 40,000 characters at most, which come
// twice (text and blocks).
const maxBody = 1 << 20

// maxText is two messages: see maxMessage.
const maxText = 8_000

// pace is a little above the second that Slack wants between two messages in a channel, since
// calls take unlike times: https://docs.slack.dev/apis/web-api/rate-limits (Special Tier).
const pace = 1_100 * time.Millisecond

// Changes of messages have the third tier, fifty a minute and more for a workspace. With these,
// 40 are made in any minute at most. https://docs.slack.dev/reference/methods/chat.update
const (
	editPace  = 1_500 * time.Millisecond
	editBurst = 20
)

// Info implements channel.Connector.
func (c *Connector) Info() channel.Info {
	return channel.Info{
		Name: Name, AckWithin: ackWithin, MaxBody: maxBody, MaxText: maxText, Retries: true,
		Pace: pace, EditPace: editPace, EditBurst: editBurst,
	}
}
