// Package awsfault turns errors of the AWS SDK into faults, without the words that
// AWS or the SDK found for them: those can hold what a customer wrote, a token or a
// queue's address. What stays is the service's code and its request's id.
package awsfault

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/aws/smithy-go"

	"github.com/zhida-project/zhida/shared/fault"
)

// denied are AWS's codes for a call that the role may not make.
var denied = []string{
	"AccessDenied", "AccessDeniedException", "ForbiddenException", "UnrecognizedClientException",
	"InvalidClientTokenId", "InvalidSignatureException", "ExpiredTokenException",
	"Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
}

// malformed are AWS's codes for a call that it would refuse every time.
var malformed = []string{"ValidationException", "SerializationException", "BadRequestException", "InvalidParameterException"}

// Wrap makes err a fault of the operation: Config where the role may not, Internal
// for a call that is always refused, DeadlineExceeded, else Unavailable. A fault
// keeps its code and hint, and nil stays nil.
func Wrap(err error, op string) error {
	var known *fault.Error
	switch code := CodeOf(err); {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return fault.Wrap(err, known.Code, op, known.Hint)
	case slices.Contains(denied, code):
		return fault.Wrap(Quiet(err), fault.Config, op, "look at the role's policies, its credentials and the address of the service")
	case slices.Contains(malformed, code):
		return fault.Wrap(Quiet(err), fault.Internal, op, "report this defect")
	default:
		return fault.Wrap(Quiet(err), fault.Unavailable, op, "try again; if it stays, look at the service, its region and the role's policies")
	}
}

// CodeOf returns the service's name of what went wrong; "" if it did not say.
func CodeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// silent is an error without anybody's words.
type silent struct {
	text  string
	cause error // an end of the context, or nil
}

func (s *silent) Error() string { return s.text }
func (s *silent) Unwrap() error { return s.cause }

// Quiet returns what may be told of an error: the service's code and its request's
// id, the end of a context, or which address did not answer.
func Quiet(err error) error {
	var unreachable *net.OpError
	switch code := CodeOf(err); {
	case code != "":
		return &silent{text: code + requestOf(err)}
	case errors.Is(err, context.DeadlineExceeded):
		return &silent{"the deadline is over", context.DeadlineExceeded}
	case errors.Is(err, context.Canceled):
		return &silent{"the caller went away", context.Canceled}
	case errors.As(err, &unreachable):
		return &silent{text: unreachable.Error()}
	default:
		return &silent{text: fmt.Sprintf("no answer (%T)", err)}
	}
}

func requestOf(err error) string {
	var answered interface{ ServiceRequestID() string }
	if errors.As(err, &answered) && answered.ServiceRequestID() != "" {
		return ", request " + answered.ServiceRequestID()
	}
	return ""
}
