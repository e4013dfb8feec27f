package conversation

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Key orders the messages of a conversation and tells repeats apart in one:
// thirteen digits of Unix milliseconds, a dash, and the origin. Keys sort as
// text. A provider's late retry of an old message has its old key, and so lands
// where the customer wrote it.
type Key string

// The origins' prefixes keep a customer's chosen ids away from ours.
const (
	theirs = "c."
	ours   = "z."
)

// InboundKey is the key of a customer's message: its provider's time and id.
func InboundKey(at time.Time, providerID string) Key { return newKey(at, theirs+providerID) }

// OwnKey is the key of the nth message of ours that a cause led to. The cause is
// hashed, so that a key shown to customers tells nothing about agents.
func OwnKey(at time.Time, cause string, nth int) Key {
	return newKey(at, fmt.Sprintf("%s%s-%d", ours, CauseDigest(cause), nth))
}

// CauseDigest is what names a cause: 96 bits of it, in 16 characters that every
// address and key can hold.
func CauseDigest(cause string) string {
	sum := sha256.Sum256([]byte(cause))
	return base64.RawURLEncoding.EncodeToString(sum[:digestBytes])
}

const digestBytes = 12

func newKey(at time.Time, origin string) Key {
	return Key(fmt.Sprintf("%013d-%s", max(at.UnixMilli(), 0), origin))
}

// Ours reports whether the key is of a message of ours, not of a customer's.
func (k Key) Ours() bool {
	_, origin, _ := strings.Cut(string(k), "-")
	return strings.HasPrefix(origin, ours)
}

// Shaped reports whether OwnKey could have made a key that comes from outside.
func (k Key) Shaped() bool {
	digest := k.CauseDigest()
	sum, noDigest := base64.RawURLEncoding.DecodeString(digest)
	nth, noNumber := strconv.Atoi(string(k[strings.LastIndexByte(string(k), '-')+1:]))
	if noDigest != nil || noNumber != nil || len(sum) != digestBytes || len(digest) != base64.RawURLEncoding.EncodedLen(digestBytes) {
		return false
	}
	return k == newKey(k.Time(), fmt.Sprintf("%s%s-%d", ours, digest, nth))
}

// CauseDigest is the digest of the cause in a key that OwnKey made; "" for a key that
// does not look like one.
func (k Key) CauseDigest() string {
	_, origin, _ := strings.Cut(string(k), "-")
	named, isOurs := strings.CutPrefix(origin, ours)
	end := strings.LastIndex(named, "-")
	if !isOurs || end < 0 {
		return ""
	}
	return named[:end]
}

// Time returns the time in the key, to the millisecond; zero for a malformed key.
func (k Key) Time() time.Time {
	digits, _, ok := strings.Cut(string(k), "-")
	ms, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// After returns the time a message of ours gets whose author saw k last: now,
// or a millisecond after k where our clock is behind the customer's.
func (k Key) After(now time.Time) time.Time {
	if next := k.Time().Add(time.Millisecond); k != "" && now.Before(next) {
		return next
	}
	return now
}
