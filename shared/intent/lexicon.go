package intent

import "strings"

// class is the set of parts a word can play. A word may play several.
type class uint64

const (
	person      class = 1 << iota // certainly a human who serves: 人工, 真人, agent
	desk                          // the place where such humans sit: 客服, customer service
	boss                          // a human with power: 经理, supervisor
	helper                        // a human who may serve, never an ask alone: 售后, assistant
	anyone                        // any human at all: someone, person
	support                       // an ask only after a verb that means talking: support, team
	ren                           // 人 alone: a person only right after a verb that calls one
	strong                        // a verb that reaches people: 转, 找, 联系, talk, contact
	route                         // a verb that moves the speaker: connect, transfer, put
	wish                          // a verb that wants things: 要, 有没有, need, is there
	hear                          // talking, after 跟 + person: 说, 沟通
	with                          // 跟, 和, 同
	upward                        // escalate, 升级处理: an ask for a higher person by itself
	after                         // what may follow a person called for: 在吗, 呢, 出来
	negate                        // 不用, 别, don't
	lacking                       // 没有, 没: "no agent here" is a call for one, "没有要" is a refusal
	filler                        // says nothing, and a negation reaches across it: 帮我, a, please
	polite                        // says nothing, but ends a negation's reach: 了, 吧, thanks
	first                         // the speaker as subject: 我, i: starts a statement of its own
	past                          // 刚才, 昨天
	done                          // 过, 了, 之后: what was past is over
	again                         // 再, 重新, again
	was                           // was, were, had: the talk that follows is a report
	modal                         // can, could, would
	me                            // me, us
	who                           // who, whom
	here                          // there, here, available
	bot                           // 机器人, chatbot
	machine                       // machine: a bot only where one talks to it
	refuse                        // 受不了, 拒绝, sick of
	gadget                        // robot vacuum, 扫地: then a robot is goods
	otherBefore                   // travel (agent), real estate (agent)
	otherAfter                    // (human) resources, (agent) fee
	trade                         // prices and jobs: 招聘, 工资, 多少钱, salary
	hours                         // 几点, 上班, what time, number
	complaint                     // 投诉, complaint
	complain                      // the verb: complain, 告你们
	lodge                         // file, make, 登记
	progress                      // 进度, 结果, status
	threat                        // 消协, lawyer: an ask whatever surrounds it
	hotline                       // 315, 12345: an ask only with a verb or alone
	theirs                        // 被, 买家: the complaint is somebody else's
	where                         // 怎么, 哪里
	typo                          // a misspelt ask: an ask only if nothing unknown follows
	offer                         // offers a person wherever it stands
	offerEnd                      // offers a person where the clause ends with it
	offerOnly                     // offers a person where it is the whole clause
	scorn                         // useless, terrible
	about                         // this, you, it: what scorn is about
	one                           // one, another: a person where a person was just mentioned
	last                          // a person that is asked for by ending a clause: 订单问题人工
	brk                           // a clause ends here
	han                           // an unknown Chinese character (an unknown word has no class)

	human = person | desk | boss | helper | anyone
)

// A row gives one class to many words. Chinese rows separate words by spaces,
// English rows by commas, since English phrases contain spaces.
type row struct {
	class class
	words string
}

// An entry of the lexicon is a word, a beginning of longer words, or both.
type entry struct {
	class class
	word  bool
	more  bool
}

// lexicon finds the longest known phrase at a position in one map read per character or word.
type lexicon map[string]entry

// words and simple are read-only after they are built; nothing in the package writes to them.
var (
	words  = newLexicon()
	simple = simplified()
)

func newLexicon() lexicon {
	l := make(lexicon, 4096)
	for _, r := range zhRows {
		for _, w := range strings.Fields(r.words) {
			l.add(w, r.class)
		}
	}
	for _, v := range strings.Fields(zhAnyVerbs) {
		for _, m := range strings.Fields(zhMeasures) {
			l.add(v+m, wish|strong)
		}
	}
	for _, n := range strings.Fields(zhNounSlips) {
		for _, v := range strings.Fields(zhVerbs + " " + zhVerbSlips) {
			l.add(v+n, typo)
		}
	}
	for _, v := range strings.Fields(zhVerbSlips) {
		l.add(v+"人工", typo)
	}
	for _, r := range enRows {
		for w := range strings.SplitSeq(r.words, ",") {
			l.add(strings.TrimSpace(w), r.class)
		}
	}
	return l
}

// add enters a phrase and marks every shorter beginning of it.
func (l lexicon) add(phrase string, c class) {
	if phrase == "" {
		return
	}
	for i, r := range phrase {
		if i > 0 && (phrase[0] >= 0x80 || r == ' ') {
			e := l[phrase[:i]]
			e.more = true
			l[phrase[:i]] = e
		}
	}
	e := l[phrase]
	e.class |= c
	e.word = true
	l[phrase] = e
}
