// Package hub is the in-process engine of live: WebSockets held by the program
// that pushes to them.
//
// A connection says who it is in its first frame, is then sent what the handler
// has ready for it, and from there on hears its topics and gets an answer to
// each of its frames. Frames are JSON objects in text messages of at most
// live.MaxFrame bytes. What goes wrong with a frame is told in one of this shape,
// with the id of the frame if it had one:
//
//	{"type":"error","id":"…","error":{"code":"…","message":"…","hint":"…"}}
//
// A connection ends with one of the close codes in the list below. A client
// that never reads cannot be told why: it sees its connection break.
package hub

import (
	"time"

	"github.com/coder/websocket"
)

// The close codes. Whatever the code, a client that comes back finds what it
// missed in the store.
const (
	CloseGoingAway   = websocket.StatusServiceRestart  // 1012: this server stops: come back at once
	CloseTryAgain    = websocket.StatusTryAgainLater   // 1013: it did not keep up, or a part of us is down: come back after a pause
	CloseFault       = websocket.StatusInternalError   // 1011: a defect in Zhida: come back after a pause
	CloseTooBig      = websocket.StatusMessageTooBig   // 1009: a frame over live.MaxFrame: do not send it again
	CloseUnsupported = websocket.StatusUnsupportedData // 1003: a binary frame: do not send it again

	CloseBadHello websocket.StatusCode = 4400 // the first frame is not of the documented shape: do not come back with it
	CloseIdentify websocket.StatusCode = 4401 // the proof is missing, wrong or at its end: come back with a new one
	CloseSilent   websocket.StatusCode = 4408 // no first frame, or no answer to keep-alives, in time: come back at once
	CloseFlood    websocket.StatusCode = 4429 // it went on sending far above the limit, or came in too often: come back after a pause
)

// KeepAlive is the time between two pings, and so between two calls of a handler's
// Alive.
const KeepAlive = 3 * time.Second

// The limits of one connection.
const (
	helloWithin = 10 * time.Second // from the upgrade to the first frame
	pongWithin  = 10 * time.Second // from a ping to its pong
	closeWithin = 2 * time.Second  // from the decision to close to the end of the socket

	maxQueued = 256 // outgoing frames a client may be behind

	floodRate     = 20  // frames a second
	floodBurst    = 40  // frames at once
	floodPatience = 400 // refused frames, none accepted between, until the connection is closed
)
