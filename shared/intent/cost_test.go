package intent

import (
	"strings"
	"testing"
	"time"
)

// worst are texts that make a careless reader look back or ahead again and again.
var worst = map[string]string{
	"verbs":        "转接",
	"humans":       "人工费",
	"negations":    "不用帮我",
	"one letter":   "a ",
	"half phrases": "customer service desk of the ",
	"slips":        "reprisintative ",
	"no stops":     "我想问一下这个东西到底什么时候能发货",
	"stops":        "人,",
	"scorn":        "useless this ",
	"bots":         "机器人",
	"pinyin":       "zhuan ren gong ",
	"glued":        "talktoahumanpleas ",
	"letters":      "rengongrengongreng",
	"long run":     "zhuanrengong",
	"call backs":   "can someone call me ",
	"of":           "会说话的",
}

// TestReadIsLinear compares the work for a text with the work for one eight times as long.
// The ratio of two timings of one process needs no wall clock: a quadratic reader shows 64.
func TestReadIsLinear(t *testing.T) {
	for name, unit := range worst {
		short := cost(strings.Repeat(unit, 4000/len(unit)))
		long := cost(strings.Repeat(unit, 32000/len(unit)))
		if ratio := long / short; ratio > 24 {
			t.Errorf("%s: eight times the text costs %.0f times the work", name, ratio)
		}
	}
}

// cost returns the least time of several calls, in ns: noise only ever adds.
func cost(text string) float64 {
	best := time.Duration(1 << 62)
	for range 9 {
		start := time.Now()
		Read(text)
		best = min(best, time.Since(start))
	}
	return float64(best.Nanoseconds())
}

func BenchmarkRead(b *testing.B) {
	texts := map[string]string{
		"word":     "转人工",
		"question": "你好，请问怎么联系人工客服，我这边付款失败了",
		"none":     "我上周买的那双鞋子穿了两天就开胶了想问一下可以换货吗",
		"english":  "Hi, my refund is late and nobody answered, could you please connect me to an agent?",
		"plain":    "Hello, I would like to know when my order number 55121 is going to be delivered to my house",
		"long":     strings.Repeat("我想问一下这个东西到底什么时候能发货，", 530)[:30000],
	}
	for name, text := range texts {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Read(text)
			}
		})
	}
}

// BenchmarkReadCases reads the labelled set once per operation and reports the mean per text.
func BenchmarkReadCases(b *testing.B) {
	all := cases(b, "dev")
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for _, c := range all {
			Read(c.text)
		}
		n += len(all)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/text")
}
