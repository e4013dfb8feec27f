package wechat

import "github.com/zhida-project/zhida/shared/conversation"

// label says who speaks: a bot or a person, and who (promise P11).
func label(m conversation.Message, lang conversation.Language) string {
	w := wordsIn(lang)
	switch {
	case m.Author != conversation.Person:
		return w.bot
	case m.Name == "":
		return w.person
	}
	return w.personStart + m.Name + w.personFinish
}

// said is a message as text, behind its label. Media are told in words.
func said(m conversation.Message, lang conversation.Language) string {
	return label(m, lang) + m.Body(lang)
}
