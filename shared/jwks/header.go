package jwks

import (
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/zhida-project/zhida/shared/fault"
)

// KeyID returns which key the header of a token names; "" if none. Errors:
// Unauthenticated for a token that is for something else (a typ beside JWT and at+jwt,
// such as that of a logout token), that asks for what is not understood here (crit, RFC
// 7515, section 4.1.11), or whose kid is no text.
func KeyID(header map[string]any) (string, error) {
	kind, _ := header["typ"].(string)
	if kind = strings.TrimPrefix(strings.ToLower(kind), "application/"); kind != "" && kind != "jwt" && kind != "at+jwt" {
		return "", refused("this kind of token is for something else")
	}
	if _, there := header["crit"]; there { // whoever does not understand it must refuse
		return "", refused("the token asks for what is not understood here")
	}
	id, ok := header["kid"].(string)
	if _, there := header["kid"]; there && !ok {
		return "", refused("the token names no key")
	}
	return id, nil
}

// Named returns which key and which algorithm a token names, without believing
// anything of it. Errors: Unauthenticated.
func Named(token string) (id, alg string, err error) {
	read, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil { // its words may quote the token
		return "", "", refused("this is no token")
	}
	id, err = KeyID(read.Header)
	return id, read.Method.Alg(), err
}

func refused(hint string) error { return fault.New(fault.Unauthenticated, "jwks.header", hint) }
