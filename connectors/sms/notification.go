package sms

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

const receiveOp = "sms.Receive"

// maxBody is the most that a queue hands out, in bytes:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const maxBody = 1 << 20

// notification is what SNS puts into a queue:
// https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
type notification struct {
	Type      string
	MessageID string `json:"MessageId"`
	TopicARN  string `json:"TopicArn"`
	Message   string
	Timestamp string
}

// told is what is in one: a text of a customer's, or an event.
// https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html and
// https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-format.html
type told struct {
	Origination string `json:"originationNumber"`
	Destination string `json:"destinationNumber"`
	Body        string `json:"messageBody"`
	InboundID   string `json:"inboundMessageId"`
	event
}

// Why a notification is ignored.
const (
	ignoredSubscription = "subscription" // SNS tells of a subscription
	ignoredOther        = "unknown"      // something else than messages and deliveries
	ignoredProgress     = "not_final"    // of a message on its way
	ignoredForeign      = "not_ours"     // of a message that others sent
	ignoredUnknown      = "outcome_not_known"
)

// read takes one notification. Who may put one into the queue is decided by its policy; the
// topic is looked at again here. What AWS sends and can be read is not refused, as it would come
// again.
func (e *endUser) read(r channel.Request) (news, error) {
	if len(r.Body) > maxBody {
		return news{}, fault.New(fault.TooLarge, receiveOp, "a notification has at most 1 MiB")
	}
	var n notification
	if err := decode(r.Body, &n); err != nil {
		return news{}, fault.New(fault.BadRequest, receiveOp, "the body is no JSON: subscribe the queue without raw message delivery")
	}
	if n.TopicARN == "" && n.raw(r.Body) {
		return news{}, fault.New(fault.Unauthenticated, receiveOp, "this is a message without its notification: switch raw message delivery off for the queue's subscription")
	}
	if !slices.Contains(e.topics, n.TopicARN) {
		return news{}, fault.New(fault.Unauthenticated, receiveOp, "this is of no topic in channels.sms: look at the queue's policy and its subscriptions")
	}
	switch n.Type {
	case "Notification":
		return n.news(r.At)
	case "SubscriptionConfirmation", "UnsubscribeConfirmation":
		return news{ignored: ignoredSubscription}, nil
	default:
		return news{ignored: ignoredOther}, nil
	}
}

// raw reports whether a body is what a notification would hold.
func (n notification) raw(body []byte) bool {
	var t told
	return n.Type == "" && decode(body, &t) == nil && (t.Origination != "" || t.Type != "")
}

func (n notification) news(arrived time.Time) (news, error) {
	var t told
	switch err := decode([]byte(n.Message), &t); {
	case err != nil:
		return news{ignored: ignoredOther}, nil
	case t.Type != "":
		return t.news(arrived), nil
	case t.Origination == "" && t.InboundID == "":
		return news{ignored: ignoredOther}, nil
	}
	id := t.InboundID
	if !goodID(id) {
		id = n.MessageID // the same again, if SNS repeats it
	}
	if !goodID(id) {
		return news{}, fault.New(fault.BadRequest, receiveOp, "the message has no id")
	}
	return news{written: &written{from: t.Origination, to: t.Destination, id: id, text: t.Body, at: n.at(arrived)}}, nil
}

// at is when SNS took the message, or when it arrived here where that is no time before.
func (n notification) at(arrived time.Time) time.Time {
	at, err := time.Parse(time.RFC3339, n.Timestamp)
	if err != nil || at.UnixMilli() <= 0 || at.After(arrived) {
		return arrived
	}
	return at
}

// decode reads JSON; a field of another type than it is to have is left out.
func decode(text []byte, into any) error {
	var other *json.UnmarshalTypeError
	if err := json.Unmarshal(text, into); err != nil && !errors.As(err, &other) {
		return err
	}
	return nil
}

// maxID is more than AWS's ids have, in bytes: they are UUIDs.
const maxID = 100

func goodID(id string) bool {
	return id != "" && len(id) <= maxID && strings.Trim(id, idCharacters) == ""
}

const idCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
