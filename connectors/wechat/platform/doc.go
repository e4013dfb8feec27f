// Package platform plays WeChat, over HTTP both ways: users who follow, write and tap, pushes
// to a company's webhook with the real signatures, encryption and retries, and the API with
// its tokens, allowances, media, menus and error codes. It is written from what WeChat
// publishes and shares no code with the connector, so that each checks the other. Tests use
// it, and a demo on one's own machine.
//
// Time and chance are injected. Moving the clock moves all: the five seconds of a push, the
// ends of allowances, tokens and media.
//
// # What is not published
//
// Some behaviour is told by no document; this is what the platform does. A push that is
// answered by another status than 200, or whose connection breaks, is tried again like one
// without an answer, at its five seconds. A passive reply has at most 2,048 bytes of text,
// the limit of custom/send here too. An allowance takes the place of the one before, even of
// a larger one. What is wrong is looked for in this order: the token, the account, the JSON,
// the receiver, the content, the allowance. A twenty-first force_refresh of a day is 45009.
package platform
