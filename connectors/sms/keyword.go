package sms

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Lists of words, folded. That somebody leaves the line (取消排队, "stop waiting"), or asks for a person
// (转人工, 0, "help me"), is none of them: those are whole sentences of the customer's, and a
// keyword is the whole message.
var (
	// awsOptOut are what AWS takes for an opt-out, wherever a message begins with one.
	// Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/opt-out-list-keywords.html
	awsOptOut = []string{"ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"}

	// awsHelp is what AWS has every number answer, likewise.
	// Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords.html
	awsHelp = []string{"HELP"}

	// registered are those for opting in that the company has AWS answer; carriers are those of toll-free numbers.
	registered, carriers = []string{"START", "UNSTOP"}, []string{"STOP", "UNSTOP"}

	// optOut, optIn and help are a whole message. To AWS's words come those of the FCC (revoke, opt out:
	// 47 CFR 64.1200(a)(10), https://www.govinfo.gov/content/pkg/FR-2024-03-05/html/2024-04587.htm), and what is said in Chinese.
	optOut = []string{
		"ARRET", "ARRÊT", "CANCEL", "END", "OPTOUT", "QUIT", "REMOVE", "REVOKE", "STOP", "STOPALL", "T", "TD", "UNSUBSCRIBE",
		"退订", "退訂", "取消订阅", "取消訂閱", "停止", "拒收",
	}
	optIn = []string{"START", "SUBSCRIBE", "RESUME", "UNSTOP", "恢复", "恢復", "恢复订阅", "恢復訂閱"}
	help  = []string{"HELP", "INFO", "AIDE", "帮助", "幫助"}

	// asks lead to a person, or out of the line: no company can make them mean anything else (promise P1).
	asks = []string{
		"0", "人工", "转人工", "轉人工", "找人工", "人工客服", "客服", "投诉", "投訴", "不等了", "取消排队", "取消排隊",
		"HUMAN", "PERSON", "AGENT", "REPRESENTATIVE", "REP", "OPERATOR", "HELPME", "STOPWAITING",
	}
)

// own returns the company's own words for opting out, folded, and what is wrong with them.
func own(words []string) (folded, wrong []string) {
	for i, word := range words {
		switch key := fold(word); {
		case key == "":
			wrong = append(wrong, fmt.Sprintf("opt-out word %d has no letter and no digit", i+1))
		case slices.Contains(asks, key):
			wrong = append(wrong, fmt.Sprintf("opt-out word %d asks for a person, or leaves the line: it cannot mean anything else", i+1))
		case slices.Contains(optIn, key), slices.Contains(help, key):
			wrong = append(wrong, fmt.Sprintf("opt-out word %d is a keyword for something else", i+1))
		default:
			folded = append(folded, key)
		}
	}
	return folded, wrong
}

// keyword says what a message to a number means by law and by what carriers agree on, "" where
// nothing, and whether the customer was answered already. A sentence that begins with a keyword has AWS
// answer too, and is no keyword all the same: it may ask for a person (promise P1). If AWS took it for an
// opt-out, it refuses what is sent, and says why.
func (n Number) keyword(text string, own []string) (word conversation.Keyword, answered bool) {
	switch folded := fold(text); {
	case slices.Contains(optOut, folded), folded != "" && slices.Contains(own, folded):
		word = conversation.OptOut
	case slices.Contains(optIn, folded):
		word = conversation.OptIn
	case slices.Contains(help, folded):
		word = conversation.Help
	default:
		return "", false
	}
	return word, n.answers(text)
}

// answers reports whether AWS, or the carrier, answers a message by itself: one that begins with a
// keyword, whatever follows. Opting out of a toll-free number, and in again, is its carrier's business,
// with one word for each. The words for opting in are registered as README.md says.
// Source: https://docs.aws.amazon.com/sms-voice/latest/userguide/opt-out-list-keywords.html
func (n Number) answers(text string) bool {
	words := slices.Concat(awsOptOut, awsHelp, registered)
	switch {
	case n.SelfManaged && n.tollFree():
		words = carriers
	case n.SelfManaged:
		return false
	case n.tollFree():
		words = slices.Concat(carriers, awsHelp)
	}
	return begins(strings.TrimSpace(text), words)
}

// begins reports whether a text begins with one of some words, and the word ends there: whoever
// writes of stopping says something else. No page says what AWS makes of spaces before it: no
// keyword has any.
func begins(text string, words []string) bool {
	text = strings.TrimSpace(text)
	return slices.ContainsFunc(words, func(word string) bool {
		if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
			return false
		}
		rest := strings.TrimLeftFunc(text[len(word):], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
		return len(rest) == len(text)-len(word)
	})
}

// fold is a text as keywords are compared: its letters and digits, in capitals and of normal width.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, width.Fold.String(text))
}
