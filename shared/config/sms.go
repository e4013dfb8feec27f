package config

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// SMS is the channel of text messages, through AWS End User Messaging SMS.
type SMS struct {
	Numbers          []SMSNumber
	Topics           []string // ARNs of the SNS topics that tell what customers write; none on AWS, where the template makes it
	ConfigurationSet string   // names where AWS tells of deliveries; "" as Topics
	InboundQueue     string   // address of the SQS queue that is subscribed to the topics; "" as Topics, and where AWS is played
	Region           string   // where numbers, topics and the queue are; "" as Topics
	OptOutWords      []string // of the company's, beside those that everybody knows
	MaxPrice         string   // US dollars that a message may cost at most, such as 0.50; "" for no limit
	PricePerPart     string   // what the company pays for one, as a decimal such as 0.00883, for agents to see; "" where it says nothing
	Currency         string   // of PricePerPart, in ISO 4217
}

// SMSNumber is one of the company's numbers, to which customers write.
type SMSNumber struct {
	Number      string // E.164 such as +12065550100, or a short code
	MMS         bool   // it sends pictures
	SelfManaged bool   // AWS answers no STOP and no HELP to it, and so we do
}

// Placed reports whether the file says where AWS tells of messages: a deployment that is made with
// its own place takes no other.
func (c *SMS) Placed() bool {
	return len(c.Topics) > 0 || c.ConfigurationSet != "" || c.InboundQueue != "" || c.Region != ""
}

// PartPrice is what the company pays for one part of a message; empty where zhida.yaml does not say.
type PartPrice struct{ Amount, Currency string }

// PartPrices are those of the channels whose provider counts the parts of a message, by channel.
func (c Channels) PartPrices() map[string]PartPrice {
	prices := map[string]PartPrice{}
	if c.SMS != nil {
		prices["sms"] = PartPrice{c.SMS.PricePerPart, c.SMS.Currency}
	}
	return prices
}

// optOuts are who may answer STOP; a file that says none means the first.
var optOuts = []string{"managed", "self"}

// The shapes of what AWS names, from
// https://docs.aws.amazon.com/sms-voice/latest/userguide/phone-numbers.html (E.164, of ITU-T, and short codes of 3 to 8 digits),
// https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html (an SNS topic's name; those of FIFO are not supported here),
// https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html (ConfigurationSetName, and
// MaxPrice without more than five decimals).
var (
	numberShape   = regexp.MustCompile(`^(\+[1-9]\d{6,14}|\d{3,8})$`)
	topicShape    = regexp.MustCompile(`^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}$`)
	setShape      = regexp.MustCompile(`^[A-Za-z0-9_:/-]{1,256}$`)
	regionShape   = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`)
	priceShape    = regexp.MustCompile(`^\d{1,2}\.\d{1,5}$`)
	currencyShape = regexp.MustCompile(`^[A-Z]{3}$`)
)

const (
	maxARN   = 512 // characters
	inChina  = "cn-"
	setsHint = "it is the name of a configuration set of AWS End User Messaging SMS, in letters, digits, _ and -"
)

func (r *reader) sms(f field) *SMS {
	all := r.fields(f, "numbers", "topics", "configuration_set", "inbound_queue", "region", "opt_out_words", "max_price", "price_per_part", "currency")
	c := &SMS{}
	if v, ok := r.need(f, all, "numbers", `list the numbers: numbers: [{ number: "+12065550100" }]`); ok {
		c.Numbers = r.smsNumbers(v)
	}
	r.smsPlace(f, all, c)
	if v, ok := all["opt_out_words"]; ok {
		c.OptOutWords = r.phrases(v, once{})
	}
	if v, ok := all["max_price"]; ok {
		c.MaxPrice = r.price(v)
	}
	r.smsPrice(f, all, c)
	return c
}

func (r *reader) smsNumbers(f field) []SMSNumber {
	items := r.list(f)
	if isList(f.value) && len(items) == 0 {
		r.wrong(f, "the list is empty", "name at least one number")
	}
	numbers := make([]SMSNumber, 0, len(items))
	seen := once{}
	for _, item := range items {
		var n SMSNumber
		all := r.fields(item, "number", "mms", "opt_out")
		if v, ok := r.need(item, all, "number", `give the number as AWS shows it, such as "+12065550100"`); ok {
			n.Number = r.shaped(v, maxPhrase, numberShape, "this is no number that customers can write to",
				`write + and the country's code without spaces, such as "+12065550100", or a short code such as "12345"`)
			r.unique(v, seen, n.Number)
		}
		if v, ok := all["mms"]; ok {
			n.MMS = r.boolean(v)
		}
		if v, ok := all["opt_out"]; ok {
			n.SelfManaged = r.oneOf(v, "opt_out", optOuts) == optOuts[1]
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// smsPlace is where AWS tells us what customers write. What comes by a queue is believed by the
// topic that it names, so a queue without topics would be anybody's.
func (r *reader) smsPlace(f field, all map[string]field, c *SMS) {
	if v, ok := all["region"]; ok {
		c.Region = r.shaped(v, maxName, regionShape, "this is no region of AWS", "such as us-east-1")
		if strings.HasPrefix(c.Region, inChina) {
			r.wrong(v, "AWS sends no text messages from its regions in China", "name the region of your numbers")
		}
	}
	if v, ok := all["topics"]; ok {
		c.Topics = r.topics(v, c.Region)
	}
	if v, ok := all["configuration_set"]; ok {
		c.ConfigurationSet = r.shaped(v, maxARN, setShape, "this is no configuration set", setsHint)
	}
	v, ok := all["inbound_queue"]
	if !ok {
		return
	}
	c.InboundQueue = r.url(v, address{
		such: "https://sqs.us-east-1.amazonaws.com/123456789012/sms", here: "http://localhost:9324/000000000000/sms",
		open: "what customers write would travel in the open", user: "the queue is opened with AWS's credentials",
	})
	r.need(f, all, "topics", "name the SNS topics that the queue is subscribed to: nobody else is believed")
	r.need(f, all, "region", "name the region of the queue and the numbers, such as us-east-1")
}

func (r *reader) topics(f field, region string) []string {
	items := r.list(f)
	if isList(f.value) && len(items) == 0 {
		r.wrong(f, "the list is empty", "name the SNS topics, or leave it out on AWS, where the template makes one")
	}
	seen := once{}
	topics := make([]string, 0, len(items))
	for _, item := range items {
		arn := r.shaped(item, maxARN, topicShape, "this is no ARN of an SNS topic",
			"such as arn:aws:sns:us-east-1:123456789012:sms; AWS writes to no FIFO topic")
		r.unique(item, seen, arn)
		if at := topicShape.FindStringSubmatch(arn); at != nil && region != "" && at[1] != region {
			r.wrong(item, fmt.Sprintf("the topic is in %s, and region is %s", at[1], region), "numbers, topics and the queue are in one region")
		}
		topics = append(topics, arn)
	}
	return topics
}

// smsPrice is what agents see of a message's price.
func (r *reader) smsPrice(f field, all map[string]field, c *SMS) {
	price, priced := all["price_per_part"]
	if priced {
		c.PricePerPart = r.price(price)
		r.need(f, all, "currency", "say in which currency price_per_part is, such as currency: USD")
	}
	if v, ok := all["currency"]; ok {
		c.Currency = r.shaped(v, maxName, currencyShape, "this is no currency", "its three letters by ISO 4217, such as USD or CNY")
		if !priced {
			r.need(f, all, "price_per_part", "say what a part costs, or leave currency out")
		}
	}
}

// price is a decimal, as it is written: what a calculation would make of it may be another.
func (r *reader) price(f field) string {
	if !r.kind(f, yaml.ScalarNode, "needs a price") {
		return ""
	}
	text := f.value.Value
	if !priceShape.MatchString(text) || strings.Trim(text, "0.") == "" {
		r.wrong(f, "this is no price", "a number above 0 with a point and at most five digits behind it, such as 0.00883")
	}
	return text
}

// shaped returns a text of a shape.
func (r *reader) shaped(f field, limit int, shape *regexp.Regexp, problem, hint string) string {
	before := len(r.mistakes)
	text := r.text(f, limit)
	if len(r.mistakes) == before && !shape.MatchString(text) {
		r.wrong(f, problem, hint)
	}
	return text
}
