package app

import (
	"context"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

// wireSMS adds the channel, where zhida.yaml names the company's numbers.
func (a *App) wireSMS() error {
	if a.o.Config.Channels.SMS == nil {
		return nil
	}
	if a.engines.Inbound[sms.Name] == nil { // and whoever calls over HTTP must not be believed
		return fault.New(fault.Config, "channels.sms", "there is no queue that AWS's calls come by")
	}
	options := sms.OptionsOf(a.o.Config)
	options.Client = a.o.SMS
	connector, err := sms.New(options)
	if err != nil {
		return err
	}
	a.platforms = append(a.platforms, connector)
	return nil
}

// byQueue reports whether a channel's platform puts its calls into a queue.
func (a *App) byQueue(c channel.Connector) bool { return a.engines.Inbound[c.Info().Name] != nil }

// take hands what a platform put into a queue to the channel. What nobody can read comes again,
// until the queue puts it aside, where somebody sees it.
func (a *App) take(ctx context.Context, c channel.Connector) {
	handle := a.inbound.NewQueue(c)
	queue.Work(ctx, a.engines.Inbound[c.Info().Name], func(ctx context.Context, l queue.Lease) queue.Result {
		if err := handle(ctx, l.Body); err != nil {
			return queue.Retry(0, err)
		}
		return queue.Done()
	}, queue.WorkOptions{Clock: a.o.Clock, Concurrency: 8, Log: a.o.Log})
}
