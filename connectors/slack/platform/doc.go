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
package platform
