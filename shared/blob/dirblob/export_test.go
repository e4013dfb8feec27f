package dirblob

import "time"

// SetStall makes s break an upload off that stands still for so long.
func SetStall(s *Store, stall time.Duration) { s.stall = stall }

// OpenByAddress and OpenInAll are how many uploads may be under way.
const (
	OpenByAddress = openByAddress
	OpenInAll     = openInAll
)
