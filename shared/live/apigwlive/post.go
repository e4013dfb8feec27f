package apigwlive

import (
	"context"
	"errors"

	api "github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
)

// Gateway is what the poster asks of the management API: the actions a role needs.
// Its client is not to repeat calls by itself: a frame that may have arrived is not
// sent again behind our back.
type Gateway interface {
	PostToConnection(context.Context, *api.PostToConnectionInput, ...func(*api.Options)) (*api.PostToConnectionOutput, error)
	DeleteConnection(context.Context, *api.DeleteConnectionInput, ...func(*api.Options)) (*api.DeleteConnectionOutput, error)
}

// Poster reaches one connection, whichever process took its frames. It is safe for
// concurrent use.
type Poster struct{ gateway Gateway }

// NewPoster makes a Poster; fault.Config if a part is missing.
func NewPoster(g Gateway) (*Poster, error) {
	if g == nil {
		return nil, fault.New(fault.Config, "apigwlive.NewPoster", "a client of the management API is needed")
	}
	return &Poster{g}, nil
}

// Post sends one frame, once. Errors: NotFound for a connection that is gone,
// TooLarge for a frame over MaxMessage, Unavailable.
func (p *Poster) Post(ctx context.Context, connection string, frame []byte) error {
	if len(frame) > MaxMessage {
		return fault.New(fault.TooLarge, "apigwlive.Post", "the gateway takes messages of at most 128 KiB: send it in pages")
	}
	_, err := p.gateway.PostToConnection(ctx, &api.PostToConnectionInput{ConnectionId: &connection, Data: frame})
	var gone *types.GoneException
	if errors.As(err, &gone) {
		return fault.New(fault.NotFound, "apigwlive.Post", "the connection is gone")
	}
	return awsfault.Wrap(err, "apigwlive.Post")
}

// Close ends a connection; one that is gone already is no error. Errors: Unavailable.
func (p *Poster) Close(ctx context.Context, connection string) error {
	_, err := p.gateway.DeleteConnection(ctx, &api.DeleteConnectionInput{ConnectionId: &connection})
	var gone *types.GoneException
	if errors.As(err, &gone) {
		return nil
	}
	return awsfault.Wrap(err, "apigwlive.Close")
}
