// Command sms is the channel of text messages on AWS: what AWS's topic tells of the company's
// numbers, and the delivery of what we say. Nobody calls it over HTTP, and it has no secret of
// its channel's: AWS knows it by its role.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/functions/internal/bucket"
	"github.com/zhida-project/zhida/functions/internal/cloud"
	"github.com/zhida-project/zhida/functions/internal/manager"
	"github.com/zhida-project/zhida/functions/internal/talk"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/intent"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/outbox"
)

func main() { os.Exit(cloud.Run(os.Environ(), os.Stdout, time.Now, parts)) }

// callWithin is for one call of AWS's SMS API, and less than the function has: a message that got
// no answer may have gone out, and is never sent again.
const callWithin = 20 * time.Second

func parts(d *cloud.Deployment) (o lambdahost.Options, err error) {
	go intent.Prepare() // while the secrets are fetched
	values := d.ConfigWith(manager.Of(d), config.DeploymentKey)
	shown := bucket.Media(d, values, bucket.Briskly)
	topic := d.Need("ZHIDA_SMS_TOPIC", "the ARN of the topic that numbers' messages go to")
	set := d.Need("ZHIDA_SMS_CONFIGURATION_SET", "the configuration set that messages are sent with")
	settings := values.Channels.SMS
	switch {
	case settings == nil:
		return o, fault.New(fault.Config, "channels.sms", "zhida.yaml does not name this function's channel")
	case settings.Placed():
		return o, fault.New(fault.Config, "channels.sms", "topics, configuration_set, inbound_queue and region are the stack's own on AWS: leave them out")
	}
	options := sms.OptionsOf(values)
	options.Topics, options.ConfigurationSet = []string{topic}, set
	options.Client, options.Object = client(d), bucket.Address(d)
	connector, err := sms.New(options)
	if err != nil {
		return o, err
	}
	talks, err := talk.New(d, values, connector, shown)
	if err != nil {
		return o, err
	}
	return lambdahost.Options{
		Calls: map[string]func(context.Context, []byte) error{"inbound-sms": talks.Inbound.NewQueue(connector)},
		Queues: map[string]func(context.Context, []byte) error{
			"outbound-sms": talks.Drain.Handle,
			"sms-lines":    outbox.Watch(talks.Drain.ShowLine),
		},
	}, nil
}

// client reaches AWS's SMS API, once for each call: what is sent twice arrives twice.
func client(d *cloud.Deployment) *pinpointsmsvoicev2.Client {
	return pinpointsmsvoicev2.NewFromConfig(d.AWS("PINPOINT_SMS_VOICE_V2"), func(o *pinpointsmsvoicev2.Options) {
		o.Retryer, o.HTTPClient = aws.NopRetryer{}, channel.NewClient(callWithin)
	})
}
