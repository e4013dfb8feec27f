// Package vault is the contract for what all instances share and nobody may read:
// the tokens that providers give us, and the leases under which one instance alone
// renews them.
// Suite: vaulttest. Engines: sqlitevault, dynamovault.
package vault

import (
	"context"
	"fmt"
	"time"

	"github.com/zhida-project/zhida/shared/secret"
)

// Vault keeps entries by name, sealed. It is safe for concurrent use, and what one
// instance has written every other sees at once.
//
// Errors are faults: BadRequest or TooLarge for what no vault keeps, NotFound and
// Conflict as said below, Config for an entry that cannot be opened (it was altered,
// or sealed with a key that we do not have) and where the deployment is refused,
// Internal for a defect, else Unavailable, after which the change may or may not have
// been made. No error holds a value.
//
// To renew a token: Get it; when it is missing or about to expire, Lease its name;
// who gets the lease looks again, fetches, Puts and Releases; who does not, uses what
// it has, or waits and looks again. The lease saves calls to the provider. What keeps
// a newer token from being overwritten is the version.
type Vault interface {
	// Get returns the entry, NotFound if there is none or it expired.
	Get(ctx context.Context, name string) (Entry, error)

	// Put stores e in place of the version that it bears ("" if there is none), and
	// returns the new version. Conflict says that another version, or none, is there.
	// An entry that expired is not there.
	Put(ctx context.Context, name string, e Entry) (version string, err error)

	// Delete removes the entry, whatever its version. To delete what is not there is
	// no error.
	Delete(ctx context.Context, name string) error

	// Lease lets holder alone work on name until then, whether there is an entry or
	// not. While another holds it, it is Conflict, with RetryAfter. The holder may
	// lease again, for longer or shorter; holders are told apart by their names, so
	// each piece of work takes one of its own.
	Lease(ctx context.Context, name, holder string, until time.Time) error

	// Release ends holder's lease. If holder has none (any more), nothing happens.
	Release(ctx context.Context, name, holder string) error
}

// Entry is a value with what goes with it.
type Entry struct {
	Value   secret.Value // not empty, at most MaxValue bytes
	Expires time.Time    // gone from then on; zero: never. Kept to the millisecond, in UTC
	Version string       // the vault's name for this state of the entry, never used again
}

// Place is what engines seal the value of e for when it is kept under that name: so
// neither its end, nor its version, nor the names of two entries can be exchanged.
func (e Entry) Place(name string) string {
	var expires int64
	if !e.Expires.IsZero() {
		expires = e.Expires.UnixMilli()
	}
	return fmt.Sprintf("%s %s %d", name, e.Version, expires)
}
