package apigwlive

import (
	"context"
	"errors"
	"sync"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// Pusher pushes to whoever listens to a topic. It is safe for concurrent use.
type Pusher struct {
	sessions *Sessions
	poster   *Poster
}

var _ live.Pusher = (*Pusher)(nil)

// NewPusher makes a Pusher; fault.Config if a part is missing.
func NewPusher(s *Sessions, p *Poster) (*Pusher, error) {
	if s == nil || p == nil {
		return nil, fault.New(fault.Config, "apigwlive.NewPusher", "sessions and a poster are needed")
	}
	return &Pusher{s, p}, nil
}

// atOnce is how many connections are posted to at a time.
const atOnce = 16

// Push posts a frame to every connection that listens to the topic, and forgets
// those that are gone. It waits for the gateway, since what a function has not sent
// when it returns may never be sent, and not for clients. Errors: Internal for a
// frame that is no JSON, TooLarge for one over MaxMessage, Unavailable where a
// connection could not be posted to; the others were.
func (p *Pusher) Push(ctx context.Context, topic string, frame any) error {
	who, err := p.sessions.listening(ctx, topic)
	if err != nil {
		return awsfault.Wrap(err, "apigwlive.Push")
	}
	passing, passes := frame.(live.Passing)
	passes = passes && who.asked > 0
	if len(who.connections) == 0 && !passes {
		return nil
	}
	data, err := live.Encode(frame)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "apigwlive.Push", "")
	}
	errs := make([]error, len(who.connections), len(who.connections)+1) // each goroutine writes its own
	slots := make(chan struct{}, atOnce)
	var posting sync.WaitGroup
	for i, connection := range who.connections {
		slots <- struct{}{}
		posting.Go(func() {
			defer func() { <-slots }()
			errs[i] = p.post(ctx, connection, data)
		})
	}
	posting.Wait()
	if passes {
		errs = append(errs, awsfault.Wrap(p.sessions.keep(ctx, topic, who.asked, data, passing.Lasts()), "apigwlive.Push"))
	}
	return errors.Join(errs...)
}

func (p *Pusher) post(ctx context.Context, connection string, data []byte) error {
	err := p.poster.Post(ctx, connection, data)
	if fault.Is(err, fault.NotFound) {
		return p.sessions.Delete(ctx, connection)
	}
	return err
}
