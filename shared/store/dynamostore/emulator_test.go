package dynamostore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/store/dynamostore/dynamotest"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

// database is the emulator, in which each test has tables of its own.
type database struct {
	once   sync.Once
	client *dynamodb.Client
	prefix string
	tables atomic.Int64
	lags   bool // its indexes show what was written a moment later
}

var shared database

// emulated returns the emulator, started at its first use.
func emulated(tb testing.TB) *database {
	tb.Helper()
	url := emulator.DynamoDB(tb)
	shared.once.Do(func() { shared.client, shared.prefix = clientOf(url, nil), "zhida" })
	return &shared
}

// tested is the emulator, or AWS itself where it is asked for.
func tested(tb testing.TB) *database {
	tb.Helper()
	settings, real := emulator.AWS(tb)
	if !real {
		return emulated(tb)
	}
	return &database{client: dynamodb.NewFromConfig(settings), prefix: "zhida-test-" + strings.ToLower(rand.Text()), lags: true}
}

// settled is a store whose indexes have caught up whenever they are asked, since the
// suite asks at once. What it does while they lag, the tests of lags say.
func (db *database) settled(s store.Store) store.Store {
	if !db.lags {
		return s
	}
	return waiting{s}
}

// lag is longer than DynamoDB's indexes lag but for a few seconds in a year.
const lag = 2 * time.Second

type waiting struct{ store.Store }

func (w waiting) Line(ctx context.Context, lane conversation.Lane, limit int) ([]store.Waiting, error) {
	time.Sleep(lag)
	return w.Store.Line(ctx, lane, limit)
}

func (w waiting) Position(ctx context.Context, lane conversation.Lane, rank string) (store.Place, error) {
	time.Sleep(lag)
	return w.Store.Position(ctx, lane, rank)
}

func (w waiting) Held(ctx context.Context, agent conversation.AgentID) ([]conversation.Ticket, error) {
	time.Sleep(lag)
	return w.Store.Held(ctx, agent)
}

func (w waiting) Due(ctx context.Context, now time.Time, limit int) ([]store.Work, error) {
	time.Sleep(lag)
	return w.Store.Due(ctx, now, limit)
}

func (w waiting) Records(ctx context.Context, day time.Time) ([]conversation.Record, error) {
	time.Sleep(lag)
	return w.Store.Records(ctx, day)
}

// clientOf is the SDK's client as programs have it, over a transport of the test's.
func clientOf(endpoint string, through func(http.RoundTripper) http.RoundTripper) *dynamodb.Client {
	var transport http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: 128}
	if through != nil {
		transport = through(transport)
	}
	return dynamodb.New(dynamodb.Options{
		Region: dynamotest.Region, BaseEndpoint: &endpoint, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// table makes an empty table, and removes it after the test.
func (db *database) table(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("%s-%d", db.prefix, db.tables.Add(1))
	if _, err := db.client.CreateTable(context.Background(), dynamostore.Table(name)); err != nil {
		tb.Fatal(err)
	}
	if err := dynamodb.NewTableExistsWaiter(db.client).Wait(tb.Context(), &dynamodb.DescribeTableInput{TableName: &name}, time.Minute); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := db.client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			tb.Error(err)
		}
	})
	return name
}
