// Command clock is what is due on AWS, once a minute: bells nobody rang, agents who
// vanished, and how long the line is.
package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/zhida-project/zhida/functions/internal/bucket"
	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/shared/clock"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

func main() { os.Exit(cloud.Run(os.Environ(), os.Stdout, time.Now, parts)) }

func parts(d *cloud.Deployment) (o lambdahost.Options, err error) {
	values, renew := d.Config(), renewer(d)
	shown := bucket.Media(d, values, bucket.Briskly)
	box := d.Outbox(nil)
	agents, err := desk.New(desk.Options{
		Store: d.Store(), Outbox: box, Auth: desk.Nobody{}, Lease: values.Desk.Lease, Now: d.Now, Log: d.Log(),
	})
	if err != nil {
		return o, err
	}
	customers := d.Inbound(values, box, shown)
	due, err := clock.New(d.Store(), clock.Duties{
		Decide: customers.Redecide, Deliver: box.Redeliver, Ring: box.Permit, Lapse: agents.Lapse, Spare: agents.Spare, Show: box.Show,
		Fetch: customers.Refetch, Erase: customers.Erase,
	}, d.Now, d.Log())
	if err != nil {
		return o, err
	}
	return lambdahost.Options{Schedule: func(ctx context.Context) error {
		// The gauge first: when there is more to do than time, it is wanted most.
		return errors.Join(d.Gauge(ctx), renew(ctx), due.Tick(ctx))
	}}, nil
}
