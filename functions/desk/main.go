// Command desk is the agents' desk on AWS: its API, its page, and what agents see
// as it happens. Agents come by OpenID Connect; it does not start without an issuer.
package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"time"

	"github.com/zhida-project/zhida/functions/internal/bucket"
	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/gateway"
	"github.com/zhida-project/zhida/functions/internal/people"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/web"
)

func main() { os.Exit(cloud.Run(os.Environ(), os.Stdout, time.Now, parts)) }

func parts(d *cloud.Deployment) (o lambdahost.Options, err error) {
	values, live, identity := d.Config(), gateway.New(d), people.New(d)
	on := channels(d, values)
	shown := bucket.Media(d, values, bucket.Briskly)
	agents, err := desk.NewAudience(d.Store(), live.Pusher, on, shown, d.Now, d.Log())
	if err != nil {
		return o, err
	}
	service, err := desk.New(desk.Options{
		Store: d.Store(), Outbox: d.Outbox(map[string]outbox.Audience{cloud.Desk: agents}), Auth: identity.Authenticator, Tools: people.Tools(d),
		Rand: rand.Reader, Channels: on, Media: shown, Lease: values.Desk.Lease, Now: d.Now, Log: d.Log(),
	})
	if err != nil {
		return o, err
	}
	files, err := web.Files()
	if err != nil {
		return o, err
	}
	mux := http.NewServeMux()
	mux.Handle("/desk/v1/", service.Handler())
	mux.Handle("GET /desk/{$}", identity.Page)
	mux.Handle("GET /desk/config", identity.Login)
	mux.Handle("GET /web/", files)
	mux.Handle("GET /{$}", http.RedirectHandler("/desk/", http.StatusFound))
	return lambdahost.Options{
		HTTP: jsonhttp.Known(mux),
		Live: service.Board(), Sessions: live.Sessions, Poster: live.Poster,
		Queues: map[string]func(context.Context, []byte) error{
			"desk-events": outbox.Listen(agents),
			"desk-lines":  outbox.Watch(agents.ShowLine),
		},
	}, nil
}

// channels are what the desk knows of those that are on.
func channels(d *cloud.Deployment, values config.Config) desk.Channels {
	all, prices := desk.Channels{}, values.Channels.PartPrices()
	for name, n := range d.MaxText() {
		of := desk.Channel{MaxText: n, Template: d.TemplateOnly(name)}
		if price, counts := prices[name]; counts {
			of.Counting = &desk.Counting{Price: price.Amount, Currency: price.Currency}
		}
		all[name] = of
	}
	return all
}
