package sms

import (
	"cmp"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
)

// words are all that this package says, in one language: to agents of what customers sent, and
// to customers beside what we say. Each character of the latter is paid for.
type words struct {
	language                 conversation.Language
	empty, tooLong           string
	bot, person              string // before what they say
	personStart, personAfter string // around a name
	way                      string
}

// wordsIn returns Chinese where the language is not known.
func wordsIn(lang conversation.Language) words {
	if lang == conversation.English {
		return english
	}
	return chinese
}

var chinese = words{
	language: conversation.Chinese,
	empty:    "[一条看不见内容的短信]", tooLong: "[短信太长，后面的没有保留]",
	bot: "机器人：", person: "人工：", personStart: "人工·", personAfter: "：",
	way: "回复 0 转人工",
}

var english = words{
	language: conversation.English,
	empty:    "[A text message in which nothing can be seen]", tooLong: "[The text message was too long: the rest was not kept]",
	bot: "Bot: ", person: "Person: ", personStart: "Person, ", personAfter: ": ",
	way: "Reply 0 for a person",
}

// label says who speaks: a bot or a person, and who (promise P11). What answers a keyword is the
// company's, as carriers want it named there. What tells of the conversation itself is nobody's and has none.
func (c *Connector) label(out channel.Outbound) string {
	w, m := wordsIn(out.Language), out.Message
	switch {
	case m.Author == conversation.Person && m.Name == "":
		return w.person
	case m.Author == conversation.Person:
		return w.personStart + m.Name + w.personAfter
	case m.Purpose == conversation.Confirmation:
		if name := cmp.Or(c.company[w.language], c.company[c.language]); name != "" {
			return name + w.personAfter
		}
		return ""
	case m.Purpose == conversation.Notice:
		return ""
	default:
		return w.bot
	}
}
