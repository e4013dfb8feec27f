package routing

import (
	"strings"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/intent"
)

// offered reports whether a customer who says yes to a message of ours asks for a person
// (promise P1): it is an offer, or the answer of a bot that makes one itself, in whatever
// words.
func offered(d Draft) bool {
	return d.Purpose == conversation.Offer || intent.Read(d.Text) == intent.Ask || intent.Read(asCustomer(d.Text)) == intent.Ask
}

// asCustomer puts what a bot would do for a customer as the customer asks for it:
// "shall I connect you to our agent" → "shall I connect me to your agent". In Chinese
// 需要我帮您转人工吗 reads as an ask as it is, and so it does in English where it is of
// talking: "would you like to talk to an agent".
func asCustomer(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		switch bare := strings.Trim(strings.ToLower(word), ".,;:!?"); {
		case bare == "our":
			words[i] = "your"
		case bare == "you" && i > 0 && takesOver()[strings.ToLower(words[i-1])] && !refuses(words[max(0, i-4):i-1]):
			words[i] = "me" + word[len(bare):]
		}
	}
	return strings.Join(words, " ")
}

// refuses reports whether the last of some words deny what follows: "I cannot", "we are
// not able to".
func refuses(before []string) bool {
	for i := len(before) - 1; i >= 0 && !strings.ContainsAny(before[i], ".,;:!?"); i-- {
		if denials()[strings.ReplaceAll(strings.ToLower(before[i]), "’", "'")] {
			return true
		}
	}
	return false
}

var (
	takesOver = words("connect connecting transfer transferring put putting get hand pass link refer redirect")
	denials   = words("not cannot can't won't don't didn't couldn't unable never needn't")
)
