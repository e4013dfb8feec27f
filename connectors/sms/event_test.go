package sms_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

const ourConversation = conversation.ID("abcdefghijklmnopqrstuvwxyz")

func ourKey() conversation.Key { return conversation.OwnKey(now(), "answer", 0) }

// told is an event of a message of ours.
func told(kind string, change func(event, marks map[string]any)) channel.Request {
	marks := map[string]any{"conversation": ourConversation, "key": ourKey(), "piece": "last"}
	event := map[string]any{"eventType": kind, "isFinal": true, "eventTimestamp": now().Add(-time.Second).UnixMilli(), "context": marks}
	change(event, marks)
	return notified(event, asIs)
}

func unchanged(_, _ map[string]any) {}

func TestEvents(t *testing.T) {
	for kind, want := range map[string]struct {
		delivery conversation.Delivery
		code     fault.Code
	}{
		"TEXT_SUCCESSFUL":             {conversation.Sent, ""},
		"TEXT_DELIVERED":              {conversation.Delivered, ""},
		"TEXT_BLOCKED":                {conversation.NotSent, fault.RecipientGone},
		"TEXT_INVALID":                {conversation.NotSent, fault.RecipientGone},
		"TEXT_TTL_EXPIRED":            {conversation.NotSent, fault.Undelivered},
		"TEXT_UNREACHABLE":            {conversation.NotSent, fault.Undelivered},
		"TEXT_CARRIER_UNREACHABLE":    {conversation.NotSent, fault.Undelivered},
		"TEXT_INVALID_MESSAGE":        {conversation.NotSent, fault.ProviderRefused},
		"TEXT_CARRIER_BLOCKED":        {conversation.NotSent, fault.ProviderRefused},
		"TEXT_SPAM":                   {conversation.NotSent, fault.ProviderRefused},
		"TEXT_PROTECT_BLOCKED":        {conversation.NotSent, fault.AccountLimit},
		"MEDIA_SUCCESSFUL":            {conversation.Sent, ""},
		"MEDIA_DELIVERED":             {conversation.Delivered, ""},
		"MEDIA_UNREACHABLE":           {conversation.NotSent, fault.Undelivered},
		"MEDIA_FILE_INACCESSIBLE":     {conversation.NotSent, fault.ProviderRefused},
		"MEDIA_FILE_TYPE_UNSUPPORTED": {conversation.NotSent, fault.ProviderRefused},
		"MEDIA_FILE_SIZE_EXCEEDED":    {conversation.NotSent, fault.ProviderRefused},
	} {
		receipt := receive(t, told(kind, unchanged))
		if len(receipt.Reports) != 1 {
			t.Errorf("%s: got %+v", kind, receipt)
			continue
		}
		r := receipt.Reports[0]
		if r.Conversation != ourConversation || r.Key != ourKey() || r.Outcome.Delivery != want.delivery || r.Outcome.Code != string(want.code) ||
			!r.Outcome.At.Equal(now().Add(-time.Second)) || (r.Outcome.Hint == "") != (want.code == "") {
			t.Errorf("%s: got %+v", kind, r)
		}
		more := receive(t, told(kind, func(_, marks map[string]any) { marks["piece"] = "more" }))
		if failed := want.delivery == conversation.NotSent; failed != (len(more.Reports) == 1) || failed == (more.Ignored == "not_final") {
			t.Errorf("%s of a piece that others follow: got %+v", kind, more)
		}
	}
}

func TestEventsThatDecideNothing(t *testing.T) {
	for name, c := range map[string]struct {
		kind   string
		change func(event, marks map[string]any)
		want   string
	}{
		"not known":      {"TEXT_UNKNOWN", unchanged, "outcome_not_known"},
		"new":            {"TEXT_SOMETHING", unchanged, "outcome_not_known"},
		"on its way":     {"TEXT_PENDING", func(e, _ map[string]any) { e["isFinal"] = false }, "not_final"},
		"not final yet":  {"TEXT_UNREACHABLE", func(e, _ map[string]any) { e["isFinal"] = false }, "not_final"},
		"final, it says": {"TEXT_DELIVERED", func(e, _ map[string]any) { e["isFinal"] = "true" }, "not_final"},
		"no context":     {"TEXT_DELIVERED", func(e, _ map[string]any) { delete(e, "context") }, "not_ours"},
		"a bad context":  {"TEXT_DELIVERED", func(e, _ map[string]any) { e["context"] = "x" }, "not_ours"},
		"a bad id":       {"TEXT_DELIVERED", func(_, m map[string]any) { m["conversation"] = strings.Repeat("A", 26) }, "not_ours"},
		"a bad key":      {"TEXT_DELIVERED", func(_, m map[string]any) { m["key"] = "1" }, "not_ours"},
		"a customer's":   {"TEXT_DELIVERED", func(_, m map[string]any) { m["key"] = conversation.InboundKey(now(), "1") }, "not_ours"},
	} {
		if receipt := receive(t, told(c.kind, c.change)); receipt.Ignored != c.want || len(receipt.Reports) > 0 {
			t.Errorf("%s: got %+v", name, receipt)
		}
	}
	for _, at := range []any{nil, 0, now().Add(time.Hour).UnixMilli(), "soon"} {
		receipt := receive(t, told("TEXT_DELIVERED", func(e, _ map[string]any) { e["eventTimestamp"] = at }))
		if len(receipt.Reports) != 1 || !receipt.Reports[0].Outcome.At.Equal(now()) {
			t.Errorf("at %v: got %+v", at, receipt)
		}
	}
}
