package lambdahost

import (
	"context"
	"encoding/json"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// Notification is what was published to a topic of SNS.
type Notification struct {
	ID      string    // SNS's own; the same when it comes again
	Topic   string    // the topic's ARN
	At      time.Time // when it was published
	Message []byte    // as it was published
}

// Topic makes a queue handler of a handler of notifications: the queue is
// subscribed to the topic, without raw delivery. What else lies in the queue is
// BadRequest, and so never handled. That only this topic may send to the queue is
// the queue's policy; the signature is for those who have none.
//
// No function is subscribed to a topic yet: SMS will be, whose providers publish to one.
//
// The envelope is that of
// https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html.
func Topic(arn string, do func(context.Context, Notification) error) func(context.Context, []byte) error {
	return func(ctx context.Context, body []byte) error {
		var e struct {
			Type      string    `json:"Type"`
			ID        string    `json:"MessageId"`
			Topic     string    `json:"TopicArn"`
			Message   string    `json:"Message"`
			Timestamp time.Time `json:"Timestamp"`
		}
		err := json.Unmarshal(body, &e)
		if err != nil || e.Type != "Notification" || e.ID == "" || e.Timestamp.IsZero() {
			return fault.New(fault.BadRequest, "lambdahost.Topic", "the queue's message is no notification of SNS: subscribe without raw delivery")
		}
		if e.Topic != arn {
			return fault.New(fault.BadRequest, "lambdahost.Topic", "the notification is of another topic: only one may send to this queue")
		}
		return do(ctx, Notification{ID: e.ID, Topic: e.Topic, At: e.Timestamp, Message: []byte(e.Message)})
	}
}
