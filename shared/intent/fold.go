package intent

// traditional and plain are read in step: the n-th character of one is the n-th of the other.
// Only characters that occur in words_zh.go are needed.
const (
	traditional = "轉個機經嗎請幫線務專員說講話聯繫絡訴舉報檢維權給麼們來換與對談電誰問題處沒別讓為無須時間點號費賬帳過進錢結實裡裏這還應該後級領導負責買賣價熱妳鐘覆復廢騙氣體滿聽絕關閉動認審繼續斷連現當會煩勞駕難單訂遞師見麗總監夠組長製擾歉謝雲臺檯號樣馬趕緊幾點週節開營業係誤錯彈濫話煩愛東車語運碼樂鬧討厭遠圍麽啟瘋罵妳隻衹曬聲網龍導僱員錄專費評價養殖關節淚頭髮書調試雙億電腦產協會爛傳職邊哋嘅咗佢嚟睇畀俾啲駁撥寫執緒擇選顧訪詢織階層轄銀衛質規範證約議賠償額閱棄濃啞聾醫護讀紙標籤類顏稱屬戶頁頻劃輸鍵鈕郵貨櫃縣鄉鎮區廣劉鄭陳農嚴肅競爭資獎勵編尋備園圓環終納綁細縮藥蘋虧術補覺覽訊設許詳誠謊識譯變讚豐貝財貴貸贈跡軟較輕輛辦邏遊違適遲釋銷鎖閑陽隊陰隨險離靜順預頂項飯飛餘館駐騎驗魚鮮齊麵齡參圖團壞場塊媽學寶將島帶幹庫廠廳張強徵惡慘慣憑懶戲戰擁擔據擴攝敗條歡歲歸殘毀決況測準溝溫漲潔濕灣燈爺牽獨獲瑪畢畫異療盤眾確礙禮種稅穩窮筆築簡簽糧糾紅純絲統綠緩練績罰聰膠臉興舊莊蓋蘭蟲裝襪觸誌諮謹譜賓賞贏趨踐躍輔輯遺鄰鈴鋪錶鏡鐵閒闊陣隱隸雜雞韓響頓飲馮騷驚鬆魯鳥黃齒"
	plain       = "转个机经吗请帮线务专员说讲话联系络诉举报检维权给么们来换与对谈电谁问题处没别让为无须时间点号费账账过进钱结实里里这还应该后级领导负责买卖价热你钟复复废骗气体满听绝关闭动认审继续断连现当会烦劳驾难单订递师见丽总监够组长制扰歉谢云台台号样马赶紧几点周节开营业系误错弹滥话烦爱东车语运码乐闹讨厌远围么启疯骂你只只晒声网龙导雇员录专费评价养殖关节泪头发书调试双亿电脑产协会烂传职边们的了他来看给给点驳拨写执绪择选顾访询织阶层辖银卫质规范证约议赔偿额阅弃浓哑聋医护读纸标签类颜称属户页频划输键钮邮货柜县乡镇区广刘郑陈农严肃竞争资奖励编寻备园圆环终纳绑细缩药苹亏术补觉览讯设许详诚谎识译变赞丰贝财贵贷赠迹软较轻辆办逻游违适迟释销锁闲阳队阴随险离静顺预顶项饭飞余馆驻骑验鱼鲜齐面龄参图团坏场块妈学宝将岛带干库厂厅张强征恶惨惯凭懒戏战拥担据扩摄败条欢岁归残毁决况测准沟温涨洁湿湾灯爷牵独获玛毕画异疗盘众确碍礼种税稳穷笔筑简签粮纠红纯丝统绿缓练绩罚聪胶脸兴旧庄盖兰虫装袜触志咨谨谱宾赏赢趋践跃辅辑遗邻铃铺表镜铁闲阔阵隐隶杂鸡韩响顿饮冯骚惊松鲁鸟黄齿"
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
	m['亻'] = '人'
	m['亾'] = '人'
	m['眞'] = '真'

	return m
}

// lookalike gives the Latin letter that a Greek, Cyrillic or accented one imitates, the character
// that a kana or a radical imitates, or 0.
func lookalike(r rune) rune {
	switch r {
	case 'а', 'А', 'α', 'Α', 'á', 'à', 'ä', 'â', 'ã', 'å', 'Á', 'ａ', 'ā', 'ǎ':
		return 'a'
	case 'е', 'Е', 'ε', 'é', 'è', 'ê', 'ë', 'É', 'ē', 'ě':
		return 'e'
	case 'о', 'О', 'ο', 'ó', 'ò', 'ö', 'ô', 'õ', 'Ó':
		return 'o'
	case 'р', 'Р', 'ρ':
		return 'p'
	case 'с', 'С', 'ç':
		return 'c'
	case 'н', 'Н', 'һ':
		return 'h'
	case 'і', 'І', 'ι', 'í', 'ì', 'ï', 'î', 'ī', 'ǐ':
		return 'i'
	case 'у', 'У':
		return 'y'
	case 'м', 'М':
		return 'm'
	case 'т', 'Т', 'τ':
		return 't'
	case 'ú', 'ù', 'ü', 'û', 'υ', 'ū', 'ǔ', 'ǖ', 'ǘ', 'ǚ', 'ǜ':
		return 'u'
	case 'エ', '⼯', 'ㄒ':
		return '工'
	case '⼈':
		return '人'
	case 'ñ', 'η':
		return 'n'
	case 'ѕ', 'Ѕ':
		return 's'
	}
	return 0
}
