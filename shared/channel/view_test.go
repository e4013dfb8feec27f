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
