package queue

import (
	"time"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
)

// What every engine takes; chosen so that every engine can.
const (
	MaxBody      = 1<<20 - 1<<10   // bytes in a body as Wrap makes a text of it; 1 MiB with what travels beside it
	MaxName      = 128             // bytes in an ID or Group, each a visible ASCII character
	DedupeWindow = 5 * time.Minute // how long an ID is remembered
)

// Check returns a fault if no queue takes the message. Engines call it first of all.
func (m Message) Check() error {
	const op = "queue.Publish"
	switch {
	case wrappedLen(m.Body) > MaxBody:
		return fault.New(fault.TooLarge, op, "keep queue messages under 1 MiB: store the content and publish its key")
	case !utf8.Valid(m.Body):
		return fault.New(fault.BadText, op, "encode the body as UTF-8; base64 carries any bytes")
	case !nameOK(m.ID):
		return fault.New(fault.BadRequest, op, "use an ID of at most 128 visible ASCII characters")
	case !nameOK(m.Group):
		return fault.New(fault.BadRequest, op, "use a Group of at most 128 visible ASCII characters")
	}
	return nil
}

func nameOK(s string) bool {
	if len(s) > MaxName {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
