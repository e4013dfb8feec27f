package netaddr_test

import (
	"net/url"
	"testing"

	"github.com/zhida-project/zhida/shared/netaddr"
)

func TestGuarded(t *testing.T) {
	for address, want := range map[string]bool{
		"https://login.shop.example/keys": true, "https://203.0.113.7": true, "http://localhost:5006/keys": true, "http://LOCALHOST": true,
		"HTTP://Localhost": true, "http://127.0.0.1:1": true, "http://127.9.9.9": true, "http://[::1]/": true, "http://[::ffff:127.0.0.1]": true,
		"http://login.shop.example/keys": false, "http://localhost.shop.example": false, "http://10.0.0.1": false, "http://[::2]": false,
		"http://127.0.0.1.shop.example": false, "http://0x7f.1": false, "ftp://localhost": false, "localhost": false, "//localhost": false, "": false,
		"https://": false, "https:///keys": false, "https://:443": false, "http://shop.example@localhost": true, "http://localhost@shop.example": false,
	} {
		at, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if netaddr.Guarded(at) != want {
			t.Errorf("%q: not %t", address, want)
		}
	}
}

func TestWhatCountsAsOneAddress(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7", "10.1.2.3": "10.1.2.3",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::": "2001:db8:1:2::/64", "2001:db8:1:3::1": "2001:db8:1:3::/64", "fe80::1%eth0": "fe80::/64",
		"127.0.0.1": "", "127.9.9.9": "", "::1": "", "::ffff:127.0.0.1": "", "": "", "@": "", "shop.example": "", "203.0.113.7:80": "",
	} {
		if got := netaddr.Subscriber(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
}
