package sqsqueue_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
)

// raw is a queue of the emulator, used past the engine.
type raw struct {
	t      *testing.T
	client *sqs.Client
	url    string
}

func (q raw) send(in sqs.SendMessageInput) error {
	in.QueueUrl = &q.url
	_, err := q.client.SendMessage(q.t.Context(), &in)
	return err
}

func (q raw) receive(max int32) []types.Message {
	q.t.Helper()
	out, err := q.client.ReceiveMessage(q.t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.url, MaxNumberOfMessages: max})
	if err != nil {
		q.t.Fatal(err)
	}
	return out.Messages
}

func (q raw) hide(m types.Message, seconds int32) error {
	_, err := q.client.ChangeMessageVisibility(q.t.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &q.url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds,
	})
	return err
}

func message(group, id, body string) sqs.SendMessageInput {
	return sqs.SendMessageInput{MessageGroupId: &group, MessageDeduplicationId: &id, MessageBody: &body}
}

// TestWhatElasticMQGetsWrong names what SQS does otherwise, and which test covers it
// instead. A new version of the emulator that does better is to be told here, and in the
// decision about it.
func TestWhatElasticMQGetsWrong(t *testing.T) {
	client := clientOf(emulator.SQS(t), nil)
	for name, c := range map[string]struct {
		setup queuetest.Setup
		wrong func(raw) bool
	}{
		// The engine's deduplication ids hold the group: TestIDsAreOfTheirGroup.
		"IDs are of the queue, though it was told that they are of their group": {queuetest.Setup{Ordered: true}, func(q raw) bool {
			return q.send(message("g", "1", "a")) == nil && q.send(message("h", "1", "b")) == nil && len(q.receive(10)) == 1
		}},
		// A waiting Receive gets what comes behind: the suite's test of dead messages and groups.
		"the receive that buries the head of a group returns nothing": {queuetest.Setup{Ordered: true, MaxAttempts: 1}, func(q raw) bool {
			if q.send(message("g", "1", "a")) != nil || q.hide(q.receive(1)[0], 0) != nil || q.send(message("g", "2", "b")) != nil {
				return false
			}
			return len(q.receive(1)) == 0 && len(q.receive(1)) == 1
		}},
		// TestTheLargestMessageFits counts.
		"attributes are of no size": {queuetest.Setup{}, func(q raw) bool {
			return q.send(sqs.SendMessageInput{
				MessageBody: aws.String(strings.Repeat("x", 1<<20)),
				MessageAttributes: map[string]types.MessageAttributeValue{
					"a": {DataType: aws.String("String"), StringValue: aws.String("b")},
				},
			}) == nil
		}},
		// TestSettling and TestNobodyGetsAMessageEarly stay below.
		"a message is hidden for more than 12 hours": {queuetest.Setup{}, func(q raw) bool {
			return q.send(sqs.SendMessageInput{MessageBody: aws.String("a")}) == nil && q.hide(q.receive(1)[0], 43_201) == nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			if !c.wrong(raw{t, client, made(t, client, c.setup).URL}) {
				t.Error("no longer: take it out here, and of docs/adr")
			}
		})
	}
}
