package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/zhida-project/zhida/shared/fault"
)

// What the store itself refuses. failed puts the operation's name on it.
var (
	errUnknownConversation = fault.New(fault.NotFound, "dynamostore", "nothing was ever said in this conversation")
	errUnknownMessage      = fault.New(fault.NotFound, "dynamostore", "the conversation has no such message")
	errUnknownCause        = fault.New(fault.NotFound, "dynamostore", "nothing was committed for this cause")
	errOnce                = fault.New(fault.Conflict, "dynamostore", "a change of another conversation has this cause: look for what it did")
	errRenewed             = fault.New(fault.Conflict, "dynamostore", "the work was renewed meanwhile")
	errMovedOn             = fault.New(fault.Conflict, "dynamostore", "decide again on the new state")
	errBusy                = fault.New(fault.Unavailable, "dynamostore", "the conversation keeps changing: try again")
	errTooLarge            = fault.New(fault.TooLarge, "dynamostore", "an item of DynamoDB holds 400 KB: keep what is larger elsewhere")
	errTooMuch             = fault.New(fault.TooLarge, "dynamostore", "a transaction of DynamoDB changes 100 items: commit in parts")
)

// failed makes err a fault of the operation.
func failed(op string, err error) error {
	if err == nil {
		return nil
	}
	op = "dynamostore." + op
	var known *fault.Error
	if errors.As(err, &known) {
		return fault.Wrap(err, known.Code, op, known.Hint)
	}
	code, hint := fault.Unavailable, "try again; if it stays, look at the table, its region and the role's policies"
	switch quiet := quieted(err); {
	case tooLarge(err):
		return fault.Wrap(quiet, fault.TooLarge, op, errTooLarge.Hint)
	case codeOf(err) == "ValidationException":
		return fault.Wrap(quiet, fault.Internal, op, "report this defect")
	default:
		return fault.Wrap(quiet, code, op, hint)
	}
}

// silent is an error without the words that DynamoDB or the SDK found for it:
// those can hold values of a customer's.
type silent struct {
	text  string
	cause error // an end of the context, or nil
}

func (s *silent) Error() string { return s.text }
func (s *silent) Unwrap() error { return s.cause }

func quieted(err error) error {
	var net *net.OpError
	switch code := codeOf(err); {
	case code != "":
		return &silent{text: code + requestOf(err)}
	case errors.Is(err, context.DeadlineExceeded):
		return &silent{"the deadline is over", context.DeadlineExceeded}
	case errors.Is(err, context.Canceled):
		return &silent{"the caller went away", context.Canceled}
	case errors.As(err, &net):
		return &silent{text: net.Error()}
	default:
		return &silent{text: fmt.Sprintf("no answer (%T)", err)}
	}
}

// codeOf returns DynamoDB's name of what went wrong; "" if it did not say.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func requestOf(err error) string {
	var answered interface{ ServiceRequestID() string }
	if errors.As(err, &answered) && answered.ServiceRequestID() != "" {
		return ", request " + answered.ServiceRequestID()
	}
	return ""
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
