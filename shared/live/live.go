// Package live is the contract for pushing to connected browsers, customers'
// and agents' alike. Pushing is a courtesy: whatever is pushed is in the store
// first, and a client that missed a push finds it there when it comes back.
// Engines: hub (in process).
package live

import (
	"context"
	"time"
)

// Pusher pushes one frame to every connection that listens to a topic.
type Pusher interface {
	// Push encodes frame as JSON and queues it to the topic's connections. It does
	// not wait for them; nobody listening is no error.
	Push(ctx context.Context, topic string, frame any) error
}

// Handler is one kind of client: what its connections may say and hear. Frames
// are JSON objects. It is safe for concurrent use; the frames of one connection
// come one after the other.
type Handler interface {
	// Open reads a connection's first frame, which says who it is. An error
	// (Unauthenticated, BadRequest) is told to the client and closes the connection.
	Open(ctx context.Context, first []byte) (Session, error)

	// Ready returns what an opened connection is sent first. It is called after
	// the connection listens to its topics, so that nothing falls between.
	Ready(ctx context.Context, s Session) ([]any, error)

	// Frame answers one more frame. An error is told to the client, and the
	// connection stays open, unless it is Unauthenticated.
	Frame(ctx context.Context, s Session, frame []byte) ([]any, error)

	// Alive is called while the client answers keep-alives, at least every
	// KeepAlive.
	Alive(ctx context.Context, s Session) error
}

// KeepAlive is the time between two keep-alives of a connection.
const KeepAlive = 3 * time.Second

// Session is what a host keeps of a connection: values only, so that it can lie
// in a table between two frames.
type Session struct {
	Topics  []string  // what the connection listens to
	State   []byte    // the handler's own; may hold a token, so it is never logged
	Expires time.Time // the host closes the connection then
}
