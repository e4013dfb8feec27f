package intent

import (
	"strings"
	"testing"
)

// A grammar multiplies frames, verbs and humans: a rule that hears one sentence only by luck
// misses its sisters. In a frame, V is the verb and N the human.
type grammar struct {
	frames, verbs, humans string
}

var asking = map[string]grammar{
	"zh": {
		frames: `VN | 麻烦VN | 能不能VN | VN行不行 | 我想VN | 请问可以VN吗 | 怎么才能VN | 如果你搞不定就VN | 我退款一直没到账VN吧 |
			说了半天没用,赶紧给我VN | 那个嗯我想VN | 还是VN吧 | 能否为我VN | 你答不上来的话麻烦VN | 不能VN吗 | 为什么不VN | 您好,劳驾VN跟我沟通一下`,
		verbs:  `转 | 转接 | 找 | 叫 | 喊 | 派 | 换 | 联系 | 连线 | 呼叫 | 接通 | 转到 | 切换到 | 对接 | 找一下 | 转一下 | 找个 | 叫个 | 换个 | 安排一位 | 给我找 | 帮忙叫`,
		humans: `人工 | 真人 | 大活人 | 客服 | 人工客服 | 客服专员 | 坐席 | 经理 | 主管 | 负责人 | 你们领导 | 工作人员 | 值班经理 | 你们的客服 | 客服小姐姐 | 能做主的人 | 管事的`,
	},
	"en": {
		frames: `V N | i want to V N | can you V N | please V N | could i V N please | is there any way to V N | how do i V N | i need to V N asap |
			my card got declined twice so V N | let me V N | if you cant help then V N | i would rather V N | i was hoping to V N | why cant i V N`,
		verbs: `speak to | talk to | chat with | contact | reach | get hold of | deal with | have a word with | hear from | discuss this with | get through to`,
		humans: `a human | an agent | a real person | someone | a representative | a rep | your supervisor | customer service | a member of staff | an advisor |
			someone in charge | a colleague | one of your staff | a specialist | the billing department | somebody on your team`,
	},
}

var cancelled = map[string]grammar{
	"zh": {
		frames: `不用VN | 不用VN了,我自己解决了 | 先别VN | 别给我VN | 不需要VN | 我没说要VN | 不想VN | 没必要VN | 不是要VN,就问下价格 | 我没找N | 昨天那位N帮我弄好了,谢谢 |
			刚才N说明天到账 | 上次的N答应给我补发 | 夸一下给我弄好的那位N | 之前N承诺的优惠券什么时候到 | 那位N让我等三天,现在到哪步了 | 之前已经V过N了 | 上次V了N之后就好了`,
		verbs:  asking["zh"].verbs,
		humans: asking["zh"].humans,
	},
	"en": {
		frames: `i dont want to V N | no need to V N | please dont V N | you dont need to V N | can i do it without having to V N | id rather not V N | i already did V N yesterday | please dont bother trying to V N |
			theres no need to V N | i never asked to V N | i dont feel like i need to V N | its not like i want to V N | i have no desire to V N |
			i dont think i need to V N | hope i wont have to V N | stop making me V N | before i V N i want to read the faq`,
		verbs:  asking["en"].verbs,
		humans: asking["en"].humans,
	},
}

// reported is English about what was asked or said before: the verb of asking is in the past.
var reported = grammar{
	frames: `i V N yesterday and it was fixed | V N last week, all good | i V N and was told to wait, has it shipped | after i V N it worked |
		i already V N, so just checking the status | my friend V N and got a refund, how long does it take | when i V N they added a discount |
		the lady i V said N would be in on monday | N told me it ships monday, is that right | N i V was great`,
	verbs: `spoke to | talked to | chatted with | contacted | got hold of | dealt with | had a word with | heard from | got through to | called |
		was speaking to | was on the phone with`,
	humans: asking["en"].humans,
}

func TestReported(t *testing.T) {
	wrong, nones := 0, 0
	reported.each(func(text string) {
		nones++
		if Read(text) == Ask {
			wrong++
			t.Logf("false ask: %s", text)
		}
	})
	if wrong*1000 > nones*5 {
		t.Errorf("%d of %d reports are read as asks", wrong, nones)
	}
}

// each calls f with every sentence of the grammar.
func (g grammar) each(f func(text string)) {
	for _, frame := range strings.Split(g.frames, "|") {
		for _, v := range strings.Split(g.verbs, "|") {
			for _, n := range strings.Split(g.humans, "|") {
				f(strings.NewReplacer("V", strings.TrimSpace(v), "N", strings.TrimSpace(n)).Replace(strings.TrimSpace(frame)))
			}
		}
	}
}

func TestGrammar(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		heard, asks, wrong, nones := 0, 0, 0, 0
		asking[lang].each(func(text string) {
			asks++
			if Read(text) == Ask {
				heard++
			} else if asks-heard <= 5 {
				t.Logf("not heard: %s", text)
			}
		})
		cancelled[lang].each(func(text string) {
			nones++
			if Read(text) == Ask {
				wrong++
				t.Logf("false ask: %s", text)
			}
		})
		t.Logf("%s: %d of %d asks heard, %d of %d false asks", lang, heard, asks, wrong, nones)
		if heard*1000 < asks*995 || wrong*1000 > nones*5 {
			t.Errorf("%s: want 99.5 %% heard and at most 0.5 %% false", lang)
		}
	}
}
