package config

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/zhida-project/zhida/shared/netaddr"
)

// maxOrigins bounds a list that is looked through with every call.
const maxOrigins = 100

// origins returns web origins as browsers name them in their header: in lower case, and
// without a port that is the scheme's own.
func (r *reader) origins(f field) []string {
	items := r.list(f)
	if isList(f.value) && len(items) == 0 {
		r.wrong(f, "the list is empty", "leave it out: pages of the host itself may always connect")
	}
	if len(items) > maxOrigins {
		r.wrong(f, "the list has more than 100 origins", "")
	}
	seen := once{}
	origins := make([]string, 0, len(items))
	for _, item := range items {
		origin := r.origin(item)
		r.unique(item, seen, origin)
		origins = append(origins, origin)
	}
	return origins
}

// hostShape is a host as browsers write it: names that are not ASCII as xn--….
var hostShape = regexp.MustCompile(`^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$`)

func (r *reader) origin(f field) string {
	const such = "such as https://shop.example, with nothing behind the host but a port"
	before := len(r.mistakes)
	text := strings.ToLower(r.text(f, maxURL))
	if len(r.mistakes) > before {
		return ""
	}
	u, err := url.Parse(text)
	switch {
	case strings.Contains(text, "*"):
		r.wrong(f, "an origin has no *", "name each: a page of another's could lie on a host that it stands for")
		return ""
	case err != nil || u.Host == "" || !portShape(u) || !hostShape.MatchString(strings.TrimSuffix(u.Host, ":"+u.Port())):
		r.wrong(f, "this is no origin", such+"; a name that is not ASCII is written as xn--…")
		return ""
	case u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		r.wrong(f, "an origin is a scheme and a host", such)
		return ""
	case u.Scheme == "http" && !netaddr.Guarded(u):
		r.wrong(f, "whoever sits in between could change a page without https", "use https; http is for this machine only, such as http://localhost:3000")
		return ""
	case u.Scheme == "ws" || u.Scheme == "wss":
		r.wrong(f, "an origin is that of a page", such)
		return ""
	}
	own := map[string]string{"https": ":443", "http": ":80"}
	return u.Scheme + "://" + strings.TrimSuffix(u.Host, own[u.Scheme])
}
