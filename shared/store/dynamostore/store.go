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

// Options are what a Store works with. All but Keep and Wait are required.
type Options struct {
	Client API
	Table  string           // with the keys and indexes of Table
	Now    func() time.Time // how long ago claims and surveys were, and what is forgotten by now
	Random func() float64   // in [0, 1), safe for concurrent use: shares out the waits of those who collided

	// Keep is for how long messages, causes and records are kept from when they
	// were stored, MinKeep at least; 0 for ever. A repeat of what is forgotten is
	// new. Conversations are kept for ever, with their latest ask, and so are
	// leases and due work, but for work upon a message that is forgotten.
	Keep time.Duration

	Wait Waiter // nil for a timer
}

// MinKeep is the least time for which messages and causes are known again: longer
// than any platform or tool repeats a call.
const MinKeep = 30 * 24 * time.Hour

// Waiter waits for a time, or less if ctx ends before: then it returns ctx's error.
type Waiter func(ctx context.Context, d time.Duration) error

// Store is a store.Store. It keeps nothing but its options: any number of Stores
// on one table are the same store.
type Store struct {
	api    API
	table  string
	now    func() time.Time
	keep   time.Duration
	random func() float64
	wait   Waiter
}

var _ store.Store = (*Store)(nil)

// New makes a Store on a table that exists. It makes no call.
func New(o Options) (*Store, error) {
	if o.Client == nil || o.Table == "" || o.Now == nil || o.Random == nil {
		return nil, fault.New(fault.Config, "dynamostore.New", "a client, a table's name, a clock and a source of chance are needed")
	}
	if o.Keep != 0 && o.Keep < MinKeep {
		return nil, fault.New(fault.Config, "dynamostore.New", "what is kept is kept for 30 days at least, or repeats would be taken for new")
	}
	if o.Wait == nil {
		o.Wait = sleep
	}
	return &Store{api: o.Client, table: o.Table, now: o.Now, keep: o.Keep, random: o.Random, wait: o.Wait}, nil
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
