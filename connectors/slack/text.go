package slack

import (
	"regexp"
	"strings"
)

// Slack's own marks in a text: <@U1>, <@U1|name>, <#C1|name>, <https://…|label>, <!here>, <!subteam^S1|@name>,
// <!date^…|fallback>; and &amp; &lt; &gt; for the three characters themselves.
// https://docs.slack.dev/messaging/formatting-message-text
var marks = regexp.MustCompile(`<([^<>]*)>`)

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// readable is a text as people see it, without the mentions of the app, own: wherever they stand, they
// say no more than whom the rest is said to.
func readable(text, own string) string {
	if own != "" {
		text = withoutMentions(text, own)
	}
	text = marks.ReplaceAllStringFunc(text, func(mark string) string { return marked(mark[1 : len(mark)-1]) })
	return entities.Replace(text)
}

func withoutMentions(text, own string) string {
	mention := regexp.MustCompile(`[ \n]*<@` + regexp.QuoteMeta(own) + `(\|[^<>]*)?>`)
	bare := mention.ReplaceAllString(text, "")
	if at := mention.FindStringIndex(text); at != nil && at[0] == 0 {
		bare = strings.TrimLeft(bare, " \n:,，：")
	}
	return bare
}

// marked is what one mark says.
func marked(inside string) string {
	what, label, labelled := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(what, "@"), strings.HasPrefix(what, "#"):
		if labelled && label != "" {
			return what[:1] + strings.TrimPrefix(label, what[:1])
		}
		return what
	case strings.HasPrefix(what, "!"):
		if labelled {
			return label
		}
		return "@" + what[1:]
	case !labelled || label == what || strings.TrimPrefix(what, "mailto:") == label || strings.TrimPrefix(what, "tel:") == label:
		return strings.TrimPrefix(strings.TrimPrefix(what, "mailto:"), "tel:")
	default:
		return label + " (" + what + ")"
	}
}

// leading is whom a text mentions first of all, or "".
func leading(text string) string {
	inside, mentioned := strings.CutPrefix(strings.TrimLeft(text, " \n"), "<@")
	name, _, closed := strings.Cut(inside, ">")
	if name, _, _ = strings.Cut(name, "|"); mentioned && closed {
		return name
	}
	return ""
}

// mentions reports whether a text mentions a user.
func mentions(text, user string) bool {
	return user != "" && (strings.Contains(text, "<@"+user+">") || strings.Contains(text, "<@"+user+"|"))
}

// cut is the beginning of a text, of so many characters at most.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) > most {
		return string(runes[:most])
	}
	return text
}
