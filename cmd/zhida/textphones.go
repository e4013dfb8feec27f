package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/queue"
)

// textPhones are the phones of the demo page that text to two numbers of the example shop's.
type textPhones struct {
	platform *platform.Platform
	server   *http.Server // of AWS's SMS API
	client   sms.Client
	settings *config.SMS
}

// What the example shop has at AWS. The numbers are kept for stories: 555-0100 to 555-0199.
const (
	demoManaged     = "+12065550100" // AWS answers STOP and HELP
	demoSelfManaged = "+12065550101" // it does not
	demoRegion      = "us-east-1"
	demoTopic       = "arn:aws:sns:" + demoRegion + ":000000000000:zhida-sms"
	demoSet         = "zhida"
)

// demoKeywords are what a company sets at AWS, as connectors/sms/README.md tells it to. Of STOP it leaves
// what AWS says itself.
var demoKeywords = []platform.Keyword{
	{Word: "HELP", Action: platform.Respond, Reply: "Yunfan Store: help@yunfan.example. Reply 0 for a person."},
	{Word: "START", Action: platform.OptIn, Reply: demoBack}, {Word: "UNSTOP", Action: platform.OptIn, Reply: demoBack},
}

const demoBack = "Yunfan Store: you get our messages again. Reply 0 for a person."

// demoPartPrice is what the played AWS takes for a part, carriers' fees included, in US dollars.
const demoPartPrice = "0.00883"

// demoPartsPerSecond is of a number that a company asked AWS to raise: by the three of most numbers
// in the United States, one long answer would have others wait.
const demoPartsPerSecond = 20

// startTexts serves AWS's SMS API. What SNS delivers goes into a queue.
func startTexts(ctx context.Context, into queue.Queue) (*textPhones, error) {
	played, err := platform.New(platform.Options{
		Clock: queue.SystemClock(time.Now), Rand: rand.Reader, Topic: demoTopic, EventTopic: demoTopic, ConfigurationSet: demoSet,
		Publish: func(ctx context.Context, body []byte) error { return into.Publish(ctx, queue.Message{Body: body}) },
		Numbers: []platform.Number{
			{Number: demoManaged, PartsPerSecond: demoPartsPerSecond, Keywords: demoKeywords},
			{Number: demoSelfManaged, PartsPerSecond: demoPartsPerSecond, SelfManaged: true},
		},
	})
	if err != nil {
		return nil, err
	}
	server, address, err := playAt(ctx, played)
	if err != nil {
		return nil, err
	}
	return &textPhones{
		platform: played, server: server, client: smsAt(address),
		settings: &config.SMS{
			Numbers: []config.SMSNumber{{Number: demoManaged}, {Number: demoSelfManaged, SelfManaged: true}},
			Topics:  []string{demoTopic}, ConfigurationSet: demoSet, Region: demoRegion, PricePerPart: demoPartPrice, Currency: "USD",
		},
	}, nil
}

// smsAt is AWS's client of what is played at an address. It tries once, and signs with what nobody knows.
func smsAt(address string) sms.Client {
	credentials := aws.Credentials{AccessKeyID: madeUp(20), SecretAccessKey: madeUp(40)}
	return pinpointsmsvoicev2.New(pinpointsmsvoicev2.Options{
		Region: demoRegion, BaseEndpoint: &address, HTTPClient: channel.NewClient(smsPatience), Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return credentials, nil }),
	})
}

// close ends what is played.
func (t *textPhones) close() error {
	t.platform.Close()
	return t.server.Close()
}
