package app

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// behind serves what proxies of the operator's hand on as if it came from where they say
// (X-Forwarded-For). Nobody else is believed.
func behind(proxies []netip.Prefix, h http.Handler) http.Handler {
	if len(proxies) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, port, err := net.SplitHostPort(r.RemoteAddr)
		if err == nil {
			r = r.WithContext(r.Context()) // a copy: what a handler gets is not its own
			r.RemoteAddr = net.JoinHostPort(caller(peer, r.Header.Values("X-Forwarded-For"), proxies), port)
		}
		h.ServeHTTP(w, r)
	})
}

// caller follows the chain of proxies from the peer backwards, to the first address that
// is no proxy's: what stands before that, whoever has it may have made up.
func caller(peer string, forwarded []string, proxies []netip.Prefix) string {
	chain := strings.Split(strings.Join(forwarded, ","), ",")
	for _, before := range slices.Backward(chain) {
		at, err := netip.ParseAddr(peer)
		if err != nil || !slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(at.Unmap()) }) {
			return peer
		}
		said, err := netip.ParseAddr(strings.TrimSpace(before))
		if err != nil {
			return peer
		}
		peer = said.Unmap().String()
	}
	return peer
}
