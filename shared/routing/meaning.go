package routing

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/width"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/intent"
)

// meaning is what a message means to the line.
type meaning int

const (
	plain   meaning = iota
	ask             // a person, please
	beaten          // not an ask, but a person should be offered
	howLong         // how long still, where am I
	leave           // I leave the line
	yes             // a short yes; after an offer it is read as ask
	thanks          // closing words: no answer is owed
	arrival         // nothing was written: the customer came, or did something else
)

func understand(m conversation.Message, offered bool) meaning {
	offered = offered && !aside(m) // it was offered to somebody else, or answered already
	switch {
	case onlyActs(m):
		return arrival
	case unreadable(m):
		return beaten
	}
	text := m.Words()
	short := fold(text)
	switch {
	case short == "0":
		return ask
	case in(short, leaveWords) && !aside(m): // nobody's place is taken by another's word
		return leave
	case in(short, howLongWords):
		return howLong
	case in(short, yesWords):
		if offered {
			return ask
		}
		return yes
	case in(short, thanksWords):
		return thanks
	}
	switch intent.Read(text) {
	case intent.Ask:
		return ask
	case intent.Offer:
		return beaten
	case intent.None:
	}
	return plain
}

// unreadable reports whether no part of a message is text. A link is, to a bot: but its
// title is somebody else's, and so no ask.
func unreadable(m conversation.Message) bool {
	for _, p := range m.Parts {
		if p.Kind == conversation.Text || p.Kind == conversation.Link {
			return false
		}
	}
	return true
}

// onlyActs reports whether a message says what its customer did, and nothing else.
func onlyActs(m conversation.Message) bool {
	other := func(p conversation.Part) bool { return !isAct(p) }
	return len(m.Parts) > 0 && !slices.ContainsFunc(m.Parts, other)
}

// aside reports whether words stand beside what somebody did: they changed what they had written, or
// wrote in another's conversation. Such words may ask for a person; nobody waits for an answer.
func aside(m conversation.Message) bool {
	return slices.ContainsFunc(m.Parts, isAct) && m.Words() != ""
}

func isAct(p conversation.Part) bool { return p.Kind == conversation.Act }

// Consequential reports whether a message may lead to something whatever the
// state is: it is then marked, so that it is decided upon even if nobody calls
// again.
func Consequential(m conversation.Message) bool {
	return m.Keyword != "" || understand(m, true) != plain
}

// Asks reports whether a message asks for a person, or would if it were the answer to
// an offer.
func Asks(m conversation.Message) bool { return m.Keyword == "" && understand(m, true) == ask }

// The words are whole messages, folded: lower case, no spaces or punctuation.
// Sentences are the intent package's matter.
var (
	howLongWords = words("还要多久 还要多久啊 还要等多久 要等多久 多久 等多久 还有多久 还要排多久 排到哪了 排到哪儿了 排到第几了 " +
		"我排第几 排第几 第几位 我排在第几位 前面几个人 前面有几个人 前面还有几个人 前面多少人 前面还有多少人 还有几个人 还有多少人 " +
		"到我了吗 轮到我了吗 怎么还没到我 還要多久 還要等多久 我排第幾 前面有幾個人 预计多久 大概多久 大概要多久 " +
		"howlong howmuchlonger howlongstill howlongisthewait howlongwillittake howlongdoihavetowait howlongmore whatsmyposition " +
		"whatismyposition myposition whereaminline whereaminthequeue howmanyahead howmanypeopleahead howmanypeopleareahead " +
		"howmanypeopleareaheadofme waittime whatsthewaittime eta anyupdate amistillinline")
	leaveWords = words("不等了 我不等了 不排了 我不排了 取消排队 退出排队 离开队列 退出队列 不用等了 取消转人工 不转人工了 不用人工了 取消人工 不等了谢谢 " +
		"取消排隊 不排隊了 不排队了 我不排队了 leavetheline leavethequeue leavequeue leaveline cancelqueue stopwaiting iwontwait " +
		"cancelmyplace nevermindidontneedanagent cancelthetransfer")
	yesWords = words("1 好 好的 好啊 好吧 行 可以 要 要的 需要 是 是的 对 嗯 嗯嗯 ok okay yes y yeah yep yup sure please yesplease " +
		"好的谢谢 可以的 麻烦了 转吧 转 那转吧 行吧")
	thanksWords = words("谢谢 谢谢你 谢谢您 多谢 感谢 再见 拜拜 谢了 没事了 不用了 不用了谢谢 知道了 明白了 谢谢再见 謝謝 多謝 thanks " +
		"thankyou thx ty bye goodbye nothanks nothankyou thanksbye gotit")
)

// words makes a set at its first use: not every program that holds this package
// reads a message.
func words(list string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		set := map[string]bool{}
		for w := range strings.FieldsSeq(list) {
			set[w] = true
		}
		return set
	})
}

// in also takes a word with particles behind it: 不等了啊.
func in(short string, set func() map[string]bool) bool {
	return short != "" && (set()[short] || set()[strings.TrimRight(short, "吗嘛呢啊呀吧哦")])
}

// maxShort is the longest folded text that can be one of the words, in bytes.
const maxShort = 60

// fold brings a short text to the form of the words; a long one becomes "".
func fold(text string) string {
	if len(text) > 4*maxShort {
		return ""
	}
	var b strings.Builder
	for _, r := range width.Fold.String(text) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	if b.Len() > maxShort {
		return ""
	}
	return b.String()
}

// LanguageOf is the language to answer in: Chinese where there is a Chinese
// character; English where there are English words, but a lone "ok" changes
// nothing, and pinyin is Chinese.
func LanguageOf(text string, now, fallback conversation.Language) conversation.Language {
	latin := false
	for _, r := range text {
		if unicode.Is(unicode.Han, r) {
			return conversation.Chinese
		}
		latin = latin || unicode.Is(unicode.Latin, r)
	}
	switch {
	case latin && pinyin(text):
		return conversation.Chinese
	case latin && (now == "" || len(strings.Fields(text)) > 1):
		return conversation.English
	case now != "":
		return now
	default:
		return fallback
	}
}

func pinyin(text string) bool {
	short := fold(text)
	for _, syllables := range []string{"rengong", "kefu", "zhenren", "zhuan", "tousu"} {
		if strings.Contains(short, syllables) {
			return true
		}
	}
	return false
}
