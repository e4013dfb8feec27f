package slack

import "github.com/zhida-project/zhida/shared/conversation"

// words are all that this package says, in one language: to agents of what customers did and
// sent, and to customers beside what we say.
type words struct {
	empty, tooLong, moreFiles, elsewhere string
	changedIt, deleted, openedIt         string
	another                              string // %s: who of a thread's people wrote
	forwarded                            string
	commanded                            string
	earlier                              string // the name of a file
	commandTaken                         string
	bot, person, personStart             string
	way                                  string // on the button
}

// wordsIn returns Chinese where the language is not known.
func wordsIn(lang conversation.Language) words {
	if lang == conversation.English {
		return english
	}
	return chinese
}

var chinese = words{
	empty: "[一条看不见内容的消息]", tooLong: "[文字太长，后面的没有保留]", moreFiles: "[还有更多文件，没有保留]",
	elsewhere: "[一个不在 Slack 里的文件] ",
	changedIt: "改了一条消息：", deleted: "删了一条消息", openedIt: "打开了对话",
	another: "同一消息列里的另一个人（@%s）写道：", forwarded: "[转发的消息] ", commanded: "用命令 /human 要求转人工",
	earlier:      "消息列里之前的话.txt",
	commandTaken: "已收到，我们在私信里回复您。",
	bot:          "机器人", person: "人工", personStart: "人工·",
	way: "转人工",
}

var english = words{
	empty: "[A message in which nothing can be seen]", tooLong: "[The text was too long: the rest was not kept]",
	moreFiles: "[There were more files: they were not kept]", elsewhere: "[A file that is not in Slack] ",
	changedIt: "changed a message:", deleted: "deleted a message", openedIt: "opened the chat",
	another: "somebody else in the thread (@%s) wrote:", forwarded: "[Forwarded] ", commanded: "asked for a person by /human",
	earlier:      "What stood in the thread before.txt",
	commandTaken: "Got it. We answer you in a direct message.",
	bot:          "Bot", person: "Person", personStart: "Person: ",
	way: "Talk to a person",
}
