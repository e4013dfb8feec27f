// Package dynamotoolkey keeps the tokens of agents' tools in the DynamoDB table that
// dynamostore describes:
//
//	k#  <tool>  what is kept of a tool's token
//
// All are in one partition: a company has tens of tools, and listing them is one
// query. Every read is consistent, so a revoked token works nowhere any more.
package dynamotoolkey

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// API is what the store asks of DynamoDB: the actions a role needs. The client is
// to repeat calls that were throttled or got no answer, as the SDK's does.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// Store is a toolkey.Store. It keeps nothing but its client.
type Store struct {
	api   API
	table string
}

var _ toolkey.Store = (*Store)(nil)

// New makes a Store on a table that exists. It makes no call.
func New(api API, table string) (*Store, error) {
	if api == nil || table == "" {
		return nil, fault.New(fault.Config, "dynamotoolkey.New", "a client and a table's name are needed")
	}
	return &Store{api, table}, nil
}

// tools is the partition of the tools' tokens. Prefix lets a policy name it.
const tools = Prefix

// Prefix begins the partition keys of this package's items and of nobody else's.
const Prefix = "k#"

// The attributes. The table's keys are dynamostore's.
const (
	partition = "pk"
	order     = "sk"
	digest    = "digest"
	names     = "names"
	scopes    = "scopes"
	madeBy    = "by"
	created   = "created" // Unix milliseconds
	until     = "until"   // Unix milliseconds; not "expires", which the table's TTL removes
)

type item = map[string]types.AttributeValue

func keyOf(id string) item { return item{partition: text(tools), order: text(id)} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.UnixMilli(), 10)}
}

var (
	errTaken   = fault.New(fault.Conflict, "dynamotoolkey", "there is a tool of this id: revoke its token first, or choose another id")
	errUnknown = fault.New(fault.NotFound, "dynamotoolkey", "there is no tool of this id")
)

// refused reports whether a condition was what failed.
func refused(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

// Add implements toolkey.Store.
func (s *Store) Add(ctx context.Context, k toolkey.Key) error {
	called, absent := item{}, "attribute_not_exists(pk)"
	for language, name := range k.Names {
		called[string(language)] = text(name)
	}
	may := make([]types.AttributeValue, len(k.Scopes))
	for i, scope := range k.Scopes {
		may[i] = text(scope)
	}
	kept := keyOf(k.ID)
	kept[digest] = &types.AttributeValueMemberB{Value: slices.Clone(k.Digest[:])}
	kept[names] = &types.AttributeValueMemberM{Value: called}
	kept[scopes] = &types.AttributeValueMemberL{Value: may}
	kept[madeBy] = text(string(k.By))
	kept[created], kept[until] = number(k.Created), number(k.Expires)
	_, err := s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: kept, ConditionExpression: &absent})
	if refused(err) {
		return s.added(ctx, k)
	}
	return awsfault.Wrap(err, "dynamotoolkey.Add")
}

// added tells the same key from another's. The SDK repeats a call whose answer was
// lost, and the second is refused by what the first one did.
func (s *Store) added(ctx context.Context, k toolkey.Key) error {
	there, err := s.Get(ctx, k.ID)
	switch {
	case fault.Is(err, fault.NotFound), err == nil && there.Digest != k.Digest:
		return errTaken
	default:
		return err
	}
}

// Get implements toolkey.Store.
func (s *Store) Get(ctx context.Context, id string) (toolkey.Key, error) {
	now := true
	out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: keyOf(id), ConsistentRead: &now})
	if err != nil {
		return toolkey.Key{}, awsfault.Wrap(err, "dynamotoolkey.Get")
	}
	if len(out.Item) == 0 {
		return toolkey.Key{}, errUnknown
	}
	return read(out.Item), nil
}

// List implements toolkey.Store.
func (s *Store) List(ctx context.Context) ([]toolkey.Key, error) {
	now, all := true, "#pk = :tools"
	in := &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: &now, KeyConditionExpression: &all,
		ExpressionAttributeNames: map[string]string{"#pk": partition}, ExpressionAttributeValues: item{":tools": text(tools)},
	}
	var keys []toolkey.Key
	for {
		out, err := s.api.Query(ctx, in)
		if err != nil {
			return nil, awsfault.Wrap(err, "dynamotoolkey.List")
		}
		for _, i := range out.Items {
			keys = append(keys, read(i))
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return keys, nil
		}
	}
}

// Remove implements toolkey.Store.
func (s *Store) Remove(ctx context.Context, id string) error {
	out, err := s.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.table, Key: keyOf(id), ReturnValues: types.ReturnValueAllOld,
	})
	if err != nil {
		return awsfault.Wrap(err, "dynamotoolkey.Remove")
	}
	if len(out.Attributes) == 0 {
		return errUnknown
	}
	return nil
}

func read(i item) toolkey.Key {
	k := toolkey.Key{
		ID: textOf(i[order]), By: conversation.AgentID(textOf(i[madeBy])),
		Names: map[conversation.Language]string{}, Created: timeOf(i[created]), Expires: timeOf(i[until]),
	}
	if v, ok := i[digest].(*types.AttributeValueMemberB); ok {
		copy(k.Digest[:], v.Value)
	}
	if v, ok := i[names].(*types.AttributeValueMemberM); ok {
		for language, name := range v.Value {
			k.Names[conversation.Language(language)] = textOf(name)
		}
	}
	if v, ok := i[scopes].(*types.AttributeValueMemberL); ok {
		for _, scope := range v.Value {
			k.Scopes = append(k.Scopes, textOf(scope))
		}
	}
	return k
}

func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// timeOf returns the Unix epoch for what is no time: such a key has expired.
func timeOf(v types.AttributeValue) time.Time {
	if n, ok := v.(*types.AttributeValueMemberN); ok {
		if ms, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return time.UnixMilli(ms).UTC()
		}
	}
	return time.UnixMilli(0).UTC()
}
