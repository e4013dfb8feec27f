package sms_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/channel/channeltest"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const (
	topic     = "arn:aws:sns:us-west-2:123456789012:MyTopic"
	secretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	own       = "+12125550101"
	customer  = "+14255550182"
)

func now() time.Time { return time.Date(2023, time.June, 17, 4, 12, 0, 0, time.UTC) }

// client is AWS's own, as the wiring makes it, but for where it calls.
func client(address string) *api.Client {
	return api.New(api.Options{
		Region: "us-west-2", BaseEndpoint: &address, HTTPClient: channel.NewClient(time.Minute),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: secretKey}, nil
		}),
	})
}

func options(address string) sms.Options {
	return sms.Options{
		Numbers: []sms.Number{{Number: "+1 212-555-0101", MMS: true}, {Number: "+12065550152", SelfManaged: true}, {Number: "12345"}},
		Topics:  []string{"arn:aws:sns:us-west-2:123456789012:Other", topic}, ConfigurationSet: "zhida", MaxPrice: "0.5",
		OptOutWords: []string{"basta"}, Client: client(address),
		Object: func(m conversation.Media) (string, bool) { return "s3://media/" + m.Key, m.Key != "" },
	}
}

func connector(t testing.TB, change func(*sms.Options)) *sms.Connector {
	t.Helper()
	o := options("http://127.0.0.1:1/")
	change(&o)
	c, err := sms.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// notified is a call as a queue hands it out.
func notified(message any, change func(map[string]any)) channel.Request {
	inside, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	envelope := map[string]any{
		"Type": "Notification", "MessageId": "63a3f6b6-d533-4a47-aef9-fcf5cf758c76", "TopicArn": topic,
		"Message": string(inside), "Timestamp": "2023-06-17T04:11:59.901Z",
	}
	change(envelope)
	body, err := json.Marshal(envelope)
	if err != nil {
		panic(err)
	}
	return channel.Request{Body: body, At: now()}
}

func asIs(map[string]any) {}

// writes is a text of a customer's.
func writes(text string) map[string]any {
	return map[string]any{"originationNumber": customer, "destinationNumber": own, "messageBody": text, "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84"}
}

// without takes the topic out of a call, which Sign puts in again.
func without(r channel.Request) channel.Request { return of(r, "") }

func of(r channel.Request, name string) channel.Request {
	field := func(topic string) string { return `"TopicArn":"` + topic + `"` }
	r.Body = []byte(strings.NewReplacer(field(topic), field(name), field(""), field(name)).Replace(string(r.Body)))
	return r
}

func no(status int, kind, rest string) channeltest.Reply {
	return channeltest.Reply{
		Status: status, Header: map[string]string{"Content-Type": "application/x-amz-json-1.0"},
		Body: `{"__type":"` + kind + `","Message":"not sent to ` + customer + `"` + rest + `}`,
	}
}

func because(kind, reason string, want fault.Code) channeltest.Refusal {
	return channeltest.Refusal{Reply: no(400, kind, `,"Reason":"`+reason+`"`), Want: want}
}

func refusals() map[string]channeltest.Refusal {
	const conflict, quota, bad = "ConflictException", "ServiceQuotaExceededException", "ValidationException"
	field := func(name string) channeltest.Reply {
		return no(400, bad, `,"Reason":"INVALID_PARAMETER","Fields":[{"Name":"`+name+`","Message":"bad `+customer+`"}]`)
	}
	return map[string]channeltest.Refusal{
		"opted out":      because(conflict, "DESTINATION_PHONE_NUMBER_OPTED_OUT", fault.OptedOut),
		"sandbox":        because(conflict, "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", fault.AccountLimit),
		"no number":      because(conflict, "NO_ORIGINATION_IDENTITIES_FOUND", fault.AccountLimit),
		"capability":     because(conflict, "NUMBER_CAPABILITIES_MISMATCH", fault.AccountLimit),
		"a new conflict": because(conflict, "SOMETHING_NEW", fault.ProviderRefused),
		"spent":          because(quota, "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", fault.AccountLimit),
		"a quota":        because(quota, "SOMETHING_NEW", fault.ProviderRefused),
		"price":          because(bad, "PRICE_OVER_THRESHOLD", fault.AccountLimit),
		"country":        because(bad, "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", fault.AccountLimit),
		"too large":      because(bad, "MAXIMUM_SIZE_EXCEEDED", fault.TextTooLong),
		"number":         {Reply: field("DestinationPhoneNumber"), Want: fault.RecipientGone},
		"body":           {Reply: field("MessageBody"), Want: fault.BadText},
		"set":            {Reply: field("ConfigurationSetName"), Want: fault.ProviderRefused},
		"no resource":    {Reply: no(400, "ResourceNotFoundException", `,"ResourceType":"configuration-set"`), Want: fault.AccountLimit},
		"suspended":      because("AccessDeniedException", "ACCOUNT_DISABLED", fault.AccountLimit),
		"denied":         {Reply: no(400, "AccessDeniedException", ""), Want: fault.ProviderAuth},
		"signature":      {Reply: no(403, "InvalidSignatureException", ""), Want: fault.ProviderAuth},
		"expired":        {Reply: no(403, "ExpiredTokenException", ""), Want: fault.ProviderAuth},
		"throttled":      {Reply: no(400, "ThrottlingException", ""), Want: fault.ProviderBusy},
		"is not there":   {Reply: no(503, "ServiceUnavailable", ""), Want: fault.ProviderBusy},
		"its own fail":   {Reply: no(500, "InternalServerException", ""), Want: fault.Uncertain},
		"a new no":       {Reply: no(400, "SomethingNewException", ""), Want: fault.ProviderRefused},
		"nothing":        {Reply: channeltest.Reply{Body: `{}`}, Want: fault.Uncertain},
	}
}

func harness() channeltest.Harness {
	return channeltest.Harness{
		Connector: func(t testing.TB, d *channeltest.Double) channel.Connector {
			return connector(t, func(o *sms.Options) { o.Client = client(d.URL()) })
		},
		Secrets: []string{secretKey},
		WithoutSecret: func() error { // what stands in the place of one: whose calls are taken
			o := options("")
			o.Topics = nil
			_, err := sms.New(o)
			return err
		},
		Call: without(notified(writes("我要找真人客服，谢谢"), asIs)),
		Sign: func(r channel.Request) channel.Request { return of(r, topic) },
		Forgeries: map[string]func(channel.Request) channel.Request{
			"unsigned": func(r channel.Request) channel.Request { return r },
			"forged":   func(r channel.Request) channel.Request { return of(r, topic+"s") },
			"foreign": func(r channel.Request) channel.Request {
				return of(r, "arn:aws:sns:us-west-2:999999999999:MyTopic")
			},
			"no notification": func(r channel.Request) channel.Request { return channel.Request{Body: []byte(`{}`), At: r.At} },
		},
		Exempt: map[string]string{
			"stale":   "what waited in the queue, for 14 days at most, is as good as ever: it is told from what came before by its id",
			"altered": "only the topic may write to the queue, by its policy: nothing in the body is signed for us",
		},
		Sending: channeltest.Sending{
			HTTP: true, Yes: channeltest.Reply{Body: `{"MessageId":"862a8790-60c0-4430-9b2b-658bdexample"}`},
			Sample: sample("您好，请问有什么可以帮您？"), Refusals: refusals(),
		},
	}
}

func sample(text string) channel.Outbound {
	return channel.Outbound{
		Peer: conversation.Peer{Channel: sms.Name, Account: own, User: customer},
		Message: conversation.Message{
			Conversation: "abcdefghijklmnopqrstuvwxyz", Key: conversation.OwnKey(now(), "answer", 0),
			Author: conversation.Bot, Purpose: conversation.Answer, Parts: conversation.TextParts(text),
		},
		Language: conversation.Chinese, Attempt: 1,
	}
}

func TestConnector(t *testing.T) { channeltest.Run(t, harness()) }

func FuzzReceive(f *testing.F) {
	requests, err := channeltest.Requests(harness())
	if err != nil {
		f.Fatal(err)
	}
	for _, r := range requests {
		f.Add(r.Body)
	}
	h, c := harness(), connector(f, func(*sms.Options) {})
	f.Fuzz(func(t *testing.T, body []byte) {
		channeltest.Fuzz(t, c, h, channel.Request{Body: body, At: now()})
	})
}
