package desk

import (
	"fmt"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/store"
)

// texts are all words this package says to customers, in one language.
type texts struct {
	takenOver string // %s
	resolved  string
	returned  string
	back      string // %d
	backFirst string
	backAbout string // %d
}

func textsOf(lang conversation.Language) *texts {
	if lang == conversation.English {
		return &en
	}
	return &zh
}

var zh = texts{
	takenOver: "人工客服%s已接入，之前的对话都看得到，您不用再说一遍。",
	resolved:  "本次人工服务已结束。还有问题直接说，随时可以再转人工。",
	returned:  "现在由机器人继续为您服务，随时可以再转人工。",
	back:      "客服暂时离开了，您回到原来的位置：第 %d 位。",
	backFirst: "客服暂时离开了，您回到原来的位置：下一位就是您。",
	backAbout: "客服暂时离开了，您回到原来的位置，前面约有 %d 位。",
}

var en = texts{
	takenOver: "%s, a person, is here now and can read everything above: no need to tell it twice.",
	resolved:  "This conversation with a person has ended. Just write if there is more; you can ask for a person at any time.",
	returned:  "The bot takes over again; you can ask for a person at any time.",
	back:      "Your agent has dropped out. You are back at your old place: number %d in line.",
	backFirst: "Your agent has dropped out. You are back at your old place: you are next.",
	backAbout: "Your agent has dropped out. You are back at your old place, with about %d people ahead.",
}

func (t *texts) claimed(name string) string { return fmt.Sprintf(t.takenOver, name) }

func (t *texts) backInLine(p store.Place) string {
	switch {
	case !p.Exact:
		return fmt.Sprintf(t.backAbout, p.Ahead)
	case p.Ahead == 0:
		return t.backFirst
	default:
		return fmt.Sprintf(t.back, p.Ahead+1)
	}
}
