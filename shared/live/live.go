// Package live is the contract for pushing to connected browsers, customers'
// and agents' alike. Pushing is a courtesy: whatever is pushed is in the store
// first, and a client that missed a push finds it there when it comes back.
// Engines: hub (in process), apigwlive (Amazon API Gateway).
package live

import (
	"context"
	"time"
)

// Pusher pushes one frame to every connection that listens to a topic.
type Pusher interface {
	// Push encodes frame as JSON and hands it on to the topic's connections. It does
	// not wait for clients; nobody listening is no error. Errors: Internal for what
	// is no JSON; TooLarge, Config or Unavailable where connections are held elsewhere.
	Push(ctx context.Context, topic string, frame any) error
}

// Handler is one kind of client: what its connections may say and hear. Frames
// are JSON objects of at most MaxFrame bytes. It is safe for concurrent use, also by
// one connection: a gateway hands on a frame while the one before is being answered.
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

	// Alive is called while the client shows that it is there. How often is the
	// host's: seconds where it can ask, else with each of the client's frames, of
	// which a page sends one every twenty seconds. A lease must last longer.
	Alive(ctx context.Context, s Session) error
}

// Session is what a host keeps of a connection: values only, so that it can lie
// in a table between two frames.
type Session struct {
	Topics  []string  // what the connection listens to
	State   []byte    // the handler's own; may hold a token, so it is never logged
	Expires time.Time // the host closes the connection then
}
