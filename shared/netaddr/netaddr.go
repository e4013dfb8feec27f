// Package netaddr says what the address at the other end tells of who is there.
package netaddr

import (
	"net/netip"
	"net/url"
	"strings"
)

// Local reports whether only this machine answers at a host: a loopback address, or
// localhost in any case (RFC 6761, 6.3). A host has no port.
func Local(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// Guarded reports whether nobody in between can read or change what is said at a URL:
// https, or http on this machine.
func Guarded(at *url.URL) bool {
	return at.Hostname() != "" && (at.Scheme == "https" || at.Scheme == "http" && Local(at.Hostname()))
}

// Subscriber is what counts as one caller of an IP address: all of IPv4's, of IPv6's the
// half that one subscriber has (RFC 6177). This machine's own is no caller's, but a
// proxy's, and what is no address is nobody's: they are "".
func Subscriber(address string) string {
	ip, err := netip.ParseAddr(address)
	if ip = ip.Unmap().WithZone(""); err != nil || ip.IsLoopback() {
		return ""
	}
	const bits = 64
	if ip.Is6() {
		prefix, _ := ip.Prefix(bits) // it has as many
		return prefix.String()
	}
	return ip.String()
}
