package platform

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Keyword is a word that AWS answers itself when a message begins with it:
// https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords.html.
type Keyword struct {
	Word   string // in any case
	Action Action
	Reply  string // "": none
}

// Action is what AWS does with a keyword.
type Action string

// The actions: https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords-actions.html.
const (
	Respond Action = "AUTOMATIC_RESPONSE"
	OptOut  Action = "OPT_OUT"
	OptIn   Action = "OPT_IN"
)

func (k Keyword) good() bool {
	n := utf8.RuneCountInString(k.Word)
	return n >= 1 && n <= 30 && strings.TrimSpace(k.Word) == k.Word && slices.Contains([]Action{Respond, OptOut, OptIn}, k.Action)
}

// The words that every number has, and the others that end messages by
// https://docs.aws.amazon.com/sms-voice/latest/userguide/opt-out-list-keywords.html.
const (
	helpWord = "HELP"
	stopWord = "STOP"
)

var otherStops = []string{"ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "TD", "UNSUBSCRIBE"}

// What AWS answers where the company sets nothing else. The page on keywords gives the first as its
// example; of the second it says only what it must confirm.
const (
	helpReply = "For assistance with your account, call (206) 555-0199."
	stopReply = "You are opted out and will receive no further messages."
)

// keywords are all of a number, what the company set first.
func (n *number) keywords() []Keyword {
	all := append(slices.Clone(n.Keywords), Keyword{helpWord, Respond, helpReply}, Keyword{stopWord, OptOut, stopReply})
	if !n.tollFree() {
		for _, word := range otherStops {
			all = append(all, Keyword{word, OptOut, stopReply})
		}
	}
	return all
}

// keyword is the one that a message to a number begins with, the longest of several. That what follows
// it is no letter and no digit is told by no page; else END would be in ENDLESS.
func (n *number) keyword(text string) (found Keyword, there bool) {
	text = strings.TrimSpace(text)
	for _, k := range n.keywords() {
		if len(text) < len(k.Word) || !strings.EqualFold(text[:len(k.Word)], k.Word) || len(k.Word) <= len(found.Word) {
			continue
		}
		next, _ := utf8.DecodeRuneInString(text[len(k.Word):])
		if len(text) > len(k.Word) && (unicode.IsLetter(next) || unicode.IsDigit(next)) {
			continue
		}
		found, there = k, true
	}
	return found, there
}

// required reports whether it is one of those that a company may manage itself: HELP and what ends messages.
func (k Keyword) required() bool {
	word := strings.ToUpper(k.Word)
	return word == helpWord || word == stopWord || slices.Contains(otherStops, word)
}

// unspecified is the messageKeyword of a message that begins with none. AWS's page says "the registered
// keyword that's associated with your dedicated phone number", and in its example the message does not
// begin with it; numbers are seen to have this one.
func (p *Platform) unspecified() string { return "KEYWORD_" + p.account }

// bare reports whether a message says one of some words and nothing else.
func bare(text string, words ...string) bool {
	text = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
	return slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(text, word) })
}
