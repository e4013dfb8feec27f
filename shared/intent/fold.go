package intent

// traditional and plain are read in step: the n-th character of one is the n-th of the other.
// Only characters that occur in words_zh.go are needed.
const (
	traditional = "轉個機經嗎請幫線務專員說講話聯繫絡訴舉報檢維權給麼們來換與對談電誰問題處沒別讓為無須時間點號費賬帳過進錢結實裡裏這還應該後級領導負責買賣價熱妳鐘覆復廢騙氣體滿聽絕關閉動認審繼續斷連現當會煩勞駕難單訂遞師見麗總監夠組長製擾歉謝雲臺檯號樣馬趕緊幾點週節開營業係誤錯彈濫話煩愛東車語運碼樂鬧討厭遠圍麽啟瘋罵妳隻衹曬聲網龍導僱員錄專費評價養殖關節淚頭髮書調試雙億電腦產協會爛傳"
	plain       = "转个机经吗请帮线务专员说讲话联系络诉举报检维权给么们来换与对谈电谁问题处没别让为无须时间点号费账账过进钱结实里里这还应该后级领导负责买卖价热你钟复复废骗气体满听绝关闭动认审继续断连现当会烦劳驾难单订递师见丽总监够组长制扰歉谢云台台号样马赶紧几点周节开营业系误错弹滥话烦爱东车语运码乐闹讨厌远围么启疯骂你只只晒声网龙导雇员录专费评价养殖关节泪头发书调试双亿电脑产协会烂传"
)

// simplified pairs the two lists above, and adds the two spellings of Cantonese "find".
func simplified() map[rune]rune {
	m := make(map[rune]rune, 256)
	to := []rune(plain)
	i := 0
	for _, r := range traditional {
		m[r] = to[i]
		i++
	}
	m['搵'] = '揾'
	m['妳'] = '你'
	m['囉'] = '咯'
	return m
}

// lookalike gives the Latin letter that a Greek, Cyrillic or accented one imitates, or 0.
func lookalike(r rune) rune {
	switch r {
	case 'а', 'А', 'α', 'Α', 'á', 'à', 'ä', 'â', 'ã', 'å', 'Á', 'ａ':
		return 'a'
	case 'е', 'Е', 'ε', 'é', 'è', 'ê', 'ë', 'É':
		return 'e'
	case 'о', 'О', 'ο', 'ó', 'ò', 'ö', 'ô', 'õ', 'Ó':
		return 'o'
	case 'р', 'Р', 'ρ':
		return 'p'
	case 'с', 'С', 'ç':
		return 'c'
	case 'н', 'Н', 'һ':
		return 'h'
	case 'і', 'І', 'ι', 'í', 'ì', 'ï', 'î':
		return 'i'
	case 'у', 'У':
		return 'y'
	case 'м', 'М':
		return 'm'
	case 'т', 'Т', 'τ':
		return 't'
	case 'ú', 'ù', 'ü', 'û', 'υ':
		return 'u'
	case 'ñ', 'η':
		return 'n'
	case 'ѕ', 'Ѕ':
		return 's'
	}
	return 0
}
