package sqsqueue

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
)

// failed makes err a fault of the operation, unless it is just the end of ctx. The
// contract knows no more codes: what SQS does not do now it may do later.
func failed(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	op = "sqsqueue." + op
	quiet := errors.New(awsfault.Quiet(err).Error()) // without its cause: the end of a call of the SDK's own is none of ctx
	if is(err, "InvalidMessageContents") {
		return fault.Wrap(quiet, fault.BadText, op, "SQS takes the characters of XML 1.0 only; report this defect")
	}
	return fault.Wrap(quiet, fault.Unavailable, op, "try again; if it stays, look at the queue, its region and the role's policies")
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
func is(err error, name string) bool { return strings.Contains(awsfault.CodeOf(err), name) }
