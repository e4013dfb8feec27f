package queue

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// wrapped begins every text that Wrap had to encode. No JSON does.
const wrapped = "base64:"

// Wrap returns a body as a text that any queue product carries unchanged: not empty,
// and of the characters of XML 1.0 only. Nearly every body is such a text, all JSON
// without raw U+FFFE and U+FFFF among them, and is returned as it is; others become
// "base64:" and the body in base64.
func Wrap(body []byte) string {
	if plain(body) {
		return string(body)
	}
	return wrapped + base64.StdEncoding.EncodeToString(body)
}

// Unwrap returns the body that Wrap made a text of. A text that Wrap never makes,
// somebody else's, is returned as it is.
func Unwrap(text string) []byte {
	encoded, ok := strings.CutPrefix(text, wrapped)
	if !ok {
		return []byte(text)
	}
	body, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || Wrap(body) != text {
		return []byte(text)
	}
	return body
}

// wrappedLen is how many bytes Wrap(body) has.
func wrappedLen(body []byte) int {
	if plain(body) {
		return len(body)
	}
	return len(wrapped) + base64.StdEncoding.EncodedLen(len(body))
}

// plain reports whether a body is its own text.
func plain(body []byte) bool {
	return len(body) > 0 && !bytes.HasPrefix(body, []byte(wrapped)) && utf8.Valid(body) &&
		!bytes.ContainsFunc(body, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\uFFFE' || r == '\uFFFF'
		})
}
