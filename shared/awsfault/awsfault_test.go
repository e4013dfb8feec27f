package awsfault_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/zhida-project/zhida/shared/awsfault"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestWrap(t *testing.T) {
	const word = "转人工"
	api := func(code string) error {
		return fmt.Errorf("operation error: %w", &smithy.GenericAPIError{Code: code, Message: "bad value " + word})
	}
	for name, c := range map[string]struct {
		err  error
		want fault.Code
	}{
		"nothing":       {nil, ""},
		"a fault":       {fmt.Errorf("x: %w", fault.New(fault.NotFound, "there", "look")), fault.NotFound},
		"denied":        {api("AccessDeniedException"), fault.Config},
		"malformed":     {api("ValidationException"), fault.Internal},
		"throttled":     {api("ThrottlingException"), fault.Unavailable},
		"deadline":      {fmt.Errorf("%s: %w", word, context.DeadlineExceeded), fault.DeadlineExceeded},
		"gone away":     {fmt.Errorf("%s: %w", word, context.Canceled), fault.Unavailable},
		"unreachable":   {&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}, fault.Unavailable},
		"anything else": {errors.New(word), fault.Unavailable},
	} {
		err := awsfault.Wrap(c.err, "test.op")
		if got := fault.CodeOf(err); got != c.want {
			t.Errorf("%s: %v is %q, want %q", name, err, got, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), word) || !strings.HasPrefix(err.Error(), "test.op")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := awsfault.Wrap(fmt.Errorf("x: %w", context.Canceled), "op"); !errors.Is(err, context.Canceled) {
		t.Errorf("the end of the context is lost: %v", err)
	}
}
