package dynamostore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/awsfault"
)

// A call that collided with a transaction, or was throttled, is made again after
// a random wait of up to firstWait, doubled each time up to longestWait. A call
// that got no answer is not: that is for the client, which makes it under the
// same token, and then for the caller.
const (
	tries       = 10
	firstWait   = 10 * time.Millisecond
	longestWait = 500 * time.Millisecond
)

// again makes a call until it is answered, with whatever answer.
func (s *Store) again(ctx context.Context, call func() error) error {
	for n := 0; ; n++ {
		err := call()
		if err == nil || n == tries-1 || !collided(err) {
			return err
		}
		if ended := s.pause(ctx, n); ended != nil {
			return ended
		}
	}
}

func (s *Store) pause(ctx context.Context, n int) error {
	most := min(firstWait<<n, longestWait)
	return s.wait(ctx, time.Duration(s.random()*float64(most)))
}

// collisions are DynamoDB's words for a call that was certainly not carried out,
// and will be when it is made again.
var collisions = []string{
	"TransactionConflictException", "TransactionInProgressException", "ThrottlingException",
	"ProvisionedThroughputExceededException", "RequestLimitExceeded",
}

// collidedReasons are the same, of one action of a transaction.
var collidedReasons = []string{"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}

const refusedReason = "ConditionalCheckFailed"

// collided reports whether making the call again is what helps. The first action
// of a transaction decides: if its condition refused, it refuses again.
func collided(err error) bool {
	reasons := reasonsOf(err)
	if len(reasons) > 0 && aws.ToString(reasons[0].Code) == refusedReason {
		return false
	}
	return slices.Contains(collisions, awsfault.CodeOf(err)) || slices.ContainsFunc(reasons, func(r types.CancellationReason) bool {
		return slices.Contains(collidedReasons, aws.ToString(r.Code))
	})
}

func reasonsOf(err error) []types.CancellationReason {
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		return cancelled.CancellationReasons
	}
	return nil
}

// update makes an edit, and returns the item after it if after is set to ALL_NEW.
func (s *Store) update(ctx context.Context, e *edit, after types.ReturnValue) (changed item, err error) {
	in := e.update(s.table)
	in.ReturnValues = after
	err = s.again(ctx, func() error {
		out, err := s.api.UpdateItem(ctx, in)
		if err == nil {
			changed = out.Attributes
		}
		return err
	})
	return changed, err
}

// refusal is why a transaction did nothing: the item that one of its actions'
// conditions refused, nil if there was none.
type refusal struct {
	refused bool
	item    item
}

// maxActions is how many items a transaction changes.
const maxActions = 100

// transact makes all edits or none. If conditions refused, it says which.
func (s *Store) transact(ctx context.Context, edits []*edit) ([]refusal, error) {
	if len(edits) > maxActions {
		return nil, errTooMuch
	}
	actions := make([]types.TransactWriteItem, len(edits))
	for i, e := range edits {
		actions[i] = e.action(s.table)
	}
	err := s.again(ctx, func() error {
		// A new input each time: the token it is given belongs to one call.
		_, err := s.api.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: actions})
		return err
	})
	reasons := reasonsOf(err)
	if len(reasons) != len(edits) {
		return nil, err
	}
	refusals, known := make([]refusal, len(edits)), false
	for i, r := range reasons {
		if aws.ToString(r.Code) == refusedReason {
			refusals[i], known = refusal{true, r.Item}, true
		}
		if oversize(aws.ToString(r.Message)) {
			return nil, errTooLarge
		}
	}
	if !known {
		return nil, err
	}
	return refusals, nil
}

// get returns one item as it is now; nil if there is none.
func (s *Store) get(ctx context.Context, k key) (found item, err error) {
	err = s.again(ctx, func() error {
		out, err := s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.table, Key: k.item(), ConsistentRead: aws.Bool(true)})
		if err == nil {
			found = out.Item
		}
		return err
	})
	if found.forgotten(s.now()) {
		found = nil
	}
	return found, err
}

// maxBatch is how many items one call returns.
const maxBatch = 100

// all returns those of the items that exist, as they are now.
func (s *Store) all(ctx context.Context, keys []key) (map[key]item, error) {
	found := make(map[key]item, len(keys))
	unique := map[key]bool{}
	var wanted []map[string]types.AttributeValue
	for _, k := range keys {
		if !unique[k] {
			unique[k] = true
			wanted = append(wanted, k.item())
		}
	}
	for n := 0; len(wanted) > 0; {
		some := wanted[:min(len(wanted), maxBatch)]
		left, err := s.batch(ctx, some, found)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted[len(some):], left...)
		if len(left) < len(some) {
			n = 0
			continue
		}
		// Nothing at all came back: the table is asked for too much.
		if err := s.pause(ctx, n); err != nil {
			return nil, err
		}
		n = min(n+1, tries)
	}
	return found, nil
}

func (s *Store) batch(ctx context.Context, keys []map[string]types.AttributeValue, found map[key]item) (left []map[string]types.AttributeValue, err error) {
	err = s.again(ctx, func() error {
		out, err := s.api.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			s.table: {Keys: keys, ConsistentRead: aws.Bool(true)},
		}})
		if err != nil {
			return err
		}
		for _, i := range out.Responses[s.table] {
			if !item(i).forgotten(s.now()) {
				found[item(i).key()] = i
			}
		}
		left = out.UnprocessedKeys[s.table].Keys
		return nil
	})
	return left, err
}

// page is a part of what a query finds.
type page struct {
	items []item
	count int
	next  map[string]types.AttributeValue // where the rest begins; nil at the end
}

func (s *Store) query(ctx context.Context, in dynamodb.QueryInput) (p page, err error) {
	in.TableName = &s.table
	err = s.again(ctx, func() error {
		out, err := s.api.Query(ctx, &in)
		if err != nil {
			return err
		}
		p = page{count: int(out.Count), next: out.LastEvaluatedKey}
		for _, i := range out.Items {
			if !item(i).forgotten(s.now()) {
				p.items = append(p.items, i)
			}
		}
		return nil
	})
	return p, err
}

// find collects up to limit items over as many pages as that takes, and reports
// whether there are more.
func (s *Store) find(ctx context.Context, in dynamodb.QueryInput, limit int) (items []item, more bool, err error) {
	for len(items) < limit {
		in.Limit = aws.Int32(int32(min(limit-len(items), 1<<20)))
		p, err := s.query(ctx, in)
		if err != nil {
			return nil, false, err
		}
		items = append(items, p.items...)
		if in.ExclusiveStartKey = p.next; p.next == nil {
			return items, false, nil
		}
	}
	return items, true, nil
}

// within is the part of a partition, of the table or of an index, between two
// places, both included.
func within(index, hash, in, sort string, from, to types.AttributeValue) dynamodb.QueryInput {
	q := dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("#h = :h AND #s BETWEEN :from AND :to"),
		ExpressionAttributeNames:  map[string]string{"#h": hash, "#s": sort},
		ExpressionAttributeValues: map[string]types.AttributeValue{":h": text(in), ":from": from, ":to": to},
	}
	if index == "" {
		q.ConsistentRead = aws.Bool(true)
	} else {
		q.IndexName = &index
	}
	return q
}

// prefixed is a partition of the table, or of an index, as far as its keys begin so.
func prefixed(index, hash, in, sort, prefix string) dynamodb.QueryInput {
	q := within(index, hash, in, sort, text(prefix), nil)
	delete(q.ExpressionAttributeValues, ":to")
	q.KeyConditionExpression = aws.String("#h = :h AND begins_with(#s, :from)")
	if prefix == "" {
		q.KeyConditionExpression = aws.String("#h = :h")
		delete(q.ExpressionAttributeValues, ":from")
		delete(q.ExpressionAttributeNames, "#s")
	}
	return q
}
