package live_test

import (
	"testing"

	"github.com/zhida-project/zhida/shared/live"
)

func TestOrigins(t *testing.T) {
	const host = "Chat.example:8443"
	list := live.Origins{"https://shop.example", "https://shop.example:444", "capacitor://localhost"}
	for _, origin := range []string{
		"https://shop.example", "https://shop.example:444", "capacitor://localhost", "https://chat.example:8443", "http://chat.example:8443",
	} {
		if !list.Allow([]string{origin}, host) {
			t.Errorf("%q may not", origin)
		}
	}
	for _, origin := range []string{
		"", "null", "NULL", "*", "https://", "://", "shop.example", "//shop.example",
		"http://shop.example", "wss://shop.example", "file://", "https:shop.example",
		"https://shop.example:443", "https://shop.example:445", "https://shop.example:", "https://shop.example:4444",
		"https://shop.example.evil.example", "https://evilshop.example", "https://evil.example/https://shop.example",
		"https://shop.example@evil.example", "https://evil.example#https://shop.example", "https://www.shop.example",
		"https://shop.example/", "https://shop.example.", "https://SHOP.example", "HTTPS://shop.example", " https://shop.example",
		"https://shop.example ", "https://shop.example\x00", "https://shop.example,https://evil.example",
		"https://chat.example", "https://chat.example:844", "https://chat.example:84430", "https://Chat.example:8443", "capacitor://localhost:80",
	} {
		if list.Allow([]string{origin}, host) {
			t.Errorf("%q may", origin)
		}
	}
	if !list.Allow(nil, host) {
		t.Error("who is no browser may not")
	}
	if list.Allow([]string{"https://shop.example", "https://shop.example"}, host) {
		t.Error("who names two may")
	}
	if none := (live.Origins)(nil); none.Allow([]string{"https://shop.example"}, host) || !none.Allow([]string{"https://chat.example:8443"}, host) {
		t.Error("without a list it is not the own host alone")
	}
	if none := (live.Origins)(nil); none.Allow([]string{"https://"}, "") || none.Allow([]string{"http://"}, "") {
		t.Error("a host without a name lets in a page without one")
	}
}
