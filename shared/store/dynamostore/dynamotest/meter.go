// Package dynamotest is for tests of whatever works on the table: a meter of what
// calls cost, and a network on a bad day.
package dynamotest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// Cost is what an operation took.
type Cost struct {
	Calls   int
	Trips   int     // calls one after the other: those made at once are one
	Reads   float64 // request units
	Writes  float64
	Whole   int // calls that were transactions
	Refused int // calls whose condition refused: each costs as if it had written, which DynamoDB does not tell
}

// Plus is the cost of both, one after the other.
func (c Cost) Plus(o Cost) Cost {
	return Cost{c.Calls + o.Calls, c.Trips + o.Trips, c.Reads + o.Reads, c.Writes + o.Writes, c.Whole + o.Whole, c.Refused + o.Refused}
}

func (c Cost) minus(o Cost) Cost {
	return Cost{c.Calls - o.Calls, c.Trips - o.Trips, c.Reads - o.Reads, c.Writes - o.Writes, c.Whole - o.Whole, c.Refused - o.Refused}
}

// Meter counts what a client's calls cost, as DynamoDB itself tells.
type Meter struct {
	// Latency of each call, so that calls made at once overlap.
	Latency time.Duration

	mu     sync.Mutex
	flying int
	total  Cost
}

// Watch makes a client one whose calls are counted.
func (m *Meter) Watch(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("meter", m.count), middleware.Before)
	})
}

// Total is what was counted so far.
func (m *Meter) Total() Cost {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.total
}

// Of returns what an operation takes.
func (m *Meter) Of(operation func()) Cost {
	before := m.Total()
	operation()
	return m.Total().minus(before)
}

func (m *Meter) count(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	in.Parameters = asking(in.Parameters)
	_, whole := in.Parameters.(*dynamodb.TransactWriteItemsInput)
	m.begin(whole)
	out, data, err := next.HandleInitialize(ctx, in)
	m.end(out.Result, err)
	return out, data, err
}

func (m *Meter) begin(whole bool) {
	m.mu.Lock()
	m.total.Calls++
	if whole {
		m.total.Whole++
	}
	if m.flying++; m.flying == 1 {
		m.total.Trips++
	}
	m.mu.Unlock()
	time.Sleep(m.Latency)
}

func (m *Meter) end(result any, err error) {
	reads, writes := told(result)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flying--
	m.total.Reads += reads
	m.total.Writes += writes
	var condition *types.ConditionalCheckFailedException
	var transaction *types.TransactionCanceledException
	if errors.As(err, &condition) || errors.As(err, &transaction) {
		m.total.Refused++
	}
}

// asking makes a call ask for what it costs. The caller's input stays as it is.
func asking(parameters any) any {
	const total = types.ReturnConsumedCapacityTotal
	switch in := parameters.(type) {
	case *dynamodb.GetItemInput:
		c := *in
		c.ReturnConsumedCapacity = total
		return &c
	case *dynamodb.BatchGetItemInput:
		c := *in
		c.ReturnConsumedCapacity = total
		return &c
	case *dynamodb.QueryInput:
		c := *in
		c.ReturnConsumedCapacity = total
		return &c
	case *dynamodb.PutItemInput:
		c := *in
		c.ReturnConsumedCapacity = total
		return &c
	case *dynamodb.UpdateItemInput:
		c := *in
		c.ReturnConsumedCapacity = total
		return &c
	case *dynamodb.DeleteItemInput:
		c := *in
		c.ReturnConsumedCapacity = total
		return &c
	case *dynamodb.TransactWriteItemsInput:
		c := *in
		c.ReturnConsumedCapacity = total
		return &c
	default:
		return parameters
	}
}

// told returns the units that a call's answer tells of.
func told(result any) (reads, writes float64) {
	switch out := result.(type) {
	case *dynamodb.GetItemOutput:
		return units(out.ConsumedCapacity), 0
	case *dynamodb.BatchGetItemOutput:
		return all(out.ConsumedCapacity), 0
	case *dynamodb.QueryOutput:
		return units(out.ConsumedCapacity), 0
	case *dynamodb.PutItemOutput:
		return 0, units(out.ConsumedCapacity)
	case *dynamodb.UpdateItemOutput:
		return 0, units(out.ConsumedCapacity)
	case *dynamodb.DeleteItemOutput:
		return 0, units(out.ConsumedCapacity)
	case *dynamodb.TransactWriteItemsOutput:
		return 0, all(out.ConsumedCapacity)
	default:
		return 0, 0
	}
}

func units(c *types.ConsumedCapacity) float64 {
	if c == nil {
		return 0
	}
	return aws.ToFloat64(c.CapacityUnits)
}

func all(list []types.ConsumedCapacity) (sum float64) {
	for i := range list {
		sum += units(&list[i])
	}
	return sum
}
