package localcloud

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Quiet returns once the queues are empty: nothing to be had, nothing that somebody
// has, nothing that is not due yet. Since a function's messages are deleted after it
// answered, whatever they led to has happened.
//
// All that functions publish passes the record. A queue that has been seen empty,
// and got nothing since, is not asked again.
func (c *Cloud) Quiet(ctx context.Context, queues ...string) error {
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		all := true
		for _, name := range queues {
			empty, err := c.isEmpty(ctx, name)
			if err != nil {
				return err
			}
			all = all && empty
		}
		if all {
			return nil
		}
		wait(ctx, pause)
	}
}

// Taken returns once a consumer has every message of a queue that is due.
func (c *Cloud) Taken(ctx context.Context, name string) error {
	client, url := c.Queue(name)
	for pause := time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		n, err := left(ctx, client, url, types.QueueAttributeNameApproximateNumberOfMessages)
		if err != nil || n == 0 {
			return err
		}
		wait(ctx, pause)
	}
}

func (c *Cloud) isEmpty(ctx context.Context, name string) (bool, error) {
	client, url := c.Queue(name)
	stirred := c.record.stirred(c.o.Stack + "-" + name)
	c.mu.Lock()
	seen, ok := c.empty[name]
	c.mu.Unlock()
	if ok && seen == stirred {
		return true, nil
	}
	n, err := left(ctx, client, url, everything...)
	if err != nil || n > 0 || c.record.stirred(c.o.Stack+"-"+name) != stirred {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.empty[name] = stirred
	return true, nil
}

// Take takes off a queue whatever lies in it, as a consumer of the company's would,
// and returns it oldest first.
func (c *Cloud) Take(ctx context.Context, name string) ([]types.Message, error) {
	client, url := c.Queue(name)
	var all []types.Message
	for {
		// A queue may wait by itself, so nobody asks one that is empty.
		if n, err := left(ctx, client, url, everything...); err != nil || n == 0 {
			slices.SortStableFunc(all, func(a, b types.Message) int {
				return strings.Compare(a.Attributes["SentTimestamp"], b.Attributes["SentTimestamp"])
			})
			return all, err
		}
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: maxReceive,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			return nil, err
		}
		for _, m := range out.Messages {
			if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				return nil, err
			}
		}
		all = append(all, out.Messages...)
	}
}

// Put puts a message into a queue, as another of AWS's services does.
func (c *Cloud) Put(ctx context.Context, name string, body []byte) error {
	client, url := c.Queue(name)
	c.record.stir(c.o.Stack + "-" + name)
	defer c.record.stir(c.o.Stack + "-" + name)
	_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(string(body))})
	return err
}
