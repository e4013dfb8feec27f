package dynamostore_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

// database is the emulator, in which each test has tables of its own.
type database struct {
	once   sync.Once
	client *dynamodb.Client
	tables atomic.Int64
}

var shared database

// emulated returns the emulator, started at its first use.
func emulated(tb testing.TB) *database {
	tb.Helper()
	url := emulator.DynamoDB(tb)
	shared.once.Do(func() { shared.client = clientOf(url, nil) })
	return &shared
}

// clientOf is the SDK's client as programs have it, over a transport of the test's.
func clientOf(endpoint string, through func(http.RoundTripper) http.RoundTripper) *dynamodb.Client {
	var transport http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: 128}
	if through != nil {
		transport = through(transport)
	}
	return dynamodb.New(dynamodb.Options{
		Region: "xx-test-1", BaseEndpoint: &endpoint, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// table makes an empty table, and removes it after the test.
func (db *database) table(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("zhida-%d", db.tables.Add(1))
	if _, err := db.client.CreateTable(context.Background(), dynamostore.Table(name)); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := db.client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			tb.Error(err)
		}
	})
	return name
}
