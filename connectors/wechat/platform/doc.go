// Package platform plays WeChat, over HTTP both ways: users who follow, write and tap, pushes
// to a company's webhook with the real signatures, encryption and retries, and the API with
// its tokens, allowances, media, menus and error codes. It is written from what WeChat
// publishes and shares no code with the connector, so that each checks the other. Tests use
// it, and a demo on one's own machine.
//
// Time and chance are injected. Moving the clock moves all: the five seconds of a push, the
// ends of allowances, tokens and media. A test that moves it while a webhook still works makes
// that webhook late.
//
// # What is not published
//
// Some behaviour is told by no document; this is what the platform does. A push that is
// answered by another status than 200, or whose connection breaks, is tried again like one
// without an answer, at its five seconds. A passive reply has at most 2,048 bytes of text,
// the limit of custom/send here too. To a mini-program any passive reply but the one to hand a
// customer over is nonsense; its typing sign at an official account's address, and the other way
// round, is 48001. Acts make an allowance larger and longer, never the opposite, unless
// Plan.NewestCounts; one that is over or used up adds nothing. What is wrong is looked for in this
// order: the token, the account, the JSON, the receiver, the content, the allowance. A twenty-first
// force_refresh of a day is 45009.
//
// # The perfect sender
//
// Perfect compares what a company wanted to say with what the phone shows. A call that broke
// without an answer is known to nobody: neither repeating it nor letting it be is right. So
// what is missing because such a call was not taken, and what is there twice because such a
// call was taken and repeated, is listed as Uncertain, not as Missing or Doubled; as often as
// such calls explain it, and no oftener. The same goes for a passive reply that was lost on its
// way. An answer of 502 is not WeChat's, and tells no more. One of 503 or of -1 is a no: what it
// loses is Missing.
//
// # The console
//
// Console is JSON over HTTP for a page that plays a phone. Times are RFC 3339.
//
//	GET  /accounts                   {"accounts": [{"appid", "kind": "official"|"miniprogram", "menu": {"button": […]}}]}
//	POST /user  {"appid", "name"}    a phone: the user of that name, made if there is none
//	GET  /phone?user=&after=         a phone: {"user": openid, "name", "appid", "following", "typing", "entries": [Entry]},
//	                                 with the entries above number after, 0 for all
//	POST /act   {"user", "act", …}   {}; GET /phone shows what follows
//	GET  /media?id=                  the file of an entry's "media"
//
// An Entry is {"n", "who": "customer"|"company"|"system", "kind", "text", "media", "url",
// "description", "picture", "items": [{"id", "content"}], "by": "passive"|"api", "at"}; what is empty is left out. A menu's button is
// {"type", "name", "key"|"url"} or {"name", "sub_button": […]}, as WeChat's.
//
// The acts, and what they take beside user and act: follow {scene}, unfollow, scan {scene}, enter
// {from}, write {text}, image {data}, voice {data, recognition}, video {data}, location {latitude,
// longitude, label}, link {title, description, url}, tap {key: of a menu's button, or its url}, item
// {id: of an entry's item}. data is base64. What fails is {"error": {"code", "hint"}} with the
// status of shared/fault: 400, 404, 409.
package platform
