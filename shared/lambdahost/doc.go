// Package lambdahost runs on AWS Lambda what the single binary runs on a socket:
// the same http.Handler, live.Handler and queue handlers. It turns events into
// calls, decides nothing, and is the only importer of aws-lambda-go.
//
// One function may serve several of these; they are told apart by the event:
//
//   - an HTTP API (payload format 2.0) or a function URL calls Options.HTTP;
//   - a WebSocket API's connect, message and disconnect call Options.Live;
//   - an SQS event source, with ReportBatchItemFailures, calls Options.Queues, or Options.Calls; what a
//     topic of SNS publishes comes through a queue, too;
//   - a schedule of EventBridge, without an input of its own, calls Options.Schedule.
//
// Anything else is an error, and nothing is done. Where it can, the host does as
// net/http and the worker of package queue do: a panic costs one request and is
// logged, a handler that writes nothing has answered 200, what can never succeed
// is dropped from a queue of bells with an error in the log.
//
// What a gateway does to a request before it is an event cannot be undone here:
// the lines of one header are joined with commas (and stay joined: which comma
// was the client's cannot be known), and an HTTP API decodes the path, while a
// function URL hands it on as it came.
package lambdahost
