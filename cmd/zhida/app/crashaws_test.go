package app

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/zhida-project/zhida/connectors/inapp"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/queuetest"
	"github.com/zhida-project/zhida/shared/queue/sqlitequeue"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/store/dynamostore/dynamotest"
	"github.com/zhida-project/zhida/shared/toolkey/dynamotoolkey"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

// awsStep is how many calls lie between two that go wrong on AWS's engines. What is
// tested is the same code above them, whose every call goes wrong on SQLite; here the
// engines answer as they do.
const awsStep = 29

// TestCrashPointsOnAWS plays the story of TestCrashPoints on dynamostore and sqsqueue.
func TestCrashPointsOnAWS(t *testing.T) {
	if testing.Short() {
		t.Skip("it plays a story of hundreds of calls to emulators many times over")
	}
	crashes(t, openAWSCrashFile, awsStep)
}

// openAWSCrashFile makes a table and queues of its own on the emulators.
func openAWSCrashFile(t *testing.T) crashFile {
	t.Helper()
	clock := queuetest.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	})
	tables, queues := emulator.DynamoDB(t), emulator.SQS(t)
	name := "crash-" + strings.ToLower(rand.Text())
	db := dynamodb.New(dynamodb.Options{Region: dynamotest.Region, BaseEndpoint: &tables, Credentials: credentials})
	if _, err := db.CreateTable(t.Context(), dynamostore.Table(name)); err != nil {
		t.Fatal(err)
	}
	bare := Engines{}
	var err error
	bare.Store, err = dynamostore.New(dynamostore.Options{Client: db, Table: name, Now: clock.Now, Random: mathrand.Float64})
	if err != nil {
		t.Fatal(err)
	}
	client := sqs.New(sqs.Options{Region: dynamotest.Region, BaseEndpoint: &queues, Credentials: credentials})
	open := func(what string, ordered bool) *tidal { return openTidal(t, client, name+"-"+what, ordered, clock) }
	permits := open(transfersQueue, false)
	bare.Transfers, bare.Permits = permits, permits
	bare.Outbound = map[string]queue.Queue{inapp.Name: open(outboundQueue(inapp.Name), true)}
	bare.Turns = open(turnsQueue, false)
	if bare.Tools, err = dynamotoolkey.New(db, name); err != nil {
		t.Fatal(err)
	}
	return crashFile{bare: bare, clock: clock}
}

// tidal is a queue of SQS on a clock that tests move: SQS itself keeps the wall
// clock, on which no lease ends here. It knows what lies in the queue.
type tidal struct {
	queue.Queue
	clock queue.Clock

	mu   sync.Mutex
	lies []queue.Message   // published, and not done
	out  map[string]hidden // by token: leased, or given back for later
}

// hidden is a message that SQS does not hand out now.
type hidden struct {
	lease queue.Lease
	until time.Time // on the test's clock
}

func openTidal(t *testing.T, client *sqs.Client, name string, ordered bool, clock queue.Clock) *tidal {
	t.Helper()
	attributes := map[string]string{"VisibilityTimeout": "600"}
	if ordered {
		name += ".fifo"
		attributes["FifoQueue"] = "true"
	}
	made, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	if err != nil {
		t.Fatal(err)
	}
	q, err := sqsqueue.New(sqsqueue.Options{
		Client: client, URL: *made.QueueUrl, Ordered: ordered, Clock: queue.SystemClock(time.Now), Unique: rand.Text, Lease: 10 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &tidal{Queue: q, clock: clock, out: map[string]hidden{}}
}

// Publish is part of queue.Queue.
func (q *tidal) Publish(ctx context.Context, m queue.Message) error {
	err := q.Queue.Publish(ctx, m)
	if err == nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.lies = append(q.lies, m)
	}
	return err
}

// Receive is part of queue.Queue: what is due by the test's clock is given back first.
func (q *tidal) Receive(ctx context.Context, limit int, wait time.Duration) ([]queue.Lease, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for token, h := range q.out {
		if h.until.After(q.clock.Now()) {
			continue
		}
		if err := q.Queue.Release(ctx, h.lease, 0); err != nil {
			return nil, err
		}
		delete(q.out, token)
	}
	leases, err := q.Queue.Receive(ctx, limit, wait)
	for _, l := range leases {
		q.out[l.Token] = hidden{l, q.clock.Now().Add(bellLease)}
	}
	return leases, err
}

// Ack is part of queue.Queue.
func (q *tidal) Ack(ctx context.Context, l queue.Lease) error {
	err := q.Queue.Ack(ctx, l)
	if err == nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.out, l.Token)
		i := slices.IndexFunc(q.lies, func(m queue.Message) bool { return m.Group == l.Group && string(m.Body) == string(l.Body) })
		q.lies = slices.Delete(q.lies, i, i+1)
	}
	return err
}

// Release is part of queue.Queue.
func (q *tidal) Release(_ context.Context, l queue.Lease, after time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.out[l.Token] = hidden{l, q.clock.Now().Add(max(after, 0))}
	return nil
}

// Extend is part of queue.Queue.
func (q *tidal) Extend(ctx context.Context, l queue.Lease, by time.Duration) error {
	return q.Release(ctx, l, by)
}

// Peek is part of Peeker.
func (q *tidal) Peek(context.Context, int) ([]sqlitequeue.Entry, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	entries := make([]sqlitequeue.Entry, len(q.lies))
	for i, m := range q.lies {
		entries[i].Message = m
	}
	return entries, nil
}
