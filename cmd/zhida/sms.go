package main

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/cmd/zhida/app"
	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
)

// smsPatience is for one call of AWS's SMS API: a message that got no answer is never sent again.
const smsPatience = 40 * time.Second

// addSMS adds what reaches AWS for text messages, if zhida.yaml names numbers. Credentials are
// found where AWS's own tools find them: in the environment, in files, by the machine's role.
func addSMS(ctx context.Context, o *app.Options, engines *app.Engines, c *config.SMS) error {
	if c == nil || o.SMS != nil { // which is so where AWS is played
		return nil
	}
	if c.InboundQueue == "" {
		return fault.New(fault.Config, "channels.sms.inbound_queue",
			"name the SQS queue that is subscribed to your topic: without one, what customers write arrives nowhere")
	}
	loaded, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(c.Region))
	if err != nil {
		return fault.Wrap(err, fault.Config, "channels.sms", "look at AWS's own settings, in the environment and in ~/.aws")
	}
	o.SMS = pinpointsmsvoicev2.NewFromConfig(loaded, func(s *pinpointsmsvoicev2.Options) {
		s.Retryer, s.HTTPClient = aws.NopRetryer{}, channel.NewClient(smsPatience) // what is sent twice arrives twice
	})
	engines.Inbound[sms.Name], err = sqsqueue.New(sqsqueue.Options{
		Client: sqs.NewFromConfig(loaded), URL: c.InboundQueue, Ordered: strings.HasSuffix(c.InboundQueue, ".fifo"),
		Clock: o.Clock, Unique: rand.Text,
	})
	return err
}
