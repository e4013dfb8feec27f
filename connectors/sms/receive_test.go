package sms_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
)

func receive(t *testing.T, r channel.Request) channel.Receipt {
	t.Helper()
	receipt, err := connector(t, func(*sms.Options) {}).Receive(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// one is the message of a call that has one.
func one(t *testing.T, r channel.Request) channel.Inbound {
	t.Helper()
	receipt := receive(t, r)
	if len(receipt.Messages) != 1 {
		t.Fatalf("got %+v", receipt)
	}
	return receipt.Messages[0]
}

func TestKeywordsGoByTheNumber(t *testing.T) {
	for _, c := range []struct {
		to, text string
		want     conversation.Keyword
		answered bool
	}{
		{own, "stop", conversation.OptOut, true},
		{own, "stop waiting", "", false},
		{"+12065550152", "STOP", conversation.OptOut, false},
		{own, "Basta", conversation.OptOut, false},
		{"12345", "help!", conversation.Help, true},
		{"12345", "转人工", "", false},
	} {
		m := writes(c.text)
		m["destinationNumber"] = c.to
		in := one(t, notified(m, asIs))
		if in.Keyword != c.want || in.Answered != c.answered || in.Peer.Account != c.to || in.Parts[0].Text != c.text {
			t.Errorf("%q to %s: got %+v", c.text, c.to, in)
		}
	}
}

func TestWhoWroteWhat(t *testing.T) {
	long := strings.Repeat("长", 8_001)
	for name, c := range map[string]struct {
		change func(map[string]any)
		from   string
		parts  []conversation.Part
	}{
		"spaces in numbers": {func(m map[string]any) {
			m["originationNumber"], m["destinationNumber"] = "+1 425 555 0182", "+1 (212) 555-0101"
		}, customer, conversation.TextParts("hi")},
		"nothing":           {func(m map[string]any) { m["messageBody"] = "" }, customer, []conversation.Part{{Kind: conversation.Unsupported, Text: "[一条看不见内容的短信]"}}},
		"no body":           {func(m map[string]any) { delete(m, "messageBody") }, customer, []conversation.Part{{Kind: conversation.Unsupported, Text: "[一条看不见内容的短信]"}}},
		"a body of numbers": {func(m map[string]any) { m["messageBody"] = 7 }, customer, []conversation.Part{{Kind: conversation.Unsupported, Text: "[一条看不见内容的短信]"}}},
		"controls":          {func(m map[string]any) { m["messageBody"] = "a\r\nb\x00" }, customer, conversation.TextParts("a\nb")},
		"long": {func(m map[string]any) { m["messageBody"] = long }, customer,
			append(conversation.TextParts(long[:8_000*len("长")]), conversation.Part{Kind: conversation.Unsupported, Text: "[短信太长，后面的没有保留]"})},
	} {
		m := writes("hi")
		c.change(m)
		in := one(t, notified(m, asIs))
		if in.Peer != (conversation.Peer{Channel: "sms", Account: own, User: c.from}) || len(in.Parts) != len(c.parts) || in.Parts[0] != c.parts[0] || in.Parts[len(in.Parts)-1] != c.parts[len(c.parts)-1] {
			t.Errorf("%s: got %+v", name, in)
		}
	}
}

func TestWordsInEnglish(t *testing.T) {
	c := connector(t, func(o *sms.Options) { o.Language = conversation.English })
	receipt, err := c.Receive(context.Background(), notified(writes("\u200b"), asIs))
	if err != nil || receipt.Messages[0].Parts[0].Text != "[A text message in which nothing can be seen]" {
		t.Errorf("got %+v, %v", receipt, err)
	}
}

// TestKeys: SNS tells when, but not of what is to come, and AWS's id tells what came before.
func TestKeys(t *testing.T) {
	const id, envelope = "cae173d2-66b9-564c-8309-21f858e9fb84", "63a3f6b6-d533-4a47-aef9-fcf5cf758c76"
	took := time.Date(2023, time.June, 17, 4, 11, 59, 901_000_000, time.UTC)
	stamp := func(at string) func(map[string]any) { return func(e map[string]any) { e["Timestamp"] = at } }
	for name, c := range map[string]struct {
		change func(map[string]any)
		id     any
		want   conversation.Key
	}{
		"as it is":     {asIs, id, conversation.InboundKey(took, id)},
		"ahead of us":  {stamp("2023-06-17T05:00:00.000Z"), id, conversation.InboundKey(now(), id)},
		"no time":      {stamp("yesterday"), id, conversation.InboundKey(now(), id)},
		"before times": {stamp("1969-01-01T00:00:00Z"), id, conversation.InboundKey(now(), id)},
		"no id":        {asIs, "", conversation.InboundKey(took, envelope)},
		"a bad id":     {asIs, "a b", conversation.InboundKey(took, envelope)},
		"a long id":    {asIs, strings.Repeat("a", 101), conversation.InboundKey(took, envelope)},
		"no text id":   {asIs, 7, conversation.InboundKey(took, envelope)},
	} {
		m := writes("hi")
		m["inboundMessageId"] = c.id
		in := one(t, notified(m, c.change))
		if in.Key != c.want || !strings.HasSuffix(string(in.Key), in.Origin) || in.Origin == "" {
			t.Errorf("%s: got %s, %s", name, in.Key, in.Origin)
		}
	}
	m := writes("hi")
	delete(m, "inboundMessageId")
	_, err := connector(t, func(*sms.Options) {}).Receive(context.Background(), notified(m, func(e map[string]any) { delete(e, "MessageId") }))
	if !fault.Is(err, fault.BadRequest) {
		t.Errorf("a message without any id: %v", err)
	}
}

func TestWhatIsIgnored(t *testing.T) {
	for name, c := range map[string]struct {
		message any
		change  func(map[string]any)
		want    string
	}{
		"unsubscribed":       {"", func(e map[string]any) { e["Type"] = "UnsubscribeConfirmation" }, "subscription"},
		"another type":       {writes("hi"), func(e map[string]any) { e["Type"] = "Something" }, "unknown"},
		"no JSON":            {"", func(e map[string]any) { e["Message"] = "hello" }, "unknown"},
		"something else":     {map[string]any{"alarm": "on"}, asIs, "unknown"},
		"a list":             {[]int{1}, asIs, "unknown"},
		"a voice event":      {map[string]any{"eventType": "VOICE_COMPLETED", "isFinal": true}, asIs, "unknown"},
		"nobody":             {map[string]any{"destinationNumber": own, "inboundMessageId": "a", "messageBody": "hi"}, asIs, "no_sender"},
		"a number of ours":   {map[string]any{"originationNumber": "12345", "destinationNumber": own, "inboundMessageId": "a", "messageBody": "hi"}, asIs, "own_number"},
		"another number":     {map[string]any{"originationNumber": customer, "destinationNumber": "+1999", "inboundMessageId": "a"}, asIs, "other_number"},
		"a short code":       {map[string]any{"originationNumber": "54321", "destinationNumber": own, "inboundMessageId": "a", "messageBody": "hi"}, asIs, "no_sender"},
		"a sender ID":        {map[string]any{"originationNumber": "ACME", "destinationNumber": own, "inboundMessageId": "a", "messageBody": "hi"}, asIs, "no_sender"},
		"a number like none": {map[string]any{"originationNumber": strings.Repeat("x", 33), "destinationNumber": own, "inboundMessageId": "a"}, asIs, "no_sender"},
	} {
		receipt := receive(t, notified(c.message, c.change))
		if receipt.Ignored != c.want || len(receipt.Messages)+len(receipt.Reports) > 0 {
			t.Errorf("%s: got %+v", name, receipt)
		}
	}
}
