package scenario

import "testing"

// TestStoriesByCalls: what customers are promised, they are promised on networks that
// let no WebSocket through, too.
func TestStoriesByCalls(t *testing.T) {
	for _, pattern := range []string{"p02-the-way", "p03-*", "p04-*", "p05-*", "p08-a-vanished-agent", "p11-*", "p13-*", "p14-*"} {
		playWith(t, pattern, Setup{Calls: true})
	}
}
