package conversation

import (
	"slices"
	"strings"
)

// Media is what a part of a media kind shows or hands over. The content lies in the
// blob store; what is here was looked at in it, but for Name and Seconds, which are
// its author's word.
type Media struct {
	Key     string `json:"key"`               // of the blob store
	Tag     string `json:"tag"`               // of the content that was looked at: under its key may lie other, later
	Name    string `json:"name"`              // a file's name, 1 to 100 characters: no path, nothing unseen
	Type    string `json:"type"`              // media type, of what is in it
	Size    int64  `json:"size"`              // bytes
	Width   int    `json:"width,omitempty"`   // pixels, of an image; 0 where not known
	Height  int    `json:"height,omitempty"`  // pixels, of an image; 0 where not known
	Seconds int    `json:"seconds,omitempty"` // of audio; 0 where not known
	Remote  string `json:"remote,omitempty"`  // the provider's name for content that is not here yet; Key is "" till then
}

// Shown names what a link to media leads to: some content, under some name.
func (m Media) Shown() string { return m.Key + " " + m.Tag + " " + m.Name }

// MediaKinds returns the kinds of parts that have Media.
func MediaKinds() []PartKind { return []PartKind{Image, Audio, Video, File} }

// Media reports whether parts of this kind have Media.
func (k PartKind) Media() bool {
	switch k {
	case Image, Audio, Video, File:
		return true
	case Text, Link, Unsupported, Act:
	}
	return false
}

// Whole reports whether parts of this kind are shown whole or not at all, and so are
// more than their text: media and links.
func (k PartKind) Whole() bool { return k.Media() || k == Link }

// told is the part for whoever can show text only.
func (p Part) told(lang Language) string {
	words := mediaWords[Chinese]
	if lang == English {
		words = mediaWords[English]
	}
	return strings.TrimSpace("[" + words[p.Kind] + "] " + p.Media.Name)
}

// mediaWords is what media are called where they cannot be shown.
var mediaWords = map[Language]map[PartKind]string{
	Chinese: {Image: "图片", Audio: "语音", Video: "视频", File: "文件"},
	English: {Image: "Picture", Audio: "Voice message", Video: "Video", File: "File"},
}

// NotArrived is the part for a file that a message was to show and that did not arrive.
func NotArrived(lang Language) Part {
	if lang == English {
		return Part{Kind: Unsupported, Text: "[A file did not arrive]"}
	}
	return Part{Kind: Unsupported, Text: "[有一个文件没有送到]"}
}

// Loss is why what a customer sent is not shown.
type Loss int

// The losses.
const (
	LostGone   Loss = iota // the provider does not have it any more, or never gives it
	LostLarge              // it is larger than what is taken
	LostWrong              // it is not what it says
	LostClosed             // nothing of the kind is taken here
)

// lossWords say a loss behind what was lost.
var lossWords = map[Language]map[Loss]string{
	Chinese: {LostGone: "没能取到，平台那边已经没有了", LostLarge: "太大，没有收下", LostWrong: "内容和类型对不上，没有收下", LostClosed: "这里不收"},
	English: {LostGone: "it could not be fetched: the platform no longer has it", LostLarge: "it is too large, and was not taken",
		LostWrong: "it is not what it says, and was not taken", LostClosed: "none are taken here"},
}

// Lost is the part for media that were announced, and that nobody will see.
func Lost(kind PartKind, why Loss, lang Language) Part {
	if lang != English {
		lang = Chinese
	}
	return Part{Kind: Unsupported, Text: "[" + mediaWords[lang][kind] + "] " + lossWords[lang][why]}
}

// Awaited reports whether a part of the message still lies with the provider.
func (m Message) Awaited() bool {
	return slices.ContainsFunc(m.Parts, func(p Part) bool { return p.Media.Remote != "" })
}

// MediaParts returns the parts that are media, in their order.
func (m Message) MediaParts() []Part {
	var media []Part
	for _, p := range m.Parts {
		if p.Kind.Media() {
			media = append(media, p)
		}
	}
	return media
}
