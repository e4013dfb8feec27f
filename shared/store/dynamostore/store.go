// Package dynamostore is the conversation store in one DynamoDB table: the
// engine of the Lambda host. Every operation is one conditional write, one
// transaction, or a bounded read; nothing is ever scanned. Indexes lag behind
// the table, so what they show is read again, consistently, before it is
// answered.
package dynamostore

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// API is what the store asks of DynamoDB: the actions a role needs. The client
// is to repeat calls that got no answer, as the SDK's does unless told otherwise.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// Options are what a Store works with. All but Wait are required.
type Options struct {
	Client API
	Table  string           // with the keys and indexes of Table
	Now    func() time.Time // asked for one thing only: how long ago the last claims were, for Place.Every
	Random func() float64   // in [0, 1), safe for concurrent use: shares out the waits of those who collided
	Wait   Waiter           // nil for a timer
}

// Waiter waits for a time, or less if ctx ends before: then it returns ctx's error.
type Waiter func(ctx context.Context, d time.Duration) error

// Store is a store.Store. It keeps nothing but its options: any number of Stores
// on one table are the same store.
type Store struct {
	api    API
	table  string
	now    func() time.Time
	random func() float64
	wait   Waiter
}

var _ store.Store = (*Store)(nil)

// New makes a Store on a table that exists. It makes no call.
func New(o Options) (*Store, error) {
	if o.Client == nil || o.Table == "" || o.Now == nil || o.Random == nil {
		return nil, fault.New(fault.Config, "dynamostore.New", "a client, a table's name, a clock and a source of chance are needed")
	}
	if o.Wait == nil {
		o.Wait = sleep
	}
	return &Store{api: o.Client, table: o.Table, now: o.Now, random: o.Random, wait: o.Wait}, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
