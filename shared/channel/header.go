package channel

import (
	"mime"
	"net/http"
	"strings"
)

// Bearer returns the token of the one Authorization header (RFC 6750, 2.1); "" where
// there is none, or several, of which proxies may have checked another one.
func Bearer(h http.Header) string {
	values := h.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// IsJSON reports whether a body is said to be JSON in UTF-8.
func IsJSON(h http.Header) bool {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return false
	}
	charset := params["charset"]
	return charset == "" || strings.EqualFold(charset, "utf-8")
}
