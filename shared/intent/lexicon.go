package intent

import (
	"strings"
	"sync"
	"unicode/utf8"
)

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
	typo                          // a misspelt ask or person: certain only alone or right after a verb that reaches
	offer                         // offers a person wherever it stands
	offerEnd                      // offers a person where the clause ends with it
	offerOnly                     // offers a person where it is the whole clause
	scorn                         // useless, terrible
	about                         // this, you, it: what scorn is about
	one                           // one, another: a person where a person was just mentioned
	last                          // a person that is asked for by ending a clause: 订单问题人工
	brk                           // a clause ends here
	worker                        // somebody who may serve or may only bring the parcel: 同事, 师傅
	deed                          // what one wants a person for: look into, 处理
	soft                          // help, explain: wanted of a person who serves, it is an ask
	call                          // a call back: 回电, call me
	now                           // at once: a call back wanted now is an ask
	cannotType                    // 不会打字, by the phone: a call back anywhere in the text is an ask
	cause                         // have, tell, 让: makes somebody do something
	pron                          // him, them, 他: the person mentioned before
	de                            // 的: what stands before it describes what follows
	verbSlip                      // a misspelt 转
	undo                          // withdraw, 撤销: the complaint that follows is being taken back
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
	part  bool // a Latin word that stands in a phrase, perhaps meaning nothing alone
}

// lexicon finds the longest known phrase at a position in one map read per character or word.
type lexicon map[string]entry

// The tables are built when they are first needed, since not every program that
// holds this package reads a text, and are read-only then.
var (
	words      = sync.OnceValue(newLexicon)
	simple     = sync.OnceValue(simplified)
	syllables  = sync.OnceValue(pinyinTable)
	targets    = sync.OnceValue(newTargets)
	slipStarts = sync.OnceValue(newSlipStarts)
	notSlips   = lazySet(enNotSlips)
	notZhSlips = lazySet(zhNotSlips)
	smallWords = lazySet(enSmallWords)
)

// Prepare builds what Read needs, which its first call does otherwise: a
// millisecond that a program may spend while it waits for something else.
func Prepare() {
	words()
	simple()
	syllables()
	targets()
	slipStarts()
	notSlips()
	notZhSlips()
	smallWords()
}

func newLexicon() lexicon {
	l := make(lexicon, 12_000)
	for _, r := range zhRows {
		for w := range strings.FieldsSeq(r.words) {
			l.add(w, r.class)
		}
	}
	for v := range strings.FieldsSeq(zhAnyVerbs) {
		for m := range strings.FieldsSeq(zhMeasures) {
			l.add(v+m, wish|strong)
		}
	}
	for _, r := range zhAlike['转'] {
		l.add(string(r), verbSlip)
	}
	for _, r := range enRows {
		for w := range strings.SplitSeq(r.words, ",") {
			l.add(strings.TrimSpace(w), r.class)
		}
	}
	for n := range strings.FieldsSeq(enDeniers) {
		for v := range strings.SplitSeq(enBeliefs, ",") {
			l.add(n+" "+strings.TrimSpace(v), negate)
		}
	}
	return l
}

// add enters a phrase, every shorter beginning of it, and its Latin words.
func (l lexicon) add(phrase string, c class) {
	if phrase == "" {
		return
	}
	e := l[phrase]
	known := e.word
	e.class |= c
	e.word = true
	l[phrase] = e
	if known {
		return
	}
	l.addBeginnings(phrase)
	if phrase[0] < utf8.RuneSelf {
		for w := range strings.FieldsSeq(phrase) {
			if e := l[w]; !e.part {
				e.part = true
				l[w] = e
			}
		}
	}
}

// addBeginnings marks the beginnings of a phrase, longest first: those of a marked one are marked.
func (l lexicon) addBeginnings(phrase string) {
	for i := len(phrase); i > 0; {
		last, n := utf8.DecodeLastRuneInString(phrase[:i])
		i -= n
		if i == 0 || phrase[0] < utf8.RuneSelf && last != ' ' && last < utf8.RuneSelf {
			continue
		}
		e := l[phrase[:i]]
		if e.more {
			return
		}
		e.more = true
		l[phrase[:i]] = e
	}
}

// lazySet returns the words of a list as a set.
func lazySet(list string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		out := map[string]bool{}
		for w := range strings.FieldsSeq(list) {
			out[w] = true
		}
		return out
	})
}
