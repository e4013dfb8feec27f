package dynamostore

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
)

// What the store itself refuses. failed puts the operation's name on it.
var (
	errUnknownConversation = fault.New(fault.NotFound, "dynamostore", "nothing was ever said in this conversation")
	errUnknownMessage      = fault.New(fault.NotFound, "dynamostore", "the conversation has no such message")
	errUnknownCause        = fault.New(fault.NotFound, "dynamostore", "nothing was committed for this cause")
	errOnce                = fault.New(fault.Conflict, "dynamostore", "a change of another conversation has this cause: look for what it did")
	errNotGranted          = fault.New(fault.Conflict, "dynamostore", "another grant is in its place, or too little of it is left")
	errRenewed             = fault.New(fault.Conflict, "dynamostore", "the work was renewed meanwhile")
	errMovedOn             = fault.New(fault.Conflict, "dynamostore", "decide again on the new state")
	errBusy                = fault.New(fault.Unavailable, "dynamostore", "the conversation keeps changing: try again")
	errTooLarge            = fault.New(fault.TooLarge, "dynamostore", "an item of DynamoDB holds 400 KB: keep what is larger elsewhere")
	errTooMuch             = fault.New(fault.TooLarge, "dynamostore", "a transaction of DynamoDB changes 100 items: commit in parts")
)

// failed makes err a fault of the operation.
func failed(op string, err error) error {
	op = "dynamostore." + op
	if tooLarge(err) {
		return fault.Wrap(awsfault.Quiet(err), fault.TooLarge, op, errTooLarge.Hint)
	}
	return awsfault.Wrap(err, op)
}

// tooLarge knows an item that outgrew DynamoDB: it has no code of its own.
func tooLarge(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationException" && oversize(api.ErrorMessage())
}

func oversize(message string) bool {
	return strings.Contains(message, "Item size") || strings.Contains(message, "size has exceeded")
}

// refused returns the item that an edit's condition refused, nil if there was
// none, and whether that is what went wrong.
func refused(err error) (item, bool) {
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return failed.Item, true
	}
	return nil, false
}
