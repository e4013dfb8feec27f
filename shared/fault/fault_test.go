package fault_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

func TestEveryCodeHasAWholeRow(t *testing.T) {
	for code, row := range fault.Table() {
		if row.Status < 400 || row.Status > 599 {
			t.Errorf("%s: status %d is not an error status", code, row.Status)
		}
		if row.Meaning == "" || strings.HasSuffix(row.Meaning, ".") {
			t.Errorf("%s: the meaning %q is one clause without a full stop", code, row.Meaning)
		}
		if strings.ToLower(string(code)) != string(code) {
			t.Errorf("%s: codes are lower case", code)
		}
	}
}

func TestWrapKeepsTheInnerCode(t *testing.T) {
	inner := fault.New(fault.NotYours, "desk.reply", "claim the ticket first")
	err := fault.Wrap(fmt.Errorf("outer: %w", inner), fault.Internal, "http", "ignored")
	if fault.CodeOf(err) != fault.NotYours || fault.StatusOf(err) != 403 {
		t.Fatalf("got %s, %d", fault.CodeOf(err), fault.StatusOf(err))
	}
	if p := fault.PublicOf(err); p.Hint != "claim the ticket first" {
		t.Errorf("the hint was lost: %+v", p)
	}
	if fault.Wrap(nil, fault.Internal, "op", "") != nil {
		t.Error("nil must stay nil")
	}
}

func TestUnknownErrorsShowNothing(t *testing.T) {
	p := fault.PublicOf(errors.New("open /secret/path: token=abc"))
	if p.Code != fault.Internal || p.Hint != "" || strings.Contains(p.Message, "secret") {
		t.Errorf("leaked: %+v", p)
	}
	op := fault.PublicOf(fault.New(fault.Config, "config", "set ZHIDA_X"))
	if op.Hint != "" {
		t.Errorf("an operator's hint reached a caller: %+v", op)
	}
}

func TestDeadlinesAreTold(t *testing.T) {
	err := fault.Wrap(fmt.Errorf("x: %w", context.DeadlineExceeded), fault.Internal, "op", "")
	if !fault.Is(err, fault.DeadlineExceeded) || fault.RetryOf(err) != fault.Later {
		t.Errorf("got %v", err)
	}
}

func TestClockSkewTellsTheTime(t *testing.T) {
	err := &fault.Error{Code: fault.ClockSkew, Op: "op", Now: time.UnixMilli(1_800_000_000_000)}
	if p := fault.PublicOf(err); p.Now != 1_800_000_000_000 {
		t.Errorf("got %+v", p)
	}
}
