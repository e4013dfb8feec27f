// Package sms is the channel of text messages, through AWS End User Messaging SMS: what customers
// write to the company's numbers, and what AWS tells of deliveries, comes by an SNS topic through
// a queue, and what we say goes out through its API.
package sms

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

// Name is the channel's name.
const Name = "sms"

// Options are what a Connector needs; Numbers, Topics and Client are required.
type Options struct {
	Numbers          []Number
	Topics           []string                                // ARNs of the SNS topics whose notifications are taken
	ConfigurationSet string                                  // names where AWS tells of deliveries; "": nobody is told
	MaxPrice         string                                  // US dollars that a message may cost at most, such as "0.5"; "" for no limit
	OptOutWords      []string                                // of the company's, beside those that everybody knows
	Company          map[conversation.Language]string        // its name, which opens the answers to keywords; may be nil
	Language         conversation.Language                   // of the words for what customers sent; Chinese if ""
	Client           Client                                  // AWS's
	Object           func(conversation.Media) (string, bool) // the s3:// address of media, where they lie in S3; nil: none do
}

// Connector is the channel.
type Connector struct {
	numbers  map[string]Number // by number
	words    []string          // the company's own for opting out, folded
	company  map[conversation.Language]string
	language conversation.Language
	object   func(conversation.Media) (string, bool)
	provider provider
}

var (
	_ channel.Connector = (*Connector)(nil)
	_ channel.Packer    = (*Connector)(nil)
)

// New checks everything the channel is configured with, and makes no call. Errors: Config, with
// all mistakes in one hint.
func New(o Options) (*Connector, error) {
	words, wrong := own(o.OptOutWords)
	if wrong = append(o.mistakes(), wrong...); len(wrong) > 0 {
		return nil, fault.New(fault.Config, "sms.New", strings.Join(wrong, "; "))
	}
	c := &Connector{
		numbers: make(map[string]Number, len(o.Numbers)), words: words, company: o.Company, language: o.Language, object: o.Object,
		provider: &endUser{client: o.Client, topics: o.Topics, set: o.ConfigurationSet, maxPrice: o.MaxPrice},
	}
	for _, n := range o.Numbers {
		n.Number = normal(n.Number)
		c.numbers[n.Number] = n
	}
	return c, nil
}

// The shapes of what AWS wants. Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html (names of topics),
// https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html.
var (
	topicARN = regexp.MustCompile(`^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?$`)
	setName  = regexp.MustCompile(`^[A-Za-z0-9_:/-]{1,256}$`)
	price    = regexp.MustCompile(`^[0-9]{1,2}(\.[0-9]{1,5})?$`)
)

func (o Options) mistakes() (wrong []string) {
	if len(o.Numbers) == 0 {
		wrong = append(wrong, "there is no number")
	}
	seen := map[string]bool{}
	for i, n := range o.Numbers {
		switch number := normal(n.Number); {
		case !isE164(number) && !isShortCode(number):
			wrong = append(wrong, fmt.Sprintf("number %d is neither international, such as +12125550101, nor a short code: nobody can write to anything else", i+1))
		case seen[number]:
			wrong = append(wrong, fmt.Sprintf("number %d stands there twice", i+1))
		default:
			seen[number] = true
		}
	}
	if len(o.Topics) == 0 {
		wrong = append(wrong, "there is no topic: without one nothing says who may tell us what customers wrote")
	}
	for i, topic := range o.Topics {
		if !topicARN.MatchString(topic) {
			wrong = append(wrong, fmt.Sprintf("topic %d is no ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:sms", i+1))
		}
	}
	if o.ConfigurationSet != "" && !setName.MatchString(o.ConfigurationSet) {
		wrong = append(wrong, "the configuration set is neither a name nor an ARN")
	}
	if o.MaxPrice != "" && (!price.MatchString(o.MaxPrice) || strings.Trim(o.MaxPrice, "0.") == "") {
		wrong = append(wrong, `the highest price of a message is no number of US dollars above 0, such as "0.5"`)
	}
	if o.Client == nil {
		wrong = append(wrong, "there is nothing that reaches AWS")
	}
	return wrong
}

// within is how long a notification may take. Nobody waits for an answer: the queue hands it out
// again after its visibility timeout.
const within = 10 * time.Second

// maxText is more than one message carries: longer texts go in several.
const maxText = 1_600

// Info implements channel.Connector.
func (c *Connector) Info() channel.Info {
	return channel.Info{
		Name: Name, AckWithin: within, MaxBody: maxBody, MaxText: maxText, Retries: true, OptOut: true, Costly: true,
		Outbound: c.provider.outgoing(),
	}
}

// Receive takes what a queue hands out, in Request.Body alone. Errors: TooLarge, Unauthenticated,
// BadRequest.
func (c *Connector) Receive(_ context.Context, r channel.Request) (channel.Receipt, error) {
	n, err := c.provider.read(r)
	switch {
	case err != nil:
		return channel.Receipt{}, err
	case n.report != nil:
		return channel.Receipt{Reports: []channel.Report{*n.report}}, nil
	case n.written != nil:
		return c.receipt(*n.written), nil
	default:
		return channel.Receipt{Ignored: n.ignored}, nil
	}
}
