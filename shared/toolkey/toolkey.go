// Package toolkey is the contract of where the tokens of agents' tools are kept:
// what is known of each, and never a token itself. Suite: toolkeytest. Engines:
// sqlitetoolkey, dynamotoolkey.
package toolkey

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
)

// Digest is the SHA-256 of a token. A token is 256 bits of chance, so there is
// nothing to guess and no need for a slow hash.
type Digest [sha256.Size]byte

// Key is what is kept of a tool's token.
type Key struct {
	ID      string // the tool's; chosen by whoever made the token
	Digest  Digest
	Names   map[conversation.Language]string // as customers see the tool
	Scopes  []string                         // what the tool may do
	By      conversation.AgentID             // who made it
	Created time.Time
	Expires time.Time
}

// Store keeps keys. It is safe for concurrent use, and every call sees what was
// answered before it, whoever asked: a revoked token works nowhere any more.
// Errors are faults: those said here, else Config where the deployment is refused,
// Internal for a defect, Unavailable or DeadlineExceeded; after the last two a change
// may or may not have been made. Times are kept to the millisecond
// and given in UTC. Whether a key has expired is for the caller to judge.
type Store interface {
	// Add keeps a new key; Conflict if its id is taken, also by an expired one. The
	// same key again, by its digest, changes nothing and is no error.
	Add(ctx context.Context, k Key) error

	// Get returns a key; NotFound if there is none.
	Get(ctx context.Context, id string) (Key, error)

	// List returns all keys, by id. None is an empty list.
	List(ctx context.Context) ([]Key, error)

	// Remove removes a key; NotFound if there is none: a slip of the pen must not
	// look like a revocation.
	Remove(ctx context.Context, id string) error
}
