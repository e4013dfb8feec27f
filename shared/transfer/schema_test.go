package transfer_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/transfer"
)

// TestTheSchemaKnowsEveryWord: the schema leaves room for what it does not know, so a
// permit that is valid by it may still say what it does not explain.
func TestTheSchemaKnowsEveryWord(t *testing.T) {
	text, err := os.ReadFile("../../docs/schema/transfer.requested.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	type properties map[string]struct {
		Enum       []string                   `json:"enum"`
		Properties map[string]json.RawMessage `json:"properties"`
	}
	var schema struct {
		Defs map[string]struct {
			Properties properties `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	line := schema.Defs["line"].Properties
	for _, d := range []conversation.Delivery{
		conversation.Pending, conversation.Attempting, conversation.Held, conversation.Sent, conversation.Delivered, conversation.NotSent, conversation.UnknownSent,
	} {
		if !slices.Contains(line["delivery"].Enum, string(d)) {
			t.Errorf("the schema knows no delivery %s", d)
		}
	}
	for _, p := range []conversation.Purpose{
		conversation.Answer, conversation.Offer, conversation.Acknowledgement, conversation.Notice, conversation.Confirmation,
	} {
		if !slices.Contains(line["purpose"].Enum, string(p)) {
			t.Errorf("the schema knows no purpose %s", p)
		}
	}
	left := 1
	limits, err := json.Marshal(transfer.Limits{MaxText: 1, MessagesLeft: &left, Until: time.UnixMilli(1), OptedOut: true})
	if err != nil {
		t.Fatal(err)
	}
	var said map[string]any
	if err := json.Unmarshal(limits, &said); err != nil {
		t.Fatal(err)
	}
	for name := range said {
		if _, known := schema.Defs["request"].Properties["limits"].Properties[name]; !known {
			t.Errorf("the schema knows no limit %s", name)
		}
	}
}
