package dynamovault_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/zhida-project/zhida/shared/emulator"
	"github.com/zhida-project/zhida/shared/store/dynamostore"
	"github.com/zhida-project/zhida/shared/vault/dynamovault"
)

func TestMain(m *testing.M) { os.Exit(emulator.Main(m)) }

// cloud is DynamoDB and KMS, with a table of the test's and the tests' key.
type cloud struct {
	db    *dynamodb.Client
	kms   *kms.Client
	table string
	key   string
}

// The tests share a key. What moto's KMS gets wrong (it checks no policy, is never busy,
// and works with disabled keys) is played in bad_test.go.
var theKey struct {
	once sync.Once
	id   string
	err  error
}

var tables atomic.Int64

func newCloud(t *testing.T) cloud {
	t.Helper()
	c := cloud{
		db: dbAt(emulator.DynamoDB(t)), kms: kmsAt(emulator.Moto(t)), table: fmt.Sprintf("zhida-%d", tables.Add(1)),
	}
	theKey.once.Do(func() {
		var out *kms.CreateKeyOutput
		if out, theKey.err = c.kms.CreateKey(t.Context(), &kms.CreateKeyInput{}); theKey.err == nil {
			theKey.id = *out.KeyMetadata.Arn
		}
	})
	if theKey.err != nil {
		t.Fatal(theKey.err)
	}
	c.key = theKey.id
	if _, err := c.db.CreateTable(t.Context(), dynamostore.Table(c.table)); err != nil {
		t.Fatal(err)
	}
	return c
}

var credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
})

func dbAt(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &url, HTTPClient: &http.Client{Transport: &http.Transport{}}, Credentials: credentials,
	})
}

func kmsAt(url string) *kms.Client {
	return kms.New(kms.Options{
		Region: "eu-west-1", BaseEndpoint: &url, HTTPClient: &http.Client{Transport: &http.Transport{}}, Credentials: credentials,
	})
}

func (c cloud) options(now func() time.Time) dynamovault.Options {
	return dynamovault.Options{Table: c.db, Name: c.table, Keys: c.kms, Key: c.key, Now: now}
}

func open(t *testing.T, o dynamovault.Options) *dynamovault.Vault {
	t.Helper()
	v, err := dynamovault.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// dump is every attribute of every item, as text.
func (c cloud) dump(t *testing.T) (all []byte) {
	t.Helper()
	out, err := c.db.Scan(t.Context(), &dynamodb.ScanInput{TableName: &c.table})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range out.Items {
		for name, v := range i {
			all = append(all, name...)
			switch v := v.(type) {
			case *types.AttributeValueMemberS:
				all = append(all, v.Value...)
			case *types.AttributeValueMemberN:
				all = append(all, v.Value...)
			case *types.AttributeValueMemberB:
				all = append(all, v.Value...)
			default:
				t.Fatalf("%s is a %T", name, v)
			}
		}
	}
	return all
}

// edit changes the item of an entry, past the vault.
func (c cloud) edit(t *testing.T, name string, change func(map[string]types.AttributeValue)) {
	t.Helper()
	out, err := c.db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &c.table, Key: keyOf(name), ConsistentRead: aws.Bool(true)})
	if err != nil || out.Item == nil {
		t.Fatalf("there is no entry %q: %v", name, err)
	}
	change(out.Item)
	if _, err := c.db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &c.table, Item: out.Item}); err != nil {
		t.Fatal(err)
	}
}

func keyOf(name string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "v#" + name}, "sk": &types.AttributeValueMemberS{Value: "value"},
	}
}

func (c cloud) swap(t *testing.T, one, two string) {
	t.Helper()
	var first, second map[string]types.AttributeValue
	c.edit(t, one, func(i map[string]types.AttributeValue) { first = maps.Clone(i) })
	c.edit(t, two, func(i map[string]types.AttributeValue) { second = maps.Clone(i); exchange(i, first) })
	c.edit(t, one, func(i map[string]types.AttributeValue) { exchange(i, second) })
}

// exchange replaces all of an item but its key.
func exchange(i, by map[string]types.AttributeValue) {
	for name := range i {
		if name != "pk" && name != "sk" {
			i[name] = by[name]
		}
	}
}

// flip changes one bit of an attribute of an entry.
func (c cloud) flip(t *testing.T, name, attribute string) {
	t.Helper()
	c.edit(t, name, func(i map[string]types.AttributeValue) {
		value := i[attribute].(*types.AttributeValueMemberB).Value
		value[len(value)/2] ^= 1
	})
}
