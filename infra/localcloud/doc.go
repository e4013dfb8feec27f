// Package localcloud is as much of AWS as the functions meet, on this machine and
// for tests only: it executes each function's real bootstrap under a Runtime API of
// its own, and turns requests, connections, queues and the schedule into the events
// that AWS would send. Tables, queues and secrets are emulators', reached with the
// real SDK by functions and tests alike.
//
//   - cloud.go: a deployed template. deploy.go: how it comes about. kept.go: its tables,
//     queues and secrets.
//   - program.go, instance.go, function.go: programs, built as they are deployed, and
//     the instances of them that work asks for.
//   - gateway.go: the HTTP API. socket.go, manage.go, sweep.go: a WebSocket API, how
//     functions reach its connections, and when these end.
//   - poller.go: the event sources of queues. quiet.go: when nothing is left to do.
//   - proxy.go: what stands between functions and services. record.go, action.go: who
//     called what, as IAM would name it. policy.go: what a role allows.
//   - clockfile.go: the time that functions are told, where a test owns it.
//   - lines.go, tasks.go: whole lines of many processes in one log, and what still runs.
//
// What it does not do: nothing is throttled; instances are never frozen, so a goroutine that a
// handler leaves behind goes on here and might not on AWS.
package localcloud
