package platform

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// block is one of a message: https://docs.slack.dev/reference/block-kit/blocks
type block struct {
	Type     string    `json:"type"`
	Text     *object   `json:"text"`
	Elements []element `json:"elements"`
}

type object struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// element is of a context (a text) or of actions (a button, whose text is an object).
type element struct {
	Type   string          `json:"type"`
	Text   json.RawMessage `json:"text"`
	Action string          `json:"action_id"`
}

// What blocks may hold: https://docs.slack.dev/reference/block-kit/blocks (its pages of each), and
// https://docs.slack.dev/reference/block-kit/composition-objects/text-object. How much text they may hold
// in all is not published: from about 13,200 characters on Slack was seen to refuse them
// (https://github.com/slackapi/bolt-js/issues/2509).
const (
	maxBlocks   = 50
	maxObject   = 3_000 // characters of a text object
	maxContext  = 10    // elements
	maxActions  = 25    // elements
	maxLabel    = 75    // characters of a button
	maxActionID = 255   // characters
	maxWritten  = 13_000
)

// Block is one of a message as people see it: an element of a context or of actions, or a section.
type Block struct {
	Kind   string `json:"kind"` // context, section, or button
	Text   string `json:"text"`
	Action string `json:"-"` // of a button
}

// look is what a message shows.
type look struct {
	blocks []Block
	text   string // a line for each block but buttons
	button bool   // the one that asks for a person is there
}

// rendered is what people see of blocks; or the error that Slack answers.
func rendered(blocks string) (l look, wrong string) {
	if blocks == "" {
		return look{}, ""
	}
	var all []block
	if json.Unmarshal([]byte(blocks), &all) != nil {
		return look{}, "invalid_blocks_format"
	}
	if len(all) > maxBlocks {
		return look{}, "invalid_blocks"
	}
	var lines []string
	written := 0
	for _, b := range all {
		texts, buttons, good := b.content()
		if !good {
			return look{}, "invalid_blocks"
		}
		for _, t := range texts {
			lines, written = append(lines, seen(t)), written+utf8.RuneCountInString(t.Text)
			l.blocks = append(l.blocks, Block{Kind: b.Type, Text: seen(t)})
		}
		l.blocks = append(l.blocks, buttons...)
		l.button = l.button || slices.ContainsFunc(buttons, func(b Block) bool { return b.Action == "human" })
	}
	if written > maxWritten {
		return look{}, "msg_blocks_too_long"
	}
	l.text = strings.Join(lines, "\n")
	return l, ""
}

// content is the texts of a block, or its buttons; good is false of one that Slack does not take, or
// that no app of this repository has.
func (b block) content() (texts []object, buttons []Block, good bool) {
	switch b.Type {
	case "section":
		if b.Text == nil {
			return nil, nil, false
		}
		texts = []object{*b.Text}
	case "context":
		if len(b.Elements) > maxContext {
			return nil, nil, false
		}
		for _, e := range b.Elements {
			t := object{Type: e.Type}
			if json.Unmarshal(e.Text, &t.Text) != nil {
				return nil, nil, false
			}
			texts = append(texts, t)
		}
	case "actions":
		buttons, good = b.buttons()
		return nil, buttons, good
	default:
		return nil, nil, false
	}
	return texts, nil, len(texts) > 0 && !slices.ContainsFunc(texts, func(t object) bool { return !between(t.Text, 1, maxObject) })
}

// buttons are those of actions.
func (b block) buttons() (all []Block, good bool) {
	if !(len(b.Elements) > 0 && len(b.Elements) <= maxActions) {
		return nil, false
	}
	for _, e := range b.Elements {
		var label object
		if e.Type != "button" || json.Unmarshal(e.Text, &label) != nil || label.Type != "plain_text" || !between(label.Text, 1, maxLabel) || !between(e.Action, 0, maxActionID) {
			return nil, false
		}
		all = append(all, Block{Kind: e.Type, Text: label.Text, Action: e.Action})
	}
	return all, true
}

// between reports whether a text has so many characters.
func between(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return n >= least && n <= most
}

var (
	markup     = regexp.MustCompile(`<([^<>]*)>`)
	unescaping = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

func seen(o object) string {
	if o.Type == "plain_text" {
		return o.Text
	}
	return unescape(o.Text)
}

// unescape shows a text as people see it; what calls many is told, so that a test sees it.
func unescape(text string) string {
	text = markup.ReplaceAllStringFunc(text, func(mark string) string {
		inside := mark[1 : len(mark)-1]
		if strings.HasPrefix(inside, "!") {
			return "[calls everybody: " + inside + "]"
		}
		address, label, labelled := strings.Cut(inside, "|")
		if labelled {
			return label
		}
		return address
	})
	return unescaping.Replace(text)
}
