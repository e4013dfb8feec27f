package conversation_test

import (
	"encoding/json"
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
)

func media(kind conversation.PartKind, name string) conversation.Part {
	return conversation.Part{Kind: kind, Media: conversation.Media{Name: name}}
}

func TestMediaAreToldInWords(t *testing.T) {
	m := conversation.Message{Parts: []conversation.Part{
		{Kind: conversation.Text, Text: "看这里"}, media(conversation.Image, "发票.png"), media(conversation.Audio, "a.webm"),
		media(conversation.Video, "b.mp4"), media(conversation.File, "c.pdf"), {Kind: conversation.Unsupported, Text: "location"},
	}}
	for lang, want := range map[conversation.Language]string{
		conversation.Chinese: "看这里\n[图片] 发票.png\n[语音] a.webm\n[视频] b.mp4\n[文件] c.pdf\nlocation",
		conversation.English: "看这里\n[Picture] 发票.png\n[Voice message] a.webm\n[Video] b.mp4\n[File] c.pdf\nlocation",
		"":                   "看这里\n[图片] 发票.png\n[语音] a.webm\n[视频] b.mp4\n[文件] c.pdf\nlocation",
	} {
		if got := m.Body(lang); got != want {
			t.Errorf("in %q: %q", lang, got)
		}
	}
	if got := m.Words(); got != "看这里" {
		t.Errorf("the words are %q", got)
	}
	if got := m.MediaParts(); len(got) != 4 {
		t.Errorf("%d media", len(got))
	}
}

// TestTextsStayAsTheyWere: what was stored before there were media reads and looks
// the same.
func TestTextsStayAsTheyWere(t *testing.T) {
	const before = `[{"kind":"text","text":"您好"},{"kind":"unsupported","text":"voice"}]`
	var parts []conversation.Part
	if err := json.Unmarshal([]byte(before), &parts); err != nil {
		t.Fatal(err)
	}
	after, err := json.Marshal(parts)
	if err != nil || string(after) != before {
		t.Errorf("%s, %v", after, err)
	}
	if m := (conversation.Message{Parts: parts}); m.Body(conversation.English) != "您好\nvoice" || m.Words() != "您好" {
		t.Errorf("%q, %q", m.Body(conversation.English), m.Words())
	}
}
