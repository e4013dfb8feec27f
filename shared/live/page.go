package live

import "encoding/json"

// MaxFrame is the most bytes of one frame of a client's, on every host: a gateway
// takes no more.
const MaxFrame = 32 << 10

// PageBytes is how much of history one frame carries, in bytes of JSON: a gateway
// takes 128 KiB of one message, and a frame holds more than its history.
const PageBytes = 96 << 10

// Newest returns the newest of some entries, which are oldest first, as far as
// their JSON together has at most so many bytes, and whether it left any out.
func Newest[E any](entries []E, most int) (kept []E, cut bool) {
	for i := len(entries) - 1; i >= 0; i-- {
		data, err := json.Marshal(entries[i])
		if most -= len(data) + 1; err != nil || most < 0 {
			return entries[i+1:], true
		}
	}
	return entries, false
}
