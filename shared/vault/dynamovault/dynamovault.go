// Package dynamovault is the vault of the Lambda host, in the one DynamoDB table. A
// value is sealed with a data key of its own, and that is sealed by KMS: who may read
// the table reads no token without the right to decrypt.
package dynamovault

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/vault"
)

// Table is what the vault asks of DynamoDB: the actions a role needs on the table.
type Table interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// Options of New, all required.
type Options struct {
	Table Table
	Name  string           // the table's
	Keys  Keys             // KMS
	Key   string           // id or ARN of the symmetric KMS key that seals data keys
	Now   func() time.Time // the clock that entries, leases and remembered data keys end by
}

// Vault is a vault.Vault.
type Vault struct {
	api  Table
	name string
	keys *dataKeys
	now  func() time.Time
}

var _ vault.Vault = (*Vault)(nil)

// New makes a Vault on a table that exists, with keys pk and sk. It makes no call.
func New(o Options) (*Vault, error) {
	if o.Table == nil || o.Name == "" || o.Keys == nil || o.Key == "" || o.Now == nil {
		return nil, fault.New(fault.Config, "dynamovault.New", "a table, KMS, a key and a clock are needed")
	}
	return &Vault{api: o.Table, name: o.Name, keys: newDataKeys(o.Keys, o.Key, o.Now), now: o.Now}, nil
}

// Get implements vault.Vault.
func (v *Vault) Get(ctx context.Context, name string) (vault.Entry, error) {
	const op = "dynamovault.Get"
	if err := vault.CheckName(name); err != nil {
		return vault.Entry{}, err
	}
	out, err := v.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &v.name, Key: keyOf(name, value), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return vault.Entry{}, awsfault.Wrap(err, op)
	}
	i := item(out.Item)
	e := vault.Entry{Version: i.text(version), Expires: i.time(until)}
	if i == nil || !e.Expires.IsZero() && !v.now().Before(e.Expires) {
		return vault.Entry{}, fault.New(fault.NotFound, op, "there is no such entry, or it expired")
	}
	sealer, err := v.keys.open(ctx, name, i.bytes(dataKeyName))
	if err != nil {
		return vault.Entry{}, awsfault.Wrap(err, op)
	}
	if e.Value, err = sealer.Open(i.bytes(sealed), e.Place(name)); err != nil {
		return vault.Entry{}, fault.Wrap(err, fault.Config, op, hintSealed)
	}
	return e, nil
}

// Put implements vault.Vault.
func (v *Vault) Put(ctx context.Context, name string, e vault.Entry) (string, error) {
	const op = "dynamovault.Put"
	if err := vault.CheckPut(name, e); err != nil {
		return "", err
	}
	over := e.Version
	e.Version = rand.Text()
	sealer, wrapped, err := v.keys.make(ctx, name)
	if err != nil {
		return "", awsfault.Wrap(err, op)
	}
	in := v.put(keyOf(name, value), e.Expires)
	in.Item[version] = text(e.Version)
	in.Item[dataKeyName] = &types.AttributeValueMemberB{Value: wrapped}
	in.Item[sealed] = &types.AttributeValueMemberB{Value: sealer.Seal(e.Value, e.Place(name))}
	if over == "" {
		in.ConditionExpression = aws.String("attribute_not_exists(pk) OR #until <= :now")
	} else {
		in.ConditionExpression = aws.String("#version = :over AND (attribute_not_exists(#until) OR #until > :now)")
		in.ExpressionAttributeNames["#version"] = version
		in.ExpressionAttributeValues[":over"] = text(over)
	}
	_, err = v.api.PutItem(ctx, in)
	// Our own version is there if a try that got no answer was carried out after all.
	if there, refused := refusal(err); refused && there.text(version) != e.Version {
		return "", fault.New(fault.Conflict, op, "look again: another version is there, or none")
	} else if err != nil && !refused {
		return "", awsfault.Wrap(err, op)
	}
	return e.Version, nil
}

// Delete implements vault.Vault.
func (v *Vault) Delete(ctx context.Context, name string) error {
	if err := vault.CheckName(name); err != nil {
		return err
	}
	_, err := v.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &v.name, Key: keyOf(name, value)})
	return awsfault.Wrap(err, "dynamovault.Delete")
}

// Lease implements vault.Vault.
func (v *Vault) Lease(ctx context.Context, name, holder string, end time.Time) error {
	const op = "dynamovault.Lease"
	now := v.now()
	if err := vault.CheckLease(name, holder, now, end); err != nil {
		return err
	}
	in := v.put(keyOf(name, lease), end)
	in.Item[holderName] = text(holder)
	in.ConditionExpression = aws.String("attribute_not_exists(pk) OR #until <= :now OR #holder = :holder")
	in.ExpressionAttributeNames["#holder"] = holderName
	in.ExpressionAttributeValues[":holder"] = text(holder)
	_, err := v.api.PutItem(ctx, in)
	if held, refused := refusal(err); refused {
		left := held.time(until).Sub(now)
		return &fault.Error{Code: fault.Conflict, Op: op, Hint: "another holds the lease", RetryAfter: left}
	}
	return awsfault.Wrap(err, op)
}

// Release implements vault.Vault.
func (v *Vault) Release(ctx context.Context, name, holder string) error {
	if err := vault.CheckHolder(name, holder); err != nil {
		return err
	}
	_, err := v.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &v.name, Key: keyOf(name, lease),
		ConditionExpression:       aws.String("#holder = :holder"),
		ExpressionAttributeNames:  map[string]string{"#holder": holderName},
		ExpressionAttributeValues: map[string]types.AttributeValue{":holder": text(holder)},
	})
	if _, refused := refusal(err); refused {
		return nil
	}
	return awsfault.Wrap(err, "dynamovault.Release")
}

// refusal returns the item that a condition refused, nil if there was none, and
// whether that is what went wrong.
func refusal(err error) (item, bool) {
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return refused.Item, true
	}
	return nil, false
}
