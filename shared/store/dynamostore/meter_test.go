package dynamostore_test

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// cost is what an operation took.
type cost struct {
	Calls  int
	Trips  int     // calls one after the other: those made at once are one
	Reads  float64 // request units
	Writes float64
}

// meter is an API that counts. Refused calls tell DynamoDB's clients nothing of
// what they cost, and are counted as calls only.
type meter struct {
	dynamostore.API
	latency time.Duration // of each call, so that calls at once overlap

	mu     sync.Mutex
	flying int
	total  cost
}

// of returns what an operation took.
func (m *meter) of(operation func()) cost {
	m.mu.Lock()
	m.total = cost{}
	m.mu.Unlock()
	operation()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}

func (m *meter) begin() {
	m.mu.Lock()
	m.total.Calls++
	if m.flying++; m.flying == 1 {
		m.total.Trips++
	}
	m.mu.Unlock()
	time.Sleep(m.latency)
}

func (m *meter) end(reads bool, used ...types.ConsumedCapacity) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flying--
	for _, u := range used {
		if reads {
			m.total.Reads += aws.ToFloat64(u.CapacityUnits)
		} else {
			m.total.Writes += aws.ToFloat64(u.CapacityUnits)
		}
	}
}

func one(u *types.ConsumedCapacity) types.ConsumedCapacity {
	if u == nil {
		return types.ConsumedCapacity{}
	}
	return *u
}

const told = types.ReturnConsumedCapacityTotal

func (m *meter) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	m.begin()
	in.ReturnConsumedCapacity = told
	out, err := m.API.GetItem(ctx, in, o...)
	if err != nil {
		m.end(true)
		return out, err
	}
	m.end(true, one(out.ConsumedCapacity))
	return out, err
}

func (m *meter) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	m.begin()
	in.ReturnConsumedCapacity = told
	out, err := m.API.BatchGetItem(ctx, in, o...)
	if err != nil {
		m.end(true)
		return out, err
	}
	m.end(true, out.ConsumedCapacity...)
	return out, err
}

func (m *meter) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	m.begin()
	in.ReturnConsumedCapacity = told
	out, err := m.API.Query(ctx, in, o...)
	if err != nil {
		m.end(true)
		return out, err
	}
	m.end(true, one(out.ConsumedCapacity))
	return out, err
}

func (m *meter) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	m.begin()
	in.ReturnConsumedCapacity = told
	out, err := m.API.UpdateItem(ctx, in, o...)
	if err != nil {
		m.end(false)
		return out, err
	}
	m.end(false, one(out.ConsumedCapacity))
	return out, err
}

func (m *meter) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	m.begin()
	in.ReturnConsumedCapacity = told
	out, err := m.API.DeleteItem(ctx, in, o...)
	if err != nil {
		m.end(false)
		return out, err
	}
	m.end(false, one(out.ConsumedCapacity))
	return out, err
}

func (m *meter) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	m.begin()
	in.ReturnConsumedCapacity = told
	out, err := m.API.TransactWriteItems(ctx, in, o...)
	if err != nil {
		m.end(false)
		return out, err
	}
	m.end(false, out.ConsumedCapacity...)
	return out, err
}
