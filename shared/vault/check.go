package vault

import (
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// What every engine keeps; chosen so that every engine can.
const (
	MaxValue = 64 << 10 // bytes in a value
	MaxName  = 256      // bytes in a name or holder, each a visible ASCII character
)

// CheckName returns a fault if no vault has such a name. A name says which of the
// company's accounts with a provider is meant. It is no secret: it stands in tables
// and in audit logs, so no customer's id and no part of a token is in it.
func CheckName(name string) error {
	if !nameOK(name) {
		return fault.New(fault.BadRequest, "vault", "name an entry in 1 to 256 visible ASCII characters")
	}
	return nil
}

// CheckPut returns a fault if no vault keeps e under that name. Engines call it
// first of all.
func CheckPut(name string, e Entry) error {
	size := len(e.Value.Reveal())
	switch {
	case size == 0:
		return fault.New(fault.BadRequest, "vault.Put", "an entry has a value: delete what is no longer wanted")
	case size > MaxValue:
		return fault.New(fault.TooLarge, "vault.Put", "a vault keeps tokens, of up to 64 KiB")
	case !e.Expires.IsZero() && e.Expires.UnixMilli() <= 0:
		return fault.New(fault.BadRequest, "vault.Put", "an entry expires after 1970, or never")
	}
	return CheckName(name)
}

// CheckHolder returns a fault if no vault gives holder a lease of that name.
func CheckHolder(name, holder string) error {
	if !nameOK(holder) {
		return fault.New(fault.BadRequest, "vault", "name a holder in 1 to 256 visible ASCII characters")
	}
	return CheckName(name)
}

// CheckLease returns a fault if no vault gives such a lease now.
func CheckLease(name, holder string, now, until time.Time) error {
	if !until.After(now) {
		return fault.New(fault.BadRequest, "vault.Lease", "a lease ends in the future")
	}
	return CheckHolder(name, holder)
}

func nameOK(s string) bool {
	if s == "" || len(s) > MaxName {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
