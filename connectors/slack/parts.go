package slack

import (
	"cmp"
	"strings"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// file is what a message says of one: https://docs.slack.dev/reference/objects/file-object
type file struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	Type     string `json:"mimetype"`
	Mode     string `json:"mode"` // hosted, snippet, post, external, tombstone (deleted), hidden_by_limit
	External bool   `json:"is_external"`
	Link     string `json:"permalink"`
}

// maxFiles is how many files of a message are taken; Slack lets ten be sent at once.
const maxFiles = 10

// written are the parts of what somebody wrote. Of what they forwarded, the words are another's: they
// are shown, and not read for their meaning.
func (w words) written(s said, own string) []conversation.Part {
	text := readable(s.Text, own)
	if strings.TrimSpace(text) != "" || len(s.Files) > 0 {
		return w.parts(text, s.Files)
	}
	for _, a := range s.Shared {
		if clean, err := channel.CleanText(readable(cmp.Or(a.Text, a.Fallback), "")); err == nil {
			return []conversation.Part{w.unsupported(w.forwarded + cut(clean, maxKept))}
		}
	}
	return w.parts(text, nil)
}

// parts are what a message shows: its words, then its files.
func (w words) parts(text string, files []file) []conversation.Part {
	var parts []conversation.Part
	clean, err := channel.CleanText(text)
	if err == nil {
		short, _ := channel.CleanText(cut(clean, maxKept)) // what is cut may end in half a pair of marks
		parts = append(parts, conversation.TextParts(short)...)
		if len(short) < len(clean) {
			parts = append(parts, w.unsupported(w.tooLong))
		}
	}
	for i, f := range files {
		if i == maxFiles {
			parts = append(parts, w.unsupported(w.moreFiles))
			break
		}
		parts = append(parts, w.file(f))
	}
	if len(parts) == 0 {
		parts = append(parts, w.unsupported(w.empty))
	}
	return parts
}

// maxKept is how much of a text is kept, in Unicode code points.
const maxKept = 8_000

func (w words) unsupported(text string) conversation.Part {
	return conversation.Part{Kind: conversation.Unsupported, Text: text}
}

// file is content that lies with Slack; what it is said to be here is looked at when it is
// fetched. What lies with others, or is gone, is told in words.
func (w words) file(f file) conversation.Part {
	name := nameOf(cmp.Or(f.Name, f.Title, "file"))
	if name == "" {
		name = "file"
	}
	if f.External || f.Mode == "external" || f.Mode == "tombstone" || f.Mode == "hidden_by_limit" || !goodID(f.ID) {
		return w.unsupported(w.elsewhere + name)
	}
	kind := conversation.File
	for prefix, k := range map[string]conversation.PartKind{"image/": conversation.Image, "audio/": conversation.Audio, "video/": conversation.Video} {
		if strings.HasPrefix(f.Type, prefix) {
			kind = k
		}
	}
	return conversation.Part{Kind: kind, Media: conversation.Media{Remote: f.ID, Type: mediaType(f.Type), Name: name}}
}

// mediaType is a type as it may stand in a header, or "".
func mediaType(claimed string) string {
	if len(claimed) > maxID || strings.Trim(claimed, idCharacters+"/+") != "" {
		return ""
	}
	return claimed
}
