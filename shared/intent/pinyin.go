package intent

import (
	"bytes"
	"strings"
)

// pinyinWords gives the Chinese for what customers type when the keyboard fails them, with the
// spellings that accents confuse. Longer words win over shorter ones.
const pinyinWords = `
	a=啊 ba=吧 ban=帮 bang=帮 bangwo=帮我 bie=别 bieren=别人 bu=不 buxu=不需 buyao=不要 buyong=不用 chulai=出来 ci=次 da=打 dafeisuowen=答非所问
	daili=代理 dao=到 de=的 dian=点 dianhua=电话 dong=懂 dou=都 dui=对 fankui=反馈 fei=费 fu=服 fuze=负责 ganjin=赶紧 gankuai=赶快 ge=个 gei=给
	geiwo=给我 gen=跟 gon=工 gong=工 gongsi=公司 gongzi=工资 guan=管 guo=过 hao=好 he=和 hen=很 hua=话 huan=换 hui=回 huida=回答 huifu=回复 huo=活
	huoren=活人 ji=机 jian=见 jiang=讲 jiao=叫 jidian=几点 jie=接 jiejue=解决 jieru=接入 jige=几个 jin=经 jing=经 jingli=经理 jinji=紧急 jinli=经理
	jinru=进入 jiqi=机器 jiqiren=机器人 jiu=就 jubao=举报 kai=开 kan=看 ke=客 kefu=客服 kehu=客户 keyi=可以 kuai=快 kuaidian=快点 la=啦 lai=来 lao=老
	laoban=老板 le=了 li=理 lian=联 lianxi=联系 liao=聊 liji=立即 lingdao=领导 ma=吗 mafan=麻烦 mashang=马上 me=么 mei=没 meiyou=没有 men=们 na=哪
	nali=哪里 nar=哪儿 ne=呢 nen=能 neng=能 ni=你 nihao=你好 nimen=你们 nin=您 pai=派 qie=切 qiehuan=切换 qin=请 qing=请 qingwen=请问 qiu=求 qu=去
	rang=让 ren=人 reng=人 renggong=人工 rengon=人工 rengong=人工 shang=上 shangban=上班 shenhe=审核 shenme=什么 shenqing=申请 shi=是 shui=谁
	shuo=说 shuohua=说话 shuyao=需要 su=诉 suo=说 ta=他 tai=台 ting=听 tou=投 toushu=投诉 tousu=投诉 tui=退 tuikuan=退款 wen=问 wenti=问题 wo=我
	xi=系 xia=下 xian=想 xiang=想 xiexie=谢谢 xu=需 xuyao=需要 yao=要 yi=一 yidian=一点 yige=一个 yixia=一下 yong=用 you=有 youren=有人 yuan=员
	zai=在 zaima=在吗 zaixian=在线 zao=找 zeme=怎么 zen=真 zenme=怎么 zenren=真人 zenyang=怎样 zhao=找 zhaodao=找到 zhe=这 zhege=这个 zhen=真
	zheng=真 zhengren=真人 zhenren=真人 zhi=智 zhijie=直接 zhineng=智能 zhu=主 zhuan=转 zhuandao=转到 zhuang=转 zhuanjie=转接 zhuanyuan=专员
	zhuguan=主管 zuan=转 zuo=坐 zuoxi=坐席`

// pinyinMarks are what a run of pinyin must say to be read as Chinese; other runs are English or names.
var pinyinMarks = markList("和人说 和人讲 找人 跟人 人工 客服 真人 投诉 经理 机器人 活人 有人 个人 主管 专员 举报 领导 老板 坐席")

// pinyinTable maps each spelling to its Chinese.
func pinyinTable() map[string]string {
	out := map[string]string{}
	for w := range strings.FieldsSeq(pinyinWords) {
		spelling, chinese, _ := strings.Cut(w, "=")
		out[spelling] = chinese
	}
	return out
}

func markList(list string) [][]byte {
	var out [][]byte
	for w := range strings.FieldsSeq(list) {
		out = append(out, []byte(w))
	}
	return out
}

// chineseFor appends the Chinese for the run of pinyin that starts at buf[i] and returns where
// the run ends, or i if there is none.
func chineseFor(dst, buf []byte, i int) ([]byte, int) {
	start, end := len(dst), i
	for j := i; j < len(buf) && len(dst)-start < 90; {
		stop := wordEnd(buf, j)
		longer := spellOut(dst, buf[j:stop])
		if len(longer) == len(dst) {
			break
		}
		dst, end = longer, stop
		if stop >= len(buf) || buf[stop] != ' ' {
			break
		}
		j = stop + 1
	}
	for _, m := range pinyinMarks {
		if bytes.Contains(dst[start:], m) {
			return dst, end
		}
	}
	return dst[:start], i
}

// spellOut appends the Chinese for a run of letters if all of it is known syllables.
func spellOut(dst, word []byte) []byte {
	const longest = 11
	if len(word) > 40 {
		return dst
	}
	var from [41]int8 // from[n]: where the last syllable of word[:n] starts, plus one; 0 if word[:n] is none
	from[0] = 1
	reached := 0
	for s := 0; s <= reached && s < len(word); s++ {
		if from[s] == 0 {
			continue
		}
		for n := s + 1; n <= min(len(word), s+longest); n++ {
			if _, ok := syllables()[string(word[s:n])]; ok && from[n] == 0 {
				from[n] = int8(s + 1)
				reached = n
			}
		}
	}
	if from[len(word)] == 0 {
		return dst
	}
	var ends [41]int8
	k := 0
	for n := int8(len(word)); n > 0; n = from[n] - 1 {
		ends[k] = n
		k++
	}
	s := int8(0)
	for k--; k >= 0; k-- {
		dst = append(dst, syllables()[string(word[s:ends[k]])]...)
		s = ends[k]
	}
	return dst
}

// pinyin gives a run of letters that is no whole pinyin the class it most likely stands for.
func pinyin(word []byte) class {
	switch {
	case len(word) < 4, has(word, "rengongzhi"), has(word, "rengongfei"), has(word, "buyao"), has(word, "buyong"):
		return 0
	case has(word, "rengong"), has(word, "zhenren"), has(word, "rengkefu"), has(word, "zhuanren"), has(word, "zuanren"), bytes.HasSuffix(word, []byte("kefu")):
		return person | last
	case bytes.HasSuffix(word, []byte("tousu")):
		return complaint
	}
	return 0
}

func has(word []byte, part string) bool {
	return bytes.Contains(word, []byte(part))
}
