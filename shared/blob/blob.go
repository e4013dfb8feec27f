// Package blob is the contract for media: pictures, voice notes and files that a
// conversation's messages name by their keys.
// Suite: blobtest. Engines: dirblob, s3blob.
package blob

import (
	"context"
	"io"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Store keeps content by key until it is deleted or as old as the store's options
// keep it. What was stored is never overwritten. It is safe for concurrent use.
//
// Content up to MaxPut bytes may pass through the program. What is larger goes by
// links, which any HTTP client follows: the browser of a customer or an agent, or a
// worker that hands on a provider's stream.
//
// Errors are faults: BadRequest or TooLarge for what no store keeps, NotFound and
// Conflict as said below, Config where the deployment is refused, Internal for a
// defect, else Unavailable, after which the change may or may not have been made.
type Store interface {
	// Put stores content, which is durable when Put returns. To put the same again is
	// no error; if there is something else under the key, it is Conflict.
	Put(ctx context.Context, key Key, mediaType string, content []byte) error

	// Get returns what is stored, NotFound if there is nothing (any more). The caller
	// closes the content.
	Get(ctx context.Context, key Key) (Info, io.ReadCloser, error)

	// Stat is Get without the content.
	Stat(ctx context.Context, key Key) (Info, error)

	// Upload returns how a client stores content of exactly that type and size, up to
	// MaxSize, where nothing is stored yet. Whether it did, Stat says. The type is what
	// the client claims: look at the content before believing it.
	Upload(ctx context.Context, key Key, mediaType string, size int64) (Link, error)

	// Download returns how a client gets what is stored, NotFound if there is nothing, or
	// something else than what bears the tag. It is served so that a browser never executes it (see Serve). name is what the
	// file is called when it is saved, and may be whatever a stranger wrote.
	Download(ctx context.Context, key Key, tag Tag, name string) (Link, error)

	// Keep says that what is stored is shown: what was uploaded and never is, an engine
	// may remove after a day.
	Keep(ctx context.Context, key Key) error

	// Delete removes what is stored, if anything is.
	Delete(ctx context.Context, key Key) error

	// Forget removes all that is stored for a conversation. An upload that is under way
	// may still arrive; it is gone when it is old.
	Forget(ctx context.Context, id conversation.ID) error
}

// The limits of every engine.
const (
	// MaxPut is how many bytes Put takes: what a program holds at once. What providers
	// hand over, such as a film of a phone's, is less.
	MaxPut = 16 << 20
	// MaxSize is how many bytes Upload takes.
	MaxSize = 100 << 20
	// LinkLife is how long a link is good, unless what it leads to expires before.
	LinkLife = 15 * time.Minute
)

// Tag tells content apart from what is stored under the same key once it is gone: it is
// another unless all bytes are the same.
type Tag string

// Info is what is known of stored content.
type Info struct {
	Tag     Tag
	Type    string    // as it was given to Put or Upload
	Size    int64     // bytes
	Expires time.Time // gone from then on, in UTC
}

// Link is one request that a client may make with no other proof. Whoever has its URL
// may make it, so it is never logged.
type Link struct {
	Method string            `json:"method"`
	URL    string            `json:"url"`
	Header map[string]string `json:"header,omitempty"` // to be sent with it
	Until  time.Time         `json:"until"`
}
