package dynamovault

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The items of a name:
//
//	v#<name>  value  an entry: version, sealed, datakey, until, expires
//	          lease  holder, until, expires
const (
	prefix = "v#"
	value  = "value"
	lease  = "lease"

	version     = "version"
	sealed      = "sealed"  // the value, sealed with the data key
	dataKeyName = "datakey" // the data key, sealed by KMS
	holderName  = "holder"
	until       = "until"   // Unix milliseconds; absent: for ever
	expires     = "expires" // Unix seconds, for the table's time to live
)

// item is what DynamoDB returns. An attribute that is not there, or is of another
// type, reads as its zero value.
type item map[string]types.AttributeValue

func keyOf(name, sort string) item {
	return item{"pk": text(prefix + name), "sk": text(sort)}
}

// put is an item that is written on a condition about its end. The item refused comes
// back.
func (v *Vault) put(i item, end time.Time) *dynamodb.PutItemInput {
	if !end.IsZero() {
		i[until] = number(end.UnixMilli())
		i[expires] = number(end.Unix() + 1)
	}
	return &dynamodb.PutItemInput{
		TableName: &v.name, Item: i,
		ExpressionAttributeNames:            map[string]string{"#until": until},
		ExpressionAttributeValues:           map[string]types.AttributeValue{":now": number(v.now().UnixMilli())},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

func (i item) text(name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func (i item) bytes(name string) []byte {
	if v, ok := i[name].(*types.AttributeValueMemberB); ok {
		return v.Value
	}
	return nil
}

func (i item) time(name string) time.Time {
	v, ok := i[name].(*types.AttributeValueMemberN)
	if !ok {
		return time.Time{}
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
