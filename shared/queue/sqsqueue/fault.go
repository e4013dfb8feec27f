package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/zhida-project/zhida/shared/fault"
)

// failed makes err a fault of the operation, unless it is just the end of ctx.
func failed(ctx context.Context, op string, err error) error {
	op = "sqsqueue." + op
	var known *fault.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &known):
		return err
	case is(err, "InvalidMessageContents"):
		return fault.Wrap(quieted(err), fault.BadText, op, "SQS takes the characters of XML 1.0 only; report this defect")
	default:
		return fault.Wrap(quieted(err), fault.Unavailable, op, "try again; if it stays, look at the queue, its region and the role's policies")
	}
}

// lapsed knows the ways in which SQS says that a lease is over. Which it takes depends
// on the kind of queue, and on whether the message is gone, in line or held by another.
func lapsed(err error) bool {
	if is(err, "ReceiptHandleIsInvalid") || is(err, "MessageNotInflight") {
		return true
	}
	var api smithy.APIError
	return is(err, "InvalidParameterValue") && errors.As(err, &api) &&
		(strings.Contains(api.ErrorMessage(), "ReceiptHandle") || strings.Contains(api.ErrorMessage(), "receipt handle"))
}

// is reports whether SQS says this of the call. The name of an error has different
// surroundings in SQS's two protocols.
func is(err error, name string) bool { return strings.Contains(codeOf(err), name) }

// silent is an error without the words that SQS or the SDK found for it: those can hold
// a message's text or a receipt handle.
type silent string

func (s silent) Error() string { return string(s) }

func quieted(err error) error {
	var net *net.OpError
	switch code := codeOf(err); {
	case code != "":
		return silent(code + requestOf(err))
	case errors.As(err, &net):
		return silent(net.Error())
	default:
		return silent(fmt.Sprintf("no answer (%T)", err))
	}
}

// codeOf returns SQS's name of what went wrong; "" if it did not say.
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
