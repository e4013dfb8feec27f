package live

import (
	"slices"
	"strings"
)

// Origins are the web origins (RFC 6454) whose pages may call and connect besides those
// of the host itself, as browsers name them: scheme://host[:port], in lower case, and no
// port where it is the scheme's own.
type Origins []string

// Allow reports whether a client may come in that sent these values of the header Origin
// to this host. One that sends none is no browser, and may: it holds no page's secrets,
// and could say what it likes. What is not one of the list to the letter is refused, null
// among it, unless it is the host itself by either scheme: whether there is TLS in front
// of it, the host cannot know.
func (o Origins) Allow(origin []string, host string) bool {
	switch len(origin) {
	case 0:
		return true
	case 1:
		own := strings.ToLower(host)
		return slices.Contains(o, origin[0]) || own != "" && (origin[0] == "https://"+own || origin[0] == "http://"+own)
	default:
		return false
	}
}
