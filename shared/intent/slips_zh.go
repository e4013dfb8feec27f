package intent

import (
	"strings"
	"unicode/utf8"
)

// A zhSlip is a word worth recognising when a pinyin or handwriting keyboard, or speech
// recognition, wrote it with characters that sound or look alike.
type zhSlip struct {
	word  string
	class class
}

// zhSlips are read with one character exchanged, or with two. A slip of a person counts only
// alone or right after a verb that reaches people, so that 克服困难 stays what it is.
var zhSlips = []zhSlip{
	{"专员", person | typo},
	{"主管", boss | typo},
	{"举报", complaint},
	{"人工", person | typo},
	{"人工客服", person | last},
	{"人工服务", person | last},
	{"坐席", person | typo},
	{"客服", desk | typo},
	{"找人工", person | last},
	{"找客服", person | last},
	{"投诉", complaint},
	{"机器人", bot},
	{"活人", person | typo},
	{"真人", person | typo},
	{"真人客服", person | last},
	{"经理", boss | typo},
	{"转人工", person | last},
	{"转人工客服", person | last},
	{"转客服", person | last},
	{"转接人工", person | last},
}

// zhAlike lists, for a character of zhSlips, those that are written for it.
var zhAlike = map[rune]string{
	'专': "砖转钻传",
	'主': "住注煮",
	'举': "举矩句",
	'人': "仁任认忍刃入仍壬八",
	'公': "工",
	'务': "物误雾",
	'员': "元圆原园",
	'器': "气汽弃",
	'坐': "座做作",
	'客': "刻课可克科渴棵颗壳",
	'工': "公攻功供宫弓共贡恭巩龚王土干二",
	'席': "习系西",
	'找': "照招朝早",
	'投': "头偷透",
	'报': "抱暴",
	'接': "结街借截",
	'服': "付福复幅富府伏负扶符夫腹",
	'机': "鸡几积激",
	'活': "或火货",
	'理': "里李丽",
	'真': "珍贞针镇震甄",
	'管': "馆官",
	'经': "京精惊",
	'诉': "述素速宿塑斥拆",
	'转': "专砖赚传撰钻篆撞妆装桩穿砖",
}

// zhNotSlips are words of their own among the slips.
const zhNotSlips = `
	专转 举暴 人二 人供 人八 人公司 人共 人土 人干 人王 仍供 任公 任务 传元 传员 传客服 传真 传真人 做系 偷诉 克服 入供 入公
	入共 入土 入宫 入工 入干 刃工二 句报 可付 可复 可富 可扶 可服 可腹 可负 坐系 头素 官 客户 或人 投塑 投宿 投拆 投素材
	投速 招人工 招客服 早人工 机几人 注册 注管 活仍 活任 活入 活八 活认 火人 真仍 真任 真入 真八 真认 科负 经理 认供 认共
	认干 货人 转元 转员 转圆`

// newSlipStarts lists, for a character, the slips that may begin with it. Slips are looked for as text
// is read: entering all of them, over 8,000, in the lexicon would cost more than the rest of it.
func newSlipStarts() map[rune][]zhSlip {
	out := make(map[rune][]zhSlip, 128)
	for _, s := range zhSlips {
		first, _ := utf8.DecodeRuneInString(s.word)
		out[first] = append(out[first], s)
		for _, r := range zhAlike[first] {
			out[r] = append(out[r], s)
		}
	}
	return out
}

// slipAt returns the class and the end of the longest slip at buf[i:] that ends after end.
func slipAt(buf []byte, i, end int) (class, int) {
	k := class(0)
	r, _ := utf8.DecodeRune(buf[i:])
	for _, s := range slipStarts()[r] {
		if i+len(s.word) > end && s.at(buf[i:]) {
			k, end = s.class, i+len(s.word)
		}
	}
	return k, end
}

// at reports whether text begins with a slip of s. All characters concerned take three bytes.
func (s zhSlip) at(text []byte) bool {
	if len(text) < len(s.word) {
		return false
	}
	changed, n := 0, 0
	for _, want := range s.word {
		got, size := utf8.DecodeRune(text[n:])
		n += size
		if got == want {
			continue
		}
		if changed++; changed > 2 || !strings.ContainsRune(zhAlike[want], got) {
			return false
		}
	}
	return changed > 0 && n == len(s.word) && !notZhSlips()[string(text[:n])]
}
