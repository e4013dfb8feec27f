package slack

import (
	"regexp"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackutilsx"

	"github.com/zhida-project/zhida/shared/conversation"
)

// maxSection is the longest text of a section, in characters:
// https://docs.slack.dev/reference/block-kit/blocks/section-block
const maxSection = 3_000

// blocks are a message as people see it: who speaks (promise P11), what they say, and the button
// that asks for a person (promise P2).
func (w words) blocks(m conversation.Message, body string) []slack.Block {
	blocks := []slack.Block{slack.NewContextBlock("", slack.NewTextBlockObject(slack.PlainTextType, w.label(m), false, false))}
	for _, piece := range pieces(body) {
		blocks = append(blocks, slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, piece, false, true), nil, nil))
	}
	if m.Way {
		blocks = append(blocks, slack.NewActionBlock("", slack.NewButtonBlockElement(HumanAction, "", slack.NewTextBlockObject(slack.PlainTextType, w.way, false, false))))
	}
	return blocks
}

// label says who speaks.
func (w words) label(m conversation.Message) string {
	switch {
	case m.Author != conversation.Person:
		return w.bot
	case m.Name == "":
		return w.person
	}
	return w.personStart + m.Name
}

// addresses are made links of: a text that is taken word for word (verbatim) has no others.
var addresses = regexp.MustCompile(`https?://[^\s<>"'，。；！？、）】》]+`)

// written is a text in which nothing of Slack's own means anything, so that nobody's words call
// a whole channel, and in which addresses are links.
func written(text string) string {
	var b strings.Builder
	for text != "" {
		at := addresses.FindStringIndex(text)
		if at == nil {
			break
		}
		b.WriteString(slackutilsx.EscapeMessage(text[:at[0]]))
		b.WriteString("<" + strings.ReplaceAll(slackutilsx.EscapeMessage(text[at[0]:at[1]]), "|", "%7C") + ">")
		text = text[at[1]:]
	}
	b.WriteString(slackutilsx.EscapeMessage(text))
	return b.String()
}

// pieces cuts a text into what sections hold, each escaped. It cuts at the end of a line or
// between words where it can, and never in what was escaped.
func pieces(text string) []string {
	var all []string
	for text != "" {
		n := fitting(text)
		all = append(all, written(text[:n]))
		text = text[n:]
	}
	return all
}

// fitting is how many bytes of a text go into a section once they are escaped.
func fitting(text string) int {
	n, room := len(text), maxSection
	for i, r := range text {
		if room -= len(slackutilsx.EscapeMessage(string(r))); room < linkRoom {
			n = i
			break
		}
	}
	if n == len(text) {
		return n
	}
	for _, end := range []string{"\n", " "} {
		if i := strings.LastIndex(text[:n], end); i > n/2 {
			return i + 1
		}
	}
	return n
}

// linkRoom is kept for the marks around links.
const linkRoom = 200
