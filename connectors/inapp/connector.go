// Package inapp is the channel of Zhida's own chat: the widget in a company's
// pages and apps. The company's backend vouches for its customers with a token;
// the client submits messages over HTTP or a WebSocket and hears answers on the
// WebSocket. The protocol is ours: README.md describes it.
package inapp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jwks"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// Name is the channel's name.
const Name = "inapp"

// Options are what the channel is configured with.
type Options struct {
	Account  string        // which of the company's chats this is: Peer.Account
	Secret   config.Secret // signs customers' tokens, HS256, at least config.MinSecret bytes; empty where JWKS has to do
	JWKS     string        // where an identity provider publishes the keys that sign customers' tokens; "" for none
	Audience string        // the aud that every token must carry
	Issuer   string        // the iss that every token must carry; "" checks none, which JWKS does not allow
	Client   *http.Client  // to reach JWKS
	Visitors config.Secret // the deployment's key, from which that of visitors' tokens is derived; empty for no visitors
	Rand     io.Reader     // for new visitors
	Push     Pusher        // pushes to connected customers
}

// Pusher pushes one frame, as JSON, to every connection that listens to a topic.
// Nobody listening is no error.
type Pusher interface {
	Push(ctx context.Context, topic string, frame any) error
}

// Connector is the in-app channel.
type Connector struct {
	account string
	tokens  tokens
	push    Pusher
}

var (
	_ channel.Connector    = (*Connector)(nil)
	_ channel.Live         = (*Connector)(nil)
	_ channel.Acknowledger = (*Connector)(nil)
	_ channel.Preparer     = (*Connector)(nil)
	_ channel.Open         = (*Connector)(nil)
	_ channel.Uploader     = (*Connector)(nil)
)

// New checks everything the channel is configured with, and makes no call. Errors:
// Config, with all mistakes in one hint.
func New(o Options) (*Connector, error) {
	if wrong := o.mistakes(); len(wrong) > 0 {
		return nil, fault.New(fault.Config, "inapp.New", strings.Join(wrong, "; "))
	}
	c := &Connector{account: o.Account, tokens: tokens{secret: o.Secret, audience: o.Audience, issuer: o.Issuer}, push: o.Push}
	var err error
	if c.tokens.visitors, err = newVisitors(o); err != nil {
		return nil, err
	}
	if o.JWKS != "" {
		provider := jwks.NewProvider(o.Client)
		c.tokens.keys = jwks.NewSource(func(ctx context.Context) ([]jwks.Key, error) { return provider.Keys(ctx, o.JWKS) })
	}
	return c, nil
}

func (o Options) mistakes() (wrong []string) {
	if o.Account == "" {
		wrong = append(wrong, "the account has no name")
	}
	if n := len(o.Secret.Reveal()); n < config.MinSecret && (n > 0 || o.JWKS == "") {
		wrong = append(wrong, fmt.Sprintf("the secret needs at least %d random bytes", config.MinSecret))
	}
	if o.Audience == "" {
		wrong = append(wrong, "the audience is empty: without it a token for another service would do here")
	}
	if o.Push == nil {
		wrong = append(wrong, "there is nothing that pushes to connections")
	}
	if !o.Visitors.Empty() && o.Rand == nil {
		wrong = append(wrong, "visitors need a source of chance")
	}
	if o.JWKS == "" {
		return wrong
	}
	if at, err := url.Parse(o.JWKS); err != nil || !netaddr.Guarded(at) {
		wrong = append(wrong, "the key set's address is none, or has no https")
	}
	if o.Issuer == "" {
		wrong = append(wrong, "the key set needs an issuer: without it whoever else uses its keys would do here")
	}
	if o.Client == nil {
		wrong = append(wrong, "there is nothing that reaches the key set")
	}
	return wrong
}

// The limits of a submission.
const (
	maxBody = 64 << 10
	maxText = 4000
)

// Info returns the channel's limits.
func (c *Connector) Info() channel.Info {
	return channel.Info{
		Name:      Name,
		AckWithin: 10 * time.Second,
		MaxBody:   maxBody,
		MaxText:   maxText,
		// The platform is our own client. It keeps what is not acknowledged, across
		// reloads, and submits it again under the same id and time.
		Retries: true,
		// Clients merge messages by their key.
		Repeatable: true,
	}
}
