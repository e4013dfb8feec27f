package dynamotoolkey_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/toolkey"
	"github.com/zhida-project/zhida/shared/toolkey/dynamotoolkey"
	"github.com/zhida-project/zhida/shared/toolkey/toolkeytest"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

// client is the SDK's client as programs have it, over a transport of the test's.
func client(t *testing.T, transport http.RoundTripper) *dynamodb.Client {
	t.Helper()
	url := emulator.DynamoDB(t)
	return dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &url, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// tables numbers the tables of the tests.
var tables atomic.Int64

func table(t *testing.T, db *dynamodb.Client) string {
	t.Helper()
	name := fmt.Sprintf("zhida-toolkey-%d", tables.Add(1))
	if _, err := db.CreateTable(t.Context(), dynamostore.Table(name)); err != nil {
		t.Fatal(err)
	}
	return name
}

func open(t *testing.T, api dynamotoolkey.API, name string) *dynamotoolkey.Store {
	t.Helper()
	s, err := dynamotoolkey.New(api, name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	db := client(t, &http.Transport{MaxIdleConnsPerHost: 16})
	toolkeytest.Run(t, toolkeytest.Harness{
		New:   func(t *testing.T) toolkey.Store { return open(t, db, table(t, db)) },
		Again: func(_ *testing.T, s toolkey.Store) toolkey.Store { again := *s.(*dynamotoolkey.Store); return &again },
	})
}

// lossy loses the first answer to an operation.
type lossy struct {
	http.RoundTripper
	operation string
	lost      atomic.Bool
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.Header.Get("X-Amz-Target"), l.operation) && l.lost.CompareAndSwap(false, true) {
		_ = answer.Body.Close() // nobody reads it
		return nil, errors.New("the connection was cut")
	}
	return answer, err
}

// TestALostAnswerIsNotATakenID lets the SDK repeat a put that was made.
func TestALostAnswerIsNotATakenID(t *testing.T) {
	lose := &lossy{RoundTripper: &http.Transport{}, operation: ".PutItem"}
	db := client(t, lose)
	s := open(t, db, table(t, db))
	key := toolkey.Key{ID: "crm", Digest: toolkey.Digest{1}, Scopes: []string{"read"}, Created: time.UnixMilli(1_000)}
	if err := s.Add(t.Context(), key); err != nil {
		t.Error(err)
	}
	if !lose.lost.Load() {
		t.Fatal("no answer was lost")
	}
	if err := s.Add(t.Context(), toolkey.Key{ID: "crm", Digest: toolkey.Digest{2}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("another key of the same id: %v", err)
	}
}

// TestNothingOfItExpires checks that the table's TTL has nothing to remove: what is
// revoked or expired is for people to clear away.
func TestNothingOfItExpires(t *testing.T) {
	db := client(t, &http.Transport{})
	name := table(t, db)
	if err := open(t, db, name).Add(t.Context(), toolkey.Key{ID: "crm", Scopes: []string{"read"}}); err != nil {
		t.Fatal(err)
	}
	out, err := db.Scan(t.Context(), &dynamodb.ScanInput{TableName: &name})
	if err != nil || len(out.Items) != 1 {
		t.Fatalf("%d items, %v", len(out.Items), err)
	}
	if _, ends := out.Items[0][dynamostore.TTL]; ends {
		t.Error("the table's TTL would remove a key")
	}
}

func TestNewNeedsAll(t *testing.T) {
	if _, err := dynamotoolkey.New(nil, "t"); !fault.Is(err, fault.Config) {
		t.Errorf("without a client: %v", err)
	}
	if _, err := dynamotoolkey.New(client(t, &http.Transport{}), ""); !fault.Is(err, fault.Config) {
		t.Errorf("without a table: %v", err)
	}
}
