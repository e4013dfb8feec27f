// Package faq answers from a fixed list of questions: local, in microseconds.
package faq

import (
	"strings"
	"unicode"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/conversation"
)

// List is a list of questions. The zero List answers nothing.
type List struct{ entries []entry }

type entry struct {
	match   []string
	answers map[conversation.Language]string
}

// New makes a list of the questions in zhida.yaml. Earlier entries win over later ones of the same length.
func New(entries []config.Entry) List {
	var l List
	for _, e := range entries {
		folded := make([]string, 0, len(e.Match))
		for _, m := range e.Match {
			if f := fold(m); f != "" {
				folded = append(folded, f)
			}
		}
		l.entries = append(l.entries, entry{folded, e.Answer})
	}
	return l
}

// Find returns the answer to a text, in the language or else in any it has. The
// longest match wins: "退款进度" over "退款".
func (l List) Find(text string, lang conversation.Language) (string, bool) {
	folded := fold(text)
	best, length := -1, 0
	for i, e := range l.entries {
		for _, m := range e.match {
			if len(m) > length && contains(folded, m) {
				best, length = i, len(m)
			}
		}
	}
	if best < 0 {
		return "", false
	}
	return pick(l.entries[best].answers, lang), true
}

func pick(answers map[conversation.Language]string, lang conversation.Language) string {
	for _, l := range []conversation.Language{lang, conversation.English, conversation.Chinese} {
		if text := answers[l]; text != "" {
			return text
		}
	}
	return ""
}

// contains matches Latin words whole ("order" is not in "border"), and Chinese,
// which has no spaces, anywhere.
func contains(text, match string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], match)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(match)
		if (start == 0 || !latin(text[start-1]) || !latin(match[0])) &&
			(end == len(text) || !latin(text[end]) || !latin(match[len(match)-1])) {
			return true
		}
		from = start + 1
	}
}

func latin(b byte) bool { return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' }

func fold(text string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToLower(text) {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}
