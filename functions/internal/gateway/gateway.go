// Package gateway is what the functions with a WebSocket API reach its connections by.
package gateway

import (
	api "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"

	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/live/apigwlive"
)

// Live is what serves and reaches the connections of this function's own WebSocket API.
type Live struct {
	Sessions *apigwlive.Sessions
	Poster   *apigwlive.Poster
	Pusher   live.Pusher
}

// New makes them.
func New(d *cloud.Deployment) Live {
	sessions, err := apigwlive.NewSessions(d.DynamoDB(), d.Table(), d.Now)
	if err != nil {
		d.Note(err)
	}
	poster, err := apigwlive.NewPoster(client(d))
	if err != nil {
		d.Note(err)
	}
	pusher, err := apigwlive.NewPusher(sessions, poster)
	if err != nil {
		d.Note(err)
	}
	return Live{sessions, poster, pusher}
}

// client posts a frame once: the SDK is not to repeat it behind our back.
func client(d *cloud.Deployment) *api.Client {
	address := d.Need("ZHIDA_CONNECTIONS", "the https address under which the WebSocket API's connections are managed")
	return api.NewFromConfig(d.AWS("APIGATEWAYMANAGEMENTAPI"), func(o *api.Options) {
		o.BaseEndpoint = &address
		o.RetryMaxAttempts = 1
	})
}
