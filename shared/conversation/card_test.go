package conversation_test

import (
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
)

func link(c conversation.Card) conversation.Part {
	return conversation.Part{Kind: conversation.Link, Card: c}
}

// TestALinkIsToldInLines: whoever shows text only loses nothing of it, and its title is
// never read for its meaning.
func TestALinkIsToldInLines(t *testing.T) {
	m := conversation.Message{Parts: []conversation.Part{
		{Kind: conversation.Text, Text: "看这里"},
		link(conversation.Card{Title: "怎么转人工", Description: "三步\n就好", URL: "https://shop.example/help", Picture: "https://shop.example/p.png"}),
		link(conversation.Card{Title: "Short", URL: "https://shop.example/"}),
	}}
	const want = "看这里\n怎么转人工\n三步\n就好\nhttps://shop.example/help\nShort\nhttps://shop.example/"
	for _, lang := range []conversation.Language{conversation.Chinese, conversation.English, ""} {
		if got := m.Body(lang); got != want {
			t.Errorf("in %q: %q", lang, got)
		}
	}
	if got := m.Words(); got != "看这里" {
		t.Errorf("the words are %q", got)
	}
	if got := m.MediaParts(); len(got) != 0 {
		t.Errorf("%d media", len(got))
	}
}

func TestWhatIsShownWhole(t *testing.T) {
	for kind, want := range map[conversation.PartKind]bool{
		conversation.Text: false, conversation.Unsupported: false, conversation.Act: false,
		conversation.Link: true, conversation.Image: true, conversation.Audio: true, conversation.Video: true, conversation.File: true,
	} {
		if kind.Whole() != want {
			t.Errorf("%s: %v", kind, kind.Whole())
		}
	}
}
