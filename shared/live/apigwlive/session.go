package apigwlive

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// Table is what the sessions ask of DynamoDB: the actions a role needs.
type Table interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// Sessions keeps the sessions of open connections. It is safe for concurrent use.
type Sessions struct {
	table Table
	name  string
	now   func() time.Time
}

// NewSessions makes Sessions on a table that exists; fault.Config if a part is missing.
func NewSessions(table Table, name string, now func() time.Time) (*Sessions, error) {
	if table == nil || name == "" || now == nil {
		return nil, fault.New(fault.Config, "apigwlive.NewSessions", "a client, a table's name and a clock are needed")
	}
	return &Sessions{table, name, now}, nil
}

// The attributes, and the beginnings of keys.
const (
	partition = "pk"
	order     = "sk"
	topics    = "topics"
	state     = "state"
	proof     = "proof"   // Unix milliseconds: the session's own end
	expires   = "expires" // Unix seconds: the table's TTL

	ofConnection = "n#"
	ofTopic      = "t#"
	sessionOrder = "session"
)

type item = map[string]types.AttributeValue

func keyOf(pk, sk string) item { return item{partition: text(pk), order: text(sk)} }

func sessionKey(connection string) item { return keyOf(ofConnection+connection, sessionOrder) }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// Put keeps the session of a connection that has none. Its topics come first: who
// has a session listens. Errors: Unavailable.
func (s *Sessions) Put(ctx context.Context, connection string, of live.Session) error {
	end := s.end(of)
	for _, topic := range of.Topics {
		listens := keyOf(ofTopic+topic, connection)
		listens[expires] = number(end)
		if err := s.put(ctx, listens); err != nil {
			return awsfault.Wrap(err, "apigwlive.Put")
		}
	}
	session := sessionKey(connection)
	session[expires] = number(end)
	if len(of.State) > 0 {
		session[state] = &types.AttributeValueMemberB{Value: of.State}
	}
	if len(of.Topics) > 0 {
		session[topics] = &types.AttributeValueMemberSS{Value: of.Topics}
	}
	if !of.Expires.IsZero() {
		session[proof] = number(of.Expires.UnixMilli())
	}
	return awsfault.Wrap(s.put(ctx, session), "apigwlive.Put")
}

// end is when nobody needs the items any more: a session at its end is still read,
// so that its client is told to identify again.
func (s *Sessions) end(of live.Session) int64 {
	end := s.now().Add(longest)
	if told := of.Expires.Add(time.Hour); !of.Expires.IsZero() && told.Before(end) {
		end = told
	}
	return end.Unix()
}

func (s *Sessions) put(ctx context.Context, what item) error {
	_, err := s.table.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.name, Item: what})
	return err
}

// Get returns a connection's session. Errors: NotFound if it has none.
func (s *Sessions) Get(ctx context.Context, connection string) (live.Session, error) {
	yes := true
	out, err := s.table.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.name, Key: sessionKey(connection), ConsistentRead: &yes})
	if err != nil {
		return live.Session{}, awsfault.Wrap(err, "apigwlive.Get")
	}
	if len(out.Item) == 0 || !s.lasts(out.Item) {
		return live.Session{}, fault.New(fault.NotFound, "apigwlive.Get", "the connection has not said yet who it is")
	}
	return sessionOf(out.Item), nil
}

func sessionOf(i item) (of live.Session) {
	of.Topics = topicsOf(i)
	if v, ok := i[state].(*types.AttributeValueMemberB); ok {
		of.State = v.Value
	}
	if at, ok := intOf(i[proof]); ok {
		of.Expires = time.UnixMilli(at)
	}
	return of
}

func topicsOf(i item) []string {
	if v, ok := i[topics].(*types.AttributeValueMemberSS); ok {
		return v.Value
	}
	return nil
}

func intOf(v types.AttributeValue) (int64, bool) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseInt(n.Value, 10, 64)
	return value, err == nil
}

// lasts reports whether an item's time is not over.
func (s *Sessions) lasts(i item) bool {
	end, ok := intOf(i[expires])
	return ok && s.now().Unix() < end
}

// Delete removes what may be there. Errors: Unavailable; what is left then ends by itself.
func (s *Sessions) Delete(ctx context.Context, connection string) error {
	out, err := s.table.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.name, Key: sessionKey(connection), ReturnValues: types.ReturnValueAllOld,
	})
	if err != nil {
		return awsfault.Wrap(err, "apigwlive.Delete")
	}
	var left []error
	for _, topic := range topicsOf(out.Attributes) {
		left = append(left, s.unlisten(ctx, topic, connection))
	}
	return awsfault.Wrap(errors.Join(left...), "apigwlive.Delete")
}

func (s *Sessions) unlisten(ctx context.Context, topic, connection string) error {
	_, err := s.table.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.name, Key: keyOf(ofTopic+topic, connection)})
	return err
}

// audience is who is to hear what is pushed to a topic.
type audience struct {
	connections []string
	asked       int64 // until when clients without a connection ask, in Unix seconds; 0 for none
}

// listening returns who listens to a topic. It sees everybody who was put before it
// was asked.
func (s *Sessions) listening(ctx context.Context, topic string) (all audience, err error) {
	yes, pk := true, partition
	in := &dynamodb.QueryInput{
		TableName: &s.name, ConsistentRead: &yes,
		KeyConditionExpression:    stringOf("#pk = :topic"),
		ExpressionAttributeNames:  map[string]string{"#pk": pk},
		ExpressionAttributeValues: item{":topic": text(ofTopic + topic)},
	}
	for {
		out, err := s.table.Query(ctx, in)
		if err != nil {
			return audience{}, err
		}
		for _, i := range out.Items {
			sk, ok := i[order].(*types.AttributeValueMemberS)
			switch {
			case !ok || !s.lasts(i):
			case sk.Value == asked:
				all.asked, _ = intOf(i[expires])
			default:
				all.connections = append(all.connections, sk.Value)
			}
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; len(in.ExclusiveStartKey) == 0 {
			return all, nil
		}
	}
}

func stringOf(s string) *string { return &s }
