package desk

import (
	"fmt"

	"github.com/zhida-project/zhida/shared/conversation"
)

// texts are all words this package says to customers, in one language.
type texts struct {
	takenOver   string // %s: the agent's name
	nameless    string // the same where the agent has no name to show
	resolved    string
	returned    string
	backByLapse string // the place in line follows
	backByAgent string // the place in line follows
}

func textsOf(lang conversation.Language) *texts {
	if lang == conversation.English {
		return &en
	}
	return &zh
}

var zh = texts{
	takenOver:   "人工客服%s已接入，之前的对话都看得到，您不用再说一遍。",
	nameless:    "人工客服已接入，之前的对话都看得到，您不用再说一遍。",
	resolved:    "本次人工服务已结束。还有问题直接说，随时可以再转人工。",
	returned:    "现在由机器人继续为您服务，随时可以再转人工。",
	backByLapse: "客服暂时离开了，您回到原来的位置。",
	backByAgent: "正在为您换一位客服，您在原来的位置。",
}

var en = texts{
	takenOver:   "%s, a person, is here now and can read everything above: no need to tell it twice.",
	nameless:    "A person is here now and can read everything above: no need to tell it twice.",
	resolved:    "This conversation with a person has ended. Just write if there is more; you can ask for a person at any time.",
	returned:    "The bot takes over again; you can ask for a person at any time.",
	backByLapse: "Your agent has dropped out. You are back at your old place. ",
	backByAgent: "Another agent will take over. You are at your old place. ",
}

func (t *texts) claimed(name string) string {
	if name == "" {
		return t.nameless
	}
	return fmt.Sprintf(t.takenOver, name)
}
