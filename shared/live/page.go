package live

// MaxFrame is the most bytes of one frame of a client's, on every host: a gateway
// takes no more.
const MaxFrame = 32 << 10

// PageBytes is how much of history one frame carries, in bytes of JSON: a gateway
// takes 128 KiB of one message, and a frame holds more than its history.
const PageBytes = 96 << 10

// Newest returns as many of the newest of some entries, which are oldest first, as
// Fitting does, but the newest at least: whoever gets none has nothing before which to ask
// for more. What is stored fits a page.
func Newest[E any](entries []E, most int) (kept []E, cut bool) {
	kept, cut = Fitting(entries, most)
	if len(kept) == 0 && len(entries) > 0 {
		return entries[len(entries)-1:], len(entries) > 1
	}
	return kept, cut
}

// Fitting returns the newest of some entries, which are oldest first, as far as they
// together have at most so many bytes as Encode writes them, and whether it left any out.
func Fitting[E any](entries []E, most int) (kept []E, cut bool) {
	for i := len(entries) - 1; i >= 0; i-- {
		data, err := Encode(entries[i])
		if most -= len(data) + 1; err != nil || most < 0 {
			return entries[i+1:], true
		}
	}
	return entries, false
}
