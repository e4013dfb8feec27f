package slack

import (
	"regexp"
	"strings"
	"unicode/utf16"

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

// addresses are made links of: a text that is taken word for word (verbatim) has no others. They end
// where a sentence does, and before what is written in no Latin script: 请看https://a.example，谢谢.
var addresses = regexp.MustCompile(`https?://[^\s<>"'\x{7f}-\x{10ffff}]*[^\s<>"'\x{7f}-\x{10ffff}.,;:!?)\]]`)

// unit is as much of a text as is never cut: a character, or an address.
type unit struct {
	plain   string
	written string // in which nothing of Slack's own means anything, so that nobody's words call a whole channel
}

// size is what it counts of a section, in units of UTF-16: Slack does not say which characters it counts.
func (u unit) size() (n int) {
	for _, r := range u.written {
		n += utf16.RuneLen(r)
	}
	return n
}

// unitsOf takes a text apart. Addresses are made links of, but for those that no section holds.
func unitsOf(text string) (all []unit) {
	for text != "" {
		at := addresses.FindStringIndex(text)
		if at == nil {
			at = []int{len(text), len(text)}
		}
		all = append(all, characters(text[:at[0]])...)
		address := text[at[0]:at[1]]
		link := unit{address, "<" + strings.ReplaceAll(slackutilsx.EscapeMessage(address), "|", "%7C") + ">"}
		switch {
		case address == "":
		case link.size() > maxSection:
			all = append(all, characters(address)...)
		default:
			all = append(all, link)
		}
		text = text[at[1]:]
	}
	return all
}

func characters(text string) (all []unit) {
	for _, r := range text {
		all = append(all, unit{string(r), slackutilsx.EscapeMessage(string(r))})
	}
	return all
}

// pieces cuts a text into what sections hold: at the end of a line or between words where it can.
func pieces(text string) (all []string) {
	for units := unitsOf(text); len(units) > 0; {
		n := fitting(units)
		var b strings.Builder
		for _, u := range units[:n] {
			b.WriteString(u.written)
		}
		all, units = append(all, b.String()), units[n:]
	}
	return all
}

// fitting is how many go into the next section.
func fitting(units []unit) int {
	n := 0
	for room := maxSection; n < len(units); n++ {
		if room -= units[n].size(); room < 0 {
			break
		}
	}
	if n == len(units) {
		return n
	}
	for _, end := range []string{"\n", " "} {
		for i := n; i > n/2; i-- {
			if units[i-1].plain == end {
				return i
			}
		}
	}
	return n
}
