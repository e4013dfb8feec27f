// Package apigwlive is the engine of live on Amazon API Gateway: the gateway
// holds the WebSockets, a table holds who listens to what, and the management API
// reaches a connection from any process.
//
// The table is the one that dynamostore describes; the items here are of their own:
//
//	n#<connection>  session       what the host keeps of a connection
//	t#<topic>       <connection>  that the connection listens to the topic
//	t#<topic>       asked         that a client without a connection asks for it
//
// All of them end by themselves (the table's TTL), since the gateway's goodbye may
// never come: with the session's proof, and after two hours and a half at the
// latest, for a connection lasts two. What the TTL has not removed yet is not read.
//
// A session's state may hold a token, so the items are as secret as the table is.
package apigwlive

import "time"

// longest is how long an item lasts: a little more than a connection, see
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html.
const longest = 2*time.Hour + 30*time.Minute

// MaxMessage is the most bytes of one message through the gateway, either way (same page).
const MaxMessage = 128 << 10
