package sqsqueue

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/queue"
)

// The attributes of a message that SQS has no place for. Those that say nothing are
// left out, so a plain message has none.
const (
	attributeID    = "zhida.id"    // Message.ID: SQS keeps a deduplication id in FIFO queues only
	attributeGroup = "zhida.group" // Message.Group in a standard queue
	attributeAlone = "zhida.alone" // in a FIFO queue: the message has no group, though SQS wants one
	attributeDue   = "zhida.due"   // Message.Due in Unix milliseconds, where SQS cannot wait so long
)

// maxDelay is how long SQS itself holds back a message of a standard queue.
const maxDelay = 15 * time.Minute

// outgoing is a message as SQS takes it. dedupe tells its repeats in a FIFO queue.
func (q *Queue) outgoing(url string, m queue.Message, dedupe string) *sqs.SendMessageInput {
	in := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String(queue.Wrap(m.Body))}
	attributes := map[string]string{attributeID: m.ID}
	switch {
	case q.opts.Ordered:
		in.MessageDeduplicationId = &dedupe
		in.MessageGroupId = aws.String(m.Group)
		if m.Group == "" {
			in.MessageGroupId = &dedupe
			attributes[attributeAlone] = "yes"
		}
	case m.Group != "":
		attributes[attributeGroup] = m.Group
		if q.opts.Fair {
			in.MessageGroupId = aws.String(m.Group)
		}
	}
	if wait := m.Due.Sub(q.opts.Clock.Now()); !m.Due.IsZero() && wait > 0 {
		if q.opts.Ordered || wait > maxDelay {
			attributes[attributeDue] = strconv.FormatInt(milliseconds(m.Due), 10)
		} else {
			in.DelaySeconds = seconds(wait)
		}
	}
	for name, value := range attributes {
		if value == "" {
			continue
		}
		if in.MessageAttributes == nil {
			in.MessageAttributes = map[string]types.MessageAttributeValue{}
		}
		in.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	return in
}

// dedupe names what a message's ID stands for: SQS may look for repeats in the whole
// queue, the contract in the message's group.
func (q *Queue) dedupe(m queue.Message) string {
	if m.ID == "" {
		return q.opts.Unique()
	}
	return digest(m.Group, m.ID)
}

// digest makes one name of several, none of which has a space in it.
func digest(names ...string) string {
	hash := sha256.New()
	for _, name := range names {
		hash.Write([]byte(name + " ")) // never fails
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// incoming is a message as SQS hands it out.
type incoming struct{ types.Message }

func (in incoming) attribute(name string) string {
	return aws.ToString(in.MessageAttributes[name].StringValue)
}

func (in incoming) system(name types.MessageSystemAttributeName) int64 {
	n, _ := strconv.ParseInt(in.Attributes[string(name)], 10, 64) // 0 if SQS did not say
	return n
}

// message is what was published. Messages of others are what they can be.
func (in incoming) message() queue.Message {
	group := in.attribute(attributeGroup)
	if group == "" && in.attribute(attributeAlone) == "" {
		group = in.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)]
	}
	return queue.Message{ID: in.attribute(attributeID), Group: group, Body: queue.Unwrap(aws.ToString(in.Body))}
}

// due is when the message may be handed out, as far as SQS does not know; zero: at once.
func (in incoming) due() time.Time {
	ms, err := strconv.ParseInt(in.attribute(attributeDue), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// attempts is how often the message was handed out. What SQS counts beyond that are the
// times it came before it was due and was hidden again, each time as long as SQS can.
func (in incoming) attempts() int {
	n := in.system(types.MessageSystemAttributeNameApproximateReceiveCount)
	first := time.UnixMilli(in.system(types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp))
	if early := in.due().Sub(first); early > 0 {
		n -= int64((early + longest - 1) / longest)
	}
	return int(max(n, 1))
}

// seconds rounds up.
func seconds(d time.Duration) int32 {
	return int32((max(d, 0) + time.Second - 1) / time.Second)
}

// milliseconds rounds up: what is due at it is not due before t.
func milliseconds(t time.Time) int64 {
	return t.Add(time.Millisecond - 1).UnixMilli()
}
