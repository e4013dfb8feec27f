package transfer_test

import (
	"strings"
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

// TestMediaTravelAlong: a tool knows what was sent before it claims (promise P5), in
// words and as what it is; links and keys do not travel.
func TestMediaTravelAlong(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	picture := conversation.Message{Key: conversation.InboundKey(at, "1"), Author: conversation.Customer, Parts: []conversation.Part{
		{Kind: conversation.Text, Text: "look"},
		{Kind: conversation.Image, Media: conversation.Media{Key: "secret", Name: "发票.png", Type: "image/png", Size: 7, Width: 2, Height: 3}},
		{Kind: conversation.Audio, Media: conversation.Media{Key: "secret", Name: "a.webm", Type: "audio/webm", Size: 8, Seconds: 4}},
	}}
	c := conversation.Conversation{Language: conversation.English, Ticket: conversation.Ticket{AskedAt: at}}
	event := transfer.New(c, picture, []conversation.Message{picture}, 100)
	const text = "look\n[Picture] 发票.png\n[Voice message] a.webm"
	want := []transfer.Media{
		{Kind: conversation.Image, Name: "发票.png", Type: "image/png", Size: 7, Width: 2, Height: 3},
		{Kind: conversation.Audio, Name: "a.webm", Type: "audio/webm", Size: 8, Seconds: 4},
	}
	if line := event.Data.Transcript[0]; line.Text != text || event.Data.Ask.Text != text || !cmp.Equal(line.Media, want) {
		t.Errorf("the line is %+v, the ask %+v", line, event.Data.Ask)
	}
	if body, err := transfer.Encode(event); err != nil || strings.Contains(string(body), "secret") {
		t.Errorf("%s, %v", body, err)
	}
}

// TestLinksTravelAlong: in lines and as what they are. Their pictures are for the provider.
func TestLinksTravelAlong(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	card := conversation.Card{Title: "Guide", Description: "How", URL: "https://shop.example/guide", Picture: "https://shop.example/p.png"}
	m := conversation.Message{Key: conversation.InboundKey(at, "1"), Author: conversation.Bot, Parts: conversation.Parts("look", card)}
	line := transfer.New(conversation.Conversation{}, m, []conversation.Message{m}, 100).Data.Transcript[0]
	want := []transfer.Link{{Title: card.Title, Description: card.Description, URL: card.URL}}
	if line.Text != "look\nGuide\nHow\nhttps://shop.example/guide" || !cmp.Equal(line.Links, want) || line.Media != nil {
		t.Errorf("%+v", line)
	}
}

// TestWhatIsNoTextIsTold: an act, and media that have not come, are words to a tool.
func TestWhatIsNoTextIsTold(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	m := conversation.Message{Key: conversation.InboundKey(at, "1"), Author: conversation.Customer, Parts: []conversation.Part{
		{Kind: conversation.Act, Text: "[关注了公众号]"}, {Kind: conversation.Audio, Media: conversation.Media{Remote: "provider's"}},
	}}
	line := transfer.New(conversation.Conversation{}, m, []conversation.Message{m}, 100).Data.Transcript[0]
	if line.Text != "[关注了公众号]\n[语音]" || len(line.Media) != 0 {
		t.Errorf("%+v", line)
	}
}

// TestWhatMayBeSentTravelsAlong: a tool knows before it claims how much it may say
// (promise P5), and sees no limit where the channel has none.
func TestWhatMayBeSentTravelsAlong(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	ask := conversation.Message{Key: conversation.InboundKey(at, "1"), Author: conversation.Customer, Parts: conversation.TextParts("?")}
	for want, c := range map[string]conversation.Conversation{
		`"limits":{"max_text":100},`: {Consent: conversation.Consent{Key: ask.Key}},
		`"limits":{"max_text":100,"messages_left":0,"until":"2026-03-03T09:00:00Z"},`: {Allowance: conversation.Allowance{Granted: ask.Key, Until: at.Add(48 * time.Hour)}},
		`"limits":{"max_text":100,"opted_out":true},`:                                 {Consent: conversation.Consent{Key: ask.Key, Out: true}},
	} {
		c.Ticket.AskedAt = at
		body, err := transfer.Encode(transfer.New(c, ask, []conversation.Message{ask}, 100))
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s, %v; want %s", body, err, want)
		}
	}
}
