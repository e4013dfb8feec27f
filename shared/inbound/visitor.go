package inbound

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/netaddr"
)

// visitorCookie is where a browser keeps a visitor's token that scripts cannot read, and
// that outlasts what they keep. Its prefix has the browser take it from this host alone, and
// not from another of the same domain, which could plant a visitor of its own in it; it
// wants the path to be /
// (https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes).
// On this machine there may be no https, without which no browser takes the prefix.
func visitorCookie(r *http.Request) (name, path string) {
	const bare = "zhida-visitor"
	if host := (&url.URL{Host: r.Host}).Hostname(); netaddr.Local(host) {
		return bare, r.URL.Path
	}
	return "__Host-" + bare, "/"
}

// NewVisitorHandler serves the tokens of visitors whom nobody vouches for, each browser's
// own:
//
//	POST → {"token":"…","expires":1791536000000}
//	DELETE → 204
//
// A browser that shows the cookie of an earlier answer gets the token in it, until it is
// told to forget the cookie: somebody else comes to it then. Nothing is stored before the
// visitor's first word. Errors: Config if the channel takes none.
func (s *Service) NewVisitorHandler(c channel.Connector, d *Door) (http.Handler, error) {
	client, live := c.(channel.Live)
	open, takes := c.(channel.Open)
	if !live || !takes || d == nil {
		return nil, fault.New(fault.Config, "inbound.NewVisitorHandler", "this channel has no visitors, or a part is missing")
	}
	h, name := visitorHandler{s, client, open, d}, c.Info().Name
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := d.allow(w, r)
		if err == nil && r.Header.Get("Origin") != "" { // a page of the same site, elsewhere, has the cookie, too
			w.Header().Set("Access-Control-Allow-Credentials", "true")
		}
		if err == nil && !preflight(w, r, http.MethodPost, http.MethodDelete) {
			err = h.serve(w, r)
		}
		if err != nil {
			s.refused(r.Context(), w, name, err, slog.LevelInfo)
		}
	}), nil
}

type visitorHandler struct {
	inbound *Service
	client  channel.Live
	open    channel.Open
	door    *Door
}

func (h visitorHandler) serve(w http.ResponseWriter, r *http.Request) error {
	switch r.Method {
	case http.MethodPost:
		return h.give(w, r)
	case http.MethodDelete:
		keep(w, r, "", -time.Second)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return fault.New(fault.WrongMethod, "inbound.visitor", "use POST, or DELETE when somebody signs out")
}

// keep has the browser keep a token for a while; less than nothing has it forget.
func keep(w http.ResponseWriter, r *http.Request, token string, lasts time.Duration) {
	name, path := visitorCookie(r)
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: token, Path: path, MaxAge: int(lasts / time.Second), HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
}

func (h visitorHandler) give(w http.ResponseWriter, r *http.Request) error {
	now := h.inbound.o.Now()
	token, who, err := h.known(r, now)
	if err != nil {
		from, _, _ := net.SplitHostPort(r.RemoteAddr) // where it is none, nobody is known
		if address := netaddr.Subscriber(from); address != "" {
			if wait := h.door.limits.visitors.take(address, now); wait > 0 {
				return &fault.Error{Code: fault.FloodLimit, Op: "inbound.visitor", RetryAfter: wait, Hint: "ask again after the pause"}
			}
		}
		if token, who, err = h.open.NewVisitor(now); err != nil {
			return err
		}
	}
	keep(w, r, token, who.Expires.Sub(now))
	jsonhttp.Write(w, http.StatusOK, struct {
		Token   string `json:"token"`
		Expires int64  `json:"expires"`
	}{token, who.Expires.UnixMilli()})
	return nil
}

// known is the visitor of a browser that was here before.
func (h visitorHandler) known(r *http.Request, now time.Time) (token string, who channel.Visitor, err error) {
	name, _ := visitorCookie(r)
	cookie, err := r.Cookie(name)
	if err != nil {
		return "", who, err
	}
	who, err = h.client.Identify(r.Context(), cookie.Value, now)
	if err == nil && !who.Anonymous {
		err = fault.New(fault.Unauthenticated, "inbound.visitor", "this is somebody else's token")
	}
	return cookie.Value, who, err
}
