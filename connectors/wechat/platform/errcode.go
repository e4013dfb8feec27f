package platform

// The errcodes that the API answers; their texts are in errmsgs, word for word.
const (
	codeBusy          = -1
	codeBadToken      = 40001
	codeBadGrantType  = 40002
	codeBadOpenID     = 40003
	codeBadMediaType  = 40004
	codeBadFileType   = 40005
	codeBadMediaID    = 40007
	codeBadMsgType    = 40008
	codeImageSize     = 40009
	codeVoiceSize     = 40010
	codeVideoSize     = 40011
	codeThumbSize     = 40012
	codeBadAppID      = 40013
	codeNoToken       = 40014 // not a token at all
	codeButtonCount   = 40016
	codeButtonType    = 40017
	codeButtonName    = 40018
	codeSubCount      = 40023
	codeEscapes       = 40033
	codeBadURL        = 40066
	codeBadSecret     = 40125
	codeBadIP         = 40164
	codeAccountType   = 40200
	codeTokenMissing  = 41001
	codeAppIDMissing  = 41002
	codeSecretMissing = 41004
	codeMediaMissing  = 41005
	codeTokenExpired  = 42001
	codeNeedGET       = 43001
	codeNeedPOST      = 43002
	codeNotFollowing  = 43004
	codeEmptyNews     = 44003
	codeEmptyText     = 44004
	codeTooLong       = 45002
	codeArticles      = 45008
	codeDayQuota      = 45009
	codeMinuteQuota   = 45011
	codeClosed        = 45015
	codeSpent         = 45047
	codeBadCommand    = 45072
	codeNoTalk        = 45080
	codeIsTyping      = 45081
	codeNoMenu        = 46003
	codeBadJSON       = 47001
	codeUnauthorized  = 48001
)

// errmsgs are WeChat's words. Where they come from stands in testdata/errcode/SOURCE.
var errmsgs = map[int]string{
	codeBusy:          "system error",
	codeBadToken:      "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
	codeBadGrantType:  "invalid grant_type",
	codeBadOpenID:     "invalid openid",
	codeBadMediaType:  "invalid media type",
	codeBadFileType:   "invalid file type",
	codeBadMediaID:    "invalid media_id",
	codeBadMsgType:    "invalid message type",
	codeImageSize:     "invalid image size",
	codeVoiceSize:     "invalid voice size",
	codeVideoSize:     "invalid video size",
	codeThumbSize:     "invalid thumb size",
	codeBadAppID:      "invalid appid",
	codeNoToken:       "invalid access_token",
	codeButtonCount:   "invalid button size",
	codeButtonType:    "invalid button type",
	codeButtonName:    "invalid button name size",
	codeSubCount:      "invalid sub button size",
	codeEscapes:       `invalid charset. please check your request, if include \uxxxx will create fail!`,
	codeBadURL:        "invalid url",
	codeBadSecret:     "invalid appsecret",
	codeBadIP:         "invalid ip %[1]s ipv6 ::ffff:%[1]s, not in whitelist",
	codeAccountType:   "invalid account type",
	codeTokenMissing:  "access_token missing",
	codeAppIDMissing:  "appid missing",
	codeSecretMissing: "appsecret missing",
	codeMediaMissing:  "media data missing",
	codeTokenExpired:  "access_token expired",
	codeNeedGET:       "require GET method",
	codeNeedPOST:      "require POST method",
	codeNotFollowing:  "require subscribe",
	codeEmptyNews:     "empty news data",
	codeEmptyText:     "empty content",
	codeTooLong:       "content size out of limit",
	codeArticles:      "article size out of limit",
	codeDayQuota:      "reach max api daily quota limit",
	codeMinuteQuota:   "api minute-quota reach limit must slower retry next minute",
	codeClosed:        "response out of time limit or subscription is canceled",
	codeSpent:         "out of response count limit",
	codeBadCommand:    "command字段取值不对",
	codeNoTalk:        "下发输入状态，需要之前30秒内跟用户有过消息交互",
	codeIsTyping:      "已经在输入状态，不可重复下发",
	codeNoMenu:        "menu no exist",
	codeBadJSON:       "data format error",
	codeUnauthorized:  "api unauthorized",
}
