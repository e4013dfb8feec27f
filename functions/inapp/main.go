// Command inapp is the in-app channel on AWS: customers' messages over HTTP and
// WebSockets, the delivery of ours, what customers see as it happens, and the
// widget they see it in.
package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"time"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/functions/internal/bucket"
	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/gateway"
	"github.com/zhida-project/zhida/functions/internal/manager"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/inbound"
	"github.com/zhida-project/zhida/shared/intent"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/outbound"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/web"
)

func main() { os.Exit(cloud.Run(os.Environ(), os.Stdout, time.Now, parts)) }

func parts(d *cloud.Deployment) (o lambdahost.Options, err error) {
	go intent.Prepare() // while the secrets are fetched
	values, connections := d.ConfigWith(manager.Of(d), config.DeploymentKey, config.InAppSecret), gateway.New(d)
	shown := bucket.Media(d, values, bucket.Briskly)
	settings := values.Channels.InApp
	if settings == nil {
		return o, fault.New(fault.Config, "channels.inapp", "zhida.yaml does not name this function's channel")
	}
	var visitors config.Secret
	if settings.Visitors {
		visitors = values.DeploymentKey
	}
	connector, err := inapp.New(inapp.Options{
		Account: settings.Account, Secret: settings.Secret, JWKS: settings.JWKS, Audience: settings.Audience, Issuer: settings.Issuer,
		Client: &http.Client{}, Visitors: visitors, Rand: rand.Reader, Push: connections.Pusher,
	})
	if err != nil {
		return o, err
	}
	customers, err := inbound.NewAudience(d.Store(), connector, connections.Pusher, shown, d.Log())
	if err != nil {
		return o, err
	}
	box := d.Outbox(map[string]outbox.Audience{inapp.Name: customers})
	drain, err := outbound.New(outbound.Options{Store: d.Store(), Outbox: box, Connector: connector, Media: shown, Now: d.Now, Log: d.Log()})
	if err != nil {
		return o, err
	}
	files, err := web.Files()
	if err != nil {
		return o, err
	}
	service, pages := d.Inbound(values, box, shown), live.Origins(settings.Origins)
	door := inbound.NewDoor(inbound.DoorOptions{
		Origins: pages, Customer: inbound.Rate(settings.Limits.Customer), Address: inbound.Rate(settings.Limits.Address),
		Visitors: inbound.Rate(settings.Limits.Visitors), CustomerMB: inbound.Rate(settings.Limits.CustomerMB),
		AddressMB: inbound.Rate(settings.Limits.AddressMB),
	})
	visitor, err := service.NewVisitorHandler(connector, door)
	if err != nil {
		return o, err
	}
	windows := service.NewVisitors(connector, customers, door)
	mux := http.NewServeMux()
	mux.Handle("/channels/"+inapp.Name, service.NewHandler(connector, door))
	mux.Handle("/channels/"+inapp.Name+"/visitor", visitor)
	mux.Handle("/channels/"+inapp.Name+"/live", inbound.NewCalls(windows, connections.Sessions))
	mux.Handle("/channels/"+inapp.Name+"/media", service.NewMediaHandler(connector, door))
	mux.Handle("GET /web/", files)
	return lambdahost.Options{
		HTTP: jsonhttp.Known(mux),
		Live: windows, Pages: pages.Allow, Sessions: connections.Sessions, Poster: connections.Poster,
		Queues: map[string]func(context.Context, []byte) error{
			"outbound-inapp": drain.Handle,
			"inapp-events":   outbox.Listen(customers),
			"inapp-lines":    outbox.Watch(customers.ShowLine),
		},
	}, nil
}
