package channel_test

import (
	"testing"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// TestWhatHasNotComeIsToldInWords: to clients it is no media yet, and not gone either.
func TestWhatHasNotComeIsToldInWords(t *testing.T) {
	m := conversation.Message{Parts: []conversation.Part{
		{Kind: conversation.Act, Text: "[关注了公众号]"},
		{Kind: conversation.Image, Media: conversation.Media{Remote: "provider's"}},
	}}
	for lang, want := range map[conversation.Language]string{conversation.Chinese: "[图片]", conversation.English: "[Picture]"} {
		parts := channel.View{Language: lang}.Parts(m)
		if len(parts) != 2 || parts[0] != (channel.ShownPart{Kind: conversation.Act, Text: "[关注了公众号]"}) {
			t.Fatalf("%+v", parts)
		}
		if parts[1] != (channel.ShownPart{Kind: conversation.Image, Text: want, Later: true}) {
			t.Errorf("%+v", parts[1])
		}
	}
}

// TestALinkIsShownAsACard: with its lines for clients that know no cards, and with an
// address that does not end.
func TestALinkIsShownAsACard(t *testing.T) {
	c := conversation.Card{Title: "Guide", Description: "How", URL: "https://shop.example/guide", Picture: "https://shop.example/p.png"}
	m := conversation.Message{Parts: []conversation.Part{{Kind: conversation.Text, Text: "here"}, {Kind: conversation.Link, Card: c}}}
	want := channel.ShownPart{
		Kind: conversation.Link, Text: "Guide\nHow\nhttps://shop.example/guide",
		Title: c.Title, Description: c.Description, URL: c.URL, Picture: c.Picture,
	}
	if got := (channel.View{}).Parts(m); len(got) != 2 || got[1] != want {
		t.Errorf("%+v", got)
	}
	if got := (channel.View{}).Parts(conversation.Message{Parts: m.Parts[:1]}); got != nil {
		t.Errorf("a text alone has parts: %+v", got)
	}
}
