// Package webhook asks a bot that a company already has, over HTTP, in the format
// that it speaks: Zhida's own, which this page documents, that of Rasa's REST channel
// (rasa.go), or that of Dify's chat-messages API (dify.go). docs/bots.md says how a
// bot of each kind is connected.
//
// # A question
//
// A question is a POST with a JSON object:
//
//	{
//	  "conversation": "…",                  the same for all questions of one customer
//	  "language": "zh-CN",                  what to answer in, "zh-CN" or "en"
//	  "text": "…",                          what the customer asks
//	  "transcript": [                       the newest messages before it, oldest first
//	    {"author": "customer", "text": "…", "at": "2026-03-09T09:00:00Z"}
//	  ]
//	}
//
// An author is "customer", "bot" (which every program is) or "person". Fields
// are only ever added. The answer is 200 with Content-Type application/json and
// one of
//
//	{"answer": "…"}       said to the customer; "" where the bot has no answer
//	{"person": true}      the customer wants a person, or needs one
//
// in which what is said has at most 16 KB. Beside something that is said may stand one
// link, which is shown below it as a card, or in lines where a channel has no cards:
//
//	{"answer": "…", "link": {
//	  "title": "…",                         one line of at most 64 characters
//	  "description": "…",                   at most 160 characters; may be left out
//	  "url": "https://…",                   where the title leads, at most 2,048 bytes
//	  "picture": "https://…"                a JPEG or PNG, for channels whose provider fetches it; may be left out
//	}}
//
// Anything else, a redirect or a link of another form (bad_link) too, is a fault: the
// customer is offered a person, as after "". A question may come twice: answer it again.
//
// # Who asks
//
// Every question is signed with a secret that both sides have:
//
//	Zhida-Timestamp: 1772960400             Unix seconds
//	Zhida-Signature: v1=<hex of HMAC-SHA256(secret, timestamp + "." + body)>
//
// The bot makes the signature from the header and the body as it came, byte for
// byte, compares in constant time, and refuses a timestamp more than five minutes
// off: an old question is then worth nothing to whoever recorded it. There may be
// more signatures one day, with commas between: one that fits is enough.
//
// # Who answers
//
// The answer has the same two headers, with the time at which it was made and
//
//	v1=<hex of HMAC-SHA256(secret, "answer." + timestamp + "." + signature + "." + body)>
//
// where signature is the question's whole Zhida-Signature header, as it came, and body
// the answer's, byte for byte. So an answer fits one question and no other, and no
// question's signature is an answer's. Answers are checked as questions are: in
// constant time, within five minutes, and of several with commas between, one that
// fits is enough, such as while the secret changes. An answer that does not fit is not
// said. One without a signature is said only where zhida.yaml has answers: unsigned.
package webhook
