// Package platform plays AWS End User Messaging SMS and all that is between a program and its customers'
// phones: the API as the SDK calls it, with its errors, limits and prices; the carriers, with what becomes of a
// message; SNS, which tells a queue what phones write and what became of messages, at least once and in no
// order; keywords, the opt-out list, and the phones. It is written from what AWS publishes and shares no code
// with the connector, so that each checks the other. Tests use it, and a demo on one's own machine.
//
// Time and chance are injected. Moving the clock moves all: what faults delay, SNS's retries, a
// message's events, the 72 hours after which nobody knows, the parts of a second, the month of the spend limit.
//
// # How it is used
//
// New makes a Platform: an http.Handler for the SDK's BaseEndpoint, whose Options.Publish puts notifications into
// a queue. Phone(number).Write is a customer; Inbox is what they got; Decide, FailCalls, FailInbound and FailEvents ask for
// what goes wrong next, and Plan has it go wrong by chance. Acked says what the program knows, Violations what
// it did against it, Spent what it cost; Settled and Rests are for who moves the clock.
//
// # What is not published
//
// Some behaviour is told by no document; the comments say where, and it is the harsher that is played. A message
// begins with a keyword where no letter and no digit follows it. What a self-managed number has to take for a STOP
// is one of the words alone: what else it takes for one is its company's to say. The opt-out list is one for all
// numbers. A text above 1,530 characters of GSM or 630 others is refused as MAXIMUM_SIZE_EXCEEDED. A call of more
// parts than a number's second has is refused, never queued. A message that costs more than is left of the month
// is refused. What is wrong is looked for in this order: the fields, what they name, the number's abilities, the
// sandbox, the opt-out list, MaxPrice, the month, the second.
//
// # What is not played
//
// Pools, sender ids, templates, RCS and voice; protect configurations and message feedback; the parts of long
// inbound messages, which arrive whole; several event destinations; a signature's being right.
//
// # The console
//
// Console is JSON over HTTP for a page that plays SMS phones. Times are RFC 3339.
//
//	GET  /numbers               {"numbers": [{"number", "mms", "self_managed"}]}: the company's
//	POST /phone {"key"}         a phone: that of the key, with a number of its own where there was none
//	GET  /phone?key=&after=     a phone: {"phone": its number, "opted_out": [the company's numbers that may not send to it],
//	                            "delivered": [the "n" of each entry that AWS told to be on the phone], "entries": [Entry]},
//	                            with the entries above number after, 0 for all
//	POST /act   {"key", "act": "write", "number", "text"}   {}; GET /phone shows what follows
//	            {"key", "act": "fail", "what"}              {}; "unanswered": the next text that is sent goes out, and its call
//	                            gets no answer; "off": the next message to this phone never arrives; "twice": SNS
//	                            delivers twice what a phone writes next
//	GET  /media?id=             the file of an entry's "media"
//
// An Entry is {"n", "who": "customer"|"company"|"aws", "number": the company's, "text", "parts": how many it was sent in,
// "encoding": "GSM"|"Unicode", "media": {"id", "kind", "size": bytes, "picture"}, "usd": what the company pays, "lost": it never
// arrived, "at"}; what is empty is left out, and an MMS has one part and no encoding. Of what is lost there is no text and no
// media: no phone has them. What fails is {"error": {"code", "hint"}} with the status of shared/fault: 400, 404, 405, 409, 413,
// 415, 422.
package platform
