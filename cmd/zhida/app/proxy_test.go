package app

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestWhoCalls(t *testing.T) {
	ours := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("2001:db8::/32")}
	for name, c := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                      {"203.0.113.7:1234", nil, "203.0.113.7:1234"},
		"no proxy of ours":              {"203.0.113.7:1234", []string{"198.51.100.1"}, "203.0.113.7:1234"},
		"a proxy":                       {"10.0.0.1:1234", []string{"198.51.100.1"}, "198.51.100.1:1234"},
		"a proxy that says nothing":     {"10.0.0.1:1234", nil, "10.0.0.1:1234"},
		"what a client makes up":        {"10.0.0.1:1234", []string{"1.2.3.4, 198.51.100.1"}, "198.51.100.1:1234"},
		"what a client makes up, alone": {"10.0.0.1:1234", []string{"1.2.3.4", "198.51.100.1"}, "198.51.100.1:1234"},
		"two proxies":                   {"127.0.0.1:1234", []string{"1.2.3.4, 198.51.100.1,10.9.9.9"}, "198.51.100.1:1234"},
		"proxies only":                  {"127.0.0.1:1234", []string{"10.9.9.9"}, "10.9.9.9:1234"},
		"words":                         {"10.0.0.1:1234", []string{"198.51.100.1, unknown"}, "10.0.0.1:1234"},
		"IPv6":                          {"[2001:db8::1]:1234", []string{"2a00::1"}, "[2a00::1]:1234"},
		"IPv4 in IPv6":                  {"[::ffff:10.0.0.1]:1234", []string{"::ffff:198.51.100.1"}, "198.51.100.1:1234"},
		"nothing that is known":         {"@", []string{"198.51.100.1"}, "@"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = c.peer
		for _, line := range c.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		var got string
		behind(ours, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
		if got != c.want || r.RemoteAddr != c.peer {
			t.Errorf("%s: got %q", name, got)
		}
		behind(nil, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
		if got != c.peer {
			t.Errorf("%s, nobody is believed: got %q", name, got)
		}
	}
}
