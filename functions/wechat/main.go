// Command wechat is the channel of WeChat's Official Accounts and Mini Programs on AWS:
// WeChat's calls, and the delivery of what we say. It has no AppSecret: access tokens are
// fetched by the clock.
package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"time"

	"github.com/zhida-project/zhida/connectors/wechat"
	"github.com/zhida-project/zhida/functions/internal/bucket"
	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/manager"
	"github.com/zhida-project/zhida/functions/internal/talk"
	"github.com/zhida-project/zhida/functions/internal/tokens"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/intent"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

// webhooks is where they are, each with its account's AppID behind it.
const webhooks = "/channels/" + wechat.Name + "/"

func main() { os.Exit(cloud.Run(os.Environ(), os.Stdout, time.Now, parts)) }

// The times of a call of WeChat's API, and of keeping what it gave us: together less than
// the function has.
const (
	callWithin = 20 * time.Second
	keepWithin = 5 * time.Second
)

func parts(d *cloud.Deployment) (o lambdahost.Options, err error) {
	go intent.Prepare() // while the secrets are fetched
	values, spared, err := d.TryConfig(manager.Of(d), config.DeploymentKey, config.WeChatWebhooks)
	if err != nil {
		d.Note(err)
	}
	shown, kept := bucket.Media(d, values, keepWithin), tokens.Vault(d)
	settings := values.Channels.WeChat
	if settings == nil {
		return o, fault.New(fault.Config, "channels.wechat", "zhida.yaml does not name this function's channel")
	}
	accounts, closed := doors(settings)
	connector, err := wechat.New(wechat.Options{
		Accounts: accounts, API: settings.API, Client: channel.NewClient(callWithin),
		Tokens: wechat.Reader{Vault: kept}, Rand: rand.Reader, Language: values.Language,
	})
	if err != nil {
		return o, err
	}
	talks, err := talk.New(d, values, connector, shown)
	if err != nil {
		return o, err
	}
	mux := http.NewServeMux()
	mux.Handle(webhooks, talks.Inbound.NewHandler(connector, nil))
	for _, id := range closed {
		mux.Handle(webhooks+id, refuse(id, spared, d.Log()))
	}
	return lambdahost.Options{
		HTTP:   jsonhttp.Known(mux),
		Queues: map[string]func(context.Context, []byte) error{"outbound-wechat": talks.Drain.Handle},
	}, nil
}
