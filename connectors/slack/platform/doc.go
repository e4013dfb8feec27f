// Package platform plays Slack, over HTTP both ways: people in workspaces who write to an app,
// mention it, write in threads, tap its buttons, give its command and attach files; signed calls to
// the app's address with Slack's retries; and the Web API with its tokens, rate limits and errors. It
// is written from what Slack publishes and shares no code with the connector, so that each checks the
// other. Tests use it, and a demo on one's own machine.
//
// Time and chance are injected. Moving the clock moves all: the three seconds of a call, the retries
// after none, one and five minutes, a second per message and channel, the minute of each method's tier,
// the ends of codes and tokens.
//
// # Stricter than Slack
//
// Bursts are let through there, how large ones is not published; here the second message within a second
// in a channel is refused, and the call after a tier's 50 or 100 in a minute. A refresh token is good
// there for "a short grace period" after its use; here for none.
//
// # What is not published
//
// How much text blocks may hold in all, what is said of a thread that is not there, how many messages an
// app may post in a workspace ("several hundred a minute": here any number), and what client_msg_id and
// previous_message of events are, which Slack sends.
//
// # The console
//
// Console is JSON over HTTP for a page that plays the windows of people in one workspace.
//
//	POST /person {"key", "name"}     who has that key, made if there is none: {"team", "person": their id,
//	                                 "name": with a number behind it where another has it, "mention": the app's}
//	GET  /window?team=&person=&after= {"n", "places": [Place]}: what they see, and its number; without places
//	                                 where it is still number after
//	POST /act    {"team", "person", "act", {}; GET /window shows what follows
//	              "place", …}
//	GET  /file?id=                   a file of a post
//
// A Place is {"id", "name", "direct", "posts": [Post]}, oldest first; first the direct messages with the app, then
// the channel. A Post is {"ts", "thread": the ts of its thread's first, "who": "you"|"other"|"app", "name", "text",
// "blocks": [{"kind": "context"|"section"|"button", "text"}], "files": [{"id", "name", "size": bytes,
// "picture"}], "edited": it says so, "private": only they see it}; what is empty is left out, and where there are
// blocks, they are what is seen of the text.
//
// The acts, and what they take beside person, act and place: write {text, thread}, attach {name, kind, data in
// base64, text, thread}, edit {ts, text}, delete {ts}, tap {ts}: the button that asks for a person, human {text}: the
// command. What fails is {"error": {"code", "hint"}} with the status of shared/fault: 400, 404, 405, 413, 415, 422.
package platform
