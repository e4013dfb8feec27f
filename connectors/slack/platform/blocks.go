package platform

import (
	"encoding/json"
	"regexp"
	"strings"
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

// rendered is what people see of blocks, a line for each; or the error that Slack answers.
func rendered(blocks string) (text string, button bool, wrong string) {
	if blocks == "" {
		return "", false, ""
	}
	var all []block
	if json.Unmarshal([]byte(blocks), &all) != nil || len(all) > 50 {
		return "", false, "invalid_blocks"
	}
	var lines []string
	for _, b := range all {
		switch b.Type {
		case "section":
			if b.Text == nil || b.Text.Text == "" || len([]rune(b.Text.Text)) > 3_000 {
				return "", false, "invalid_blocks"
			}
			lines = append(lines, seen(*b.Text))
		case "context":
			for _, e := range b.Elements {
				var text string
				if json.Unmarshal(e.Text, &text) != nil || text == "" {
					return "", false, "invalid_blocks"
				}
				lines = append(lines, seen(object{e.Type, text}))
			}
		case "actions":
			for _, e := range b.Elements {
				var label object
				if json.Unmarshal(e.Text, &label) != nil || label.Text == "" || len([]rune(label.Text)) > 75 {
					return "", false, "invalid_blocks"
				}
				button = button || e.Action == "human"
			}
		default:
			return "", false, "invalid_blocks"
		}
	}
	return strings.Join(lines, "\n"), button, ""
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
