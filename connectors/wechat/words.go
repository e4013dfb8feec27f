package wechat

import "github.com/zhida-project/zhida/shared/conversation"

// words are all that this package says about what customers did and sent, in one
// language. Agents read them.
type words struct {
	location, linked, page    string // the first line of what follows
	latitude, longitude       string
	empty, tooLong            string
	notArrived, unknown       string
	followed, followedByCode  string
	unfollowed, scanned       string
	scannedCode, opened       string
	open, shut                string // around a detail
	bot, person, way          string // of what we say: see label and written
	personStart, personFinish string // around a name
}

// wordsIn returns Chinese where the language is not known.
func wordsIn(lang conversation.Language) words {
	if lang == conversation.English {
		return english
	}
	return chinese
}

var chinese = words{
	location: "[位置]", linked: "[链接]", page: "[小程序页面]",
	latitude: "纬度 ", longitude: "，经度 ",
	empty:      "[一条看不见内容的消息]",
	tooLong:    "[文字太长，后面的没有保留]",
	notArrived: "[有一个文件没有送到]",
	unknown:    "[微信发来的一种这里看不了的消息]",
	followed:   "关注了公众号", followedByCode: "扫码关注了公众号",
	unfollowed:  "取消关注了公众号",
	scanned:     "扫了公众号的二维码",
	scannedCode: "从菜单扫了码",
	opened:      "打开了小程序的客服会话",
	open:        "（", shut: "）",
	bot: "【机器人】", person: "【人工】", way: "回复 0 转人工",
	personStart: "【人工·", personFinish: "】",
}

var english = words{
	location: "[Location]", linked: "[Link]", page: "[Mini program page]",
	latitude: "latitude ", longitude: ", longitude ",
	empty:      "[A message in which nothing can be seen]",
	tooLong:    "[The text was too long: the rest was not kept]",
	notArrived: "[A file did not arrive]",
	unknown:    "[A message of WeChat's of a kind that cannot be shown here]",
	followed:   "followed the account", followedByCode: "followed the account by scanning a code",
	unfollowed:  "unfollowed the account",
	scanned:     "scanned a code of the account's",
	scannedCode: "scanned a code from the menu",
	opened:      "opened the mini program's customer service",
	open:        " (", shut: ")",
	bot: "[Bot] ", person: "[Person] ", way: "Reply 0 for a person",
	personStart: "[Person: ", personFinish: "] ",
}
