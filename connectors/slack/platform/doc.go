// Package platform plays Slack, over HTTP both ways: people in workspaces who write to an app,
// mention it, write in threads, tap its buttons, give its command and attach files; signed calls to
// the app's address with Slack's retries; and the Web API with its tokens, rate limits and errors. It
// is written from what Slack publishes and shares no code with the connector, so that each checks the
// other. Tests use it, and a demo on one's own machine.
//
// Time and chance are injected. Moving the clock moves all: the three seconds of a call, the retries
// after none, one and five minutes, a second per message and channel, the ends of tokens.
//
// # What is not published
//
// An app that posts more than one message a second in a channel is let do so "a little", as the documents
// say; this platform refuses the second within the same second with 429. A call that is answered by
// another status than 2xx is tried again like one without an answer. A direct message to a user by the
// user's id goes to the channel of the two.
package platform
