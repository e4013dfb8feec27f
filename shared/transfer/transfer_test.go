package transfer_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/transfer"
)

// TestARequestTravelsAsItIs: agents' tools read permits without knowing of queue.Wrap,
// whatever customers write.
func TestARequestTravelsAsItIs(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	const text = "找个活人 👍🏽 <&> \" \\ \x00\x01\x1f\x7f \u2028 \uFDD0 \uFFFD \uFFFE\uFFFF \U0010FFFF \\ufffe"
	ask := conversation.Message{
		Key: conversation.InboundKey(at, "1"), Author: conversation.Customer, Name: "\uFFFF",
		Parts: []conversation.Part{{Kind: conversation.Text, Text: text}},
	}
	const id conversation.ID = "abcdefghijklmnopqrstuvwxyz"
	c := conversation.Conversation{
		ID: id, Peer: conversation.Peer{Channel: "x", Account: "a\uFFFE", User: "u"},
		Ticket: conversation.Ticket{ID: conversation.NewTicketID(id, ask.Key), AskedAt: at, Lane: conversation.Front},
	}
	event := transfer.New(c, ask, []conversation.Message{ask}, 100)
	body, err := transfer.Encode(event)
	if err != nil {
		t.Fatal(err)
	}
	if got := queue.Wrap(body); got != string(body) {
		t.Errorf("it travels as %s", got)
	}
	back, err := transfer.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(event, back); diff != "" {
		t.Errorf("it came back as another (-published +read):\n%s", diff)
	}
}
