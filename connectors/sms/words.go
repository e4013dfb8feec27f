package sms

import "github.com/zhida-project/zhida/shared/conversation"

// words are all that this package says, in one language: to agents of what customers sent, and
// to customers beside what we say. Each character of the latter is paid for.
type words struct {
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
	empty: "[一条看不见内容的短信]", tooLong: "[短信太长，后面的没有保留]",
	bot: "机器人：", person: "人工：", personStart: "人工·", personAfter: "：",
	way: "回复 0 转人工",
}

var english = words{
	empty: "[A text message in which nothing can be seen]", tooLong: "[The text message was too long: the rest was not kept]",
	bot: "Bot: ", person: "Person: ", personStart: "Person, ", personAfter: ": ",
	way: "Reply 0 for a person",
}

// label says who speaks: a bot or a person, and who (promise P11). What tells of the conversation
// itself, or answers a keyword, is nobody's and has none.
func (w words) label(m conversation.Message) string {
	switch {
	case m.Author == conversation.Person && m.Name == "":
		return w.person
	case m.Author == conversation.Person:
		return w.personStart + m.Name + w.personAfter
	case m.Purpose == conversation.Notice, m.Purpose == conversation.Confirmation:
		return ""
	default:
		return w.bot
	}
}
