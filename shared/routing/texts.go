package routing

import "github.com/zhida-project/zhida/shared/conversation"

// texts are all words this package says to customers, in one language.
type texts struct {
	greeting  string
	offer     string
	noAnswer  string
	notInLine string
	left      string
	optedOut  string
	optedIn   string
	help      string

	taken       string // opens an acknowledgement
	still       string // opens an answer while waiting
	next        string
	position    string // %d
	about       string // %d
	more        string // %d
	soon        string
	minutes     string // %d
	noEstimate  string
	unknown     string // instead of a position
	placeIsKept string
	anyWord     string // asks for one, so that we may go on writing
}

func textsOf(lang conversation.Language) *texts {
	switch lang {
	case conversation.Chinese:
		return &zh
	case conversation.English:
		return &en
	default:
		return nil
	}
}

var zh = texts{
	greeting:  "您好！有什么问题直接说就行；想找真人客服，随时发“转人工”。",
	offer:     "抱歉没能帮上忙。要我现在就转人工吗？",
	noAnswer:  "这个问题我答不上来。要我现在就转人工吗？",
	notInLine: "您现在没有在排队。要转人工吗？",
	left:      "好的，已为您取消排队。需要时随时可以再转人工。",
	optedOut:  "已退订，不再给您发短信。发 START 可恢复。",
	optedIn:   "已恢复给您发短信。发 STOP 可退订。",
	help:      "客户服务：直接发问题即可，发 0 转人工，发 STOP 退订。",

	taken:       "已为您转人工。",
	still:       "您还在队列里，位置一直保留。",
	next:        "下一位就是您",
	position:    "您排在第 %d 位",
	about:       "您前面大约还有 %d 位",
	more:        "您前面超过 %d 位",
	soon:        "，预计不到 1 分钟。",
	minutes:     "，预计约 %d 分钟。",
	noEstimate:  "，暂时无法估计等待时间。",
	unknown:     "您已在队列中，位置稍后告诉您。",
	placeIsKept: "不说话、打字慢、掉线都不会丢掉位置；发“还要多久”可随时查看。",
	anyWord:     "请再回复任意内容：平台只在您回复后才允许客服给您发消息。",
}

var en = texts{
	greeting:  "Hello! Just write what it is about; to get a person, send “human” at any time.",
	offer:     "Sorry that did not help. Shall I get you a person now?",
	noAnswer:  "I do not have an answer to that. Shall I get you a person now?",
	notInLine: "You are not in line at the moment. Shall I get you a person?",
	left:      "You have left the line. You can ask for a person again at any time.",
	optedOut:  "You get no more messages from us. Reply START to get them again.",
	optedIn:   "You get our messages again. Reply STOP to end them. ",
	help:      "Customer service: just write your question, reply 0 for a person, STOP to end messages.",

	taken:       "A person will take over. ",
	still:       "You are still in line, and your place is kept. ",
	next:        "You are next",
	position:    "You are number %d in line",
	about:       "About %d people are ahead of you",
	more:        "More than %d people are ahead of you",
	soon:        "; it should take less than a minute.",
	minutes:     "; it should take about %d min.",
	noEstimate:  "; no estimate is known yet.",
	unknown:     "You are in line; your position follows in a moment.",
	placeIsKept: " Silence, slow typing or a lost connection will not cost you your place; ask “how long” at any time.",
	anyWord:     " Please reply with any word now: only then does the platform let a person write to you.",
}
