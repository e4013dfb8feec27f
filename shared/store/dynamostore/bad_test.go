package dynamostore_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// bad is an API on a bad day. Each of its calls fails on its own.
type bad struct {
	dynamostore.API
	lost      float64 // how often a call does not arrive, or its answer does not
	throttled float64
	conflicts float64 // how often a write meets a transaction

	mu     sync.Mutex
	random *rand.Rand
	made   int // calls that something happened to
}

var errLost = errors.New("connection reset by peer")

func (b *bad) chance(of float64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	hit := b.random.Float64() < of
	if hit {
		b.made++
	}
	return hit
}

// around makes one call, or not, and tells of it, or not.
func around[T any](b *bad, conflict error, call func() (T, error)) (none T, err error) {
	switch {
	case b.chance(b.lost / 2):
		return none, errLost
	case b.chance(b.throttled):
		return none, &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Throughput exceeds"}
	case conflict != nil && b.chance(b.conflicts):
		return none, conflict
	}
	out, err := call()
	if b.chance(b.lost / 2) {
		return none, errLost
	}
	return out, err
}

var errConflict = &types.TransactionConflictException{Message: aws.String("Transaction is ongoing for the item")}

func (b *bad) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return around(b, nil, func() (*dynamodb.GetItemOutput, error) { return b.API.GetItem(ctx, in, o...) })
}

func (b *bad) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return around(b, nil, func() (*dynamodb.BatchGetItemOutput, error) { return b.API.BatchGetItem(ctx, in, o...) })
}

func (b *bad) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return around(b, nil, func() (*dynamodb.QueryOutput, error) { return b.API.Query(ctx, in, o...) })
}

func (b *bad) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return around(b, errConflict, func() (*dynamodb.UpdateItemOutput, error) { return b.API.UpdateItem(ctx, in, o...) })
}

func (b *bad) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	return around(b, errConflict, func() (*dynamodb.DeleteItemOutput, error) { return b.API.DeleteItem(ctx, in, o...) })
}

func (b *bad) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	return around(b, cancelled(len(in.TransactItems), "TransactionConflict"), func() (*dynamodb.TransactWriteItemsOutput, error) {
		return b.API.TransactWriteItems(ctx, in, o...)
	})
}

// cancelled is what a transaction of n actions is told whose last has that reason.
func cancelled(n int, reason string) error {
	reasons := make([]types.CancellationReason, n)
	for i := range reasons {
		reasons[i].Code = aws.String("None")
	}
	reasons[n-1].Code = &reason
	return &types.TransactionCanceledException{Message: aws.String("Transaction cancelled"), CancellationReasons: reasons}
}
