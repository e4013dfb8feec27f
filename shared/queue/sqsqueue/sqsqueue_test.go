package sqsqueue_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

func TestContract(t *testing.T) {
	t.Parallel() // it mostly sleeps
	client := tested(t)
	queuetest.Run(t, queuetest.Harness{
		Features: queuetest.Features{Groups: true, Dedupe: true, DeadLetter: true, Delay: true, Lapse: true, Reopen: true},
		Unit:     2 * time.Second,
		Wall:     true,
		Open: func(t *testing.T, s queuetest.Setup) queuetest.Opened {
			o := made(t, client, s)
			o.Lease = s.Lease
			return opened(t, o)
		},
	})
}

func opened(t *testing.T, o sqsqueue.Options) queuetest.Opened {
	t.Helper()
	q, err := sqsqueue.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return queuetest.Opened{
		Queue: q, Dead: q, Clock: o.Clock.(queuetest.Clock),
		Reopen: func(t *testing.T) queuetest.Opened { return opened(t, o) },
	}
}

// clientOf is the SDK's client as programs have it, over a transport of the test's.
func clientOf(endpoint string, through func(http.RoundTripper) http.RoundTripper, change ...func(*sqs.Options)) *sqs.Client {
	var transport http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: 128}
	if through != nil {
		transport = through(transport)
	}
	return sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}, change...)
}

// tested is a client of the emulator, or of SQS itself where that is asked for.
func tested(tb testing.TB) *sqs.Client {
	tb.Helper()
	if settings, real := emulator.AWS(tb); real {
		return sqs.NewFromConfig(settings)
	}
	return clientOf(emulator.SQS(tb), nil)
}

// made makes a queue, and a dead-letter queue if it has a limit, and removes them after
// the test. It returns the options to open it.
func made(tb testing.TB, client *sqs.Client, s queuetest.Setup) sqsqueue.Options {
	tb.Helper()
	o := sqsqueue.Options{
		Client: client, Clock: queuetest.Wall(), Unique: rand.Text, Ordered: s.Ordered, MaxAttempts: s.MaxAttempts,
	}
	attributes := map[string]string{"VisibilityTimeout": "90"}
	name := strings.ToLower(rand.Text())
	if s.MaxAttempts > 0 {
		o.DeadURL = create(tb, client, name+"-dead", s.Ordered, nil)
		attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%q}`,
			arn(tb, client, o.DeadURL), strconv.Itoa(s.MaxAttempts))
	}
	o.URL = create(tb, client, name, s.Ordered, attributes)
	return o
}

func create(tb testing.TB, client *sqs.Client, name string, ordered bool, attributes map[string]string) string {
	tb.Helper()
	all := map[string]string{}
	for k, v := range attributes {
		all[k] = v
	}
	if ordered {
		name += ".fifo"
		all["FifoQueue"] = "true"
		all["DeduplicationScope"] = "messageGroup"
		all["FifoThroughputLimit"] = "perMessageGroupId"
	}
	out, err := client.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: &name, Attributes: all})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := client.DeleteQueue(context.Background(), &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl}); err != nil {
			tb.Error(err)
		}
	})
	return *out.QueueUrl
}

func arn(tb testing.TB, client *sqs.Client, url string) string {
	tb.Helper()
	out, err := client.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"QueueArn"}})
	if err != nil {
		tb.Fatal(err)
	}
	return out.Attributes["QueueArn"]
}
