package inbound

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/live"
	"github.com/zhida-project/zhida/shared/netaddr"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
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
//
// A browser that shows the cookie of an earlier answer gets the token in it. Nothing is
// stored before the visitor's first word. Errors: Config if the channel takes none.
func (s *Service) NewVisitorHandler(c channel.Connector, d *Door) (http.Handler, error) {
	client, live := c.(channel.Live)
	open, takes := c.(channel.Open)
	if !live || !takes || d == nil {
		return nil, fault.New(fault.Config, "inbound.NewVisitorHandler", "this channel has no visitors, or a part is missing")
	}
	h, name := visitorHandler{s, client, open, d}, c.Info().Name
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		goesOn, err := d.admit(w, r)
		if goesOn && err == nil {
			err = h.serve(w, r)
		}
		if err != nil {
			s.refused(r.Context(), w, name, err)
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
	if r.Method != http.MethodPost {
		return fault.New(fault.WrongMethod, "inbound.visitor", "use POST")
	}
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
	if r.Header.Get("Origin") != "" { // a page of the same site, elsewhere, has the cookie, too
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	}
	name, path := visitorCookie(r)
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: token, Path: path, MaxAge: int(who.Expires.Sub(now) / time.Second),
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
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

// session is who a connection is of: whom the token names, or, while somebody waits for a
// person or is with one, the visitor whom they were before (promise P4).
func (v *Visitors) session(ctx context.Context, f frameIn, now time.Time) (live.Session, error) {
	if err := prepare(ctx, v.connector, v.client.Submission(f.Token, nil, now)); err != nil {
		return live.Session{}, err
	}
	who, err := v.client.Identify(ctx, f.Token, now)
	if err != nil {
		return live.Session{}, err
	}
	as := visitor{f.Token, v.inbound.o.IDs.Of(who.Peer), who.Name}
	ends := who.Expires
	if !who.Anonymous && f.Visitor != "" {
		before, goesOn, err := v.before(ctx, f.Visitor, who.Name, now)
		if err != nil {
			return live.Session{}, err
		}
		if goesOn {
			as.Token, as.Conversation = f.Visitor, v.inbound.o.IDs.Of(before.Peer)
			if before.Expires.Before(ends) {
				ends = before.Expires
			}
		}
	}
	state, err := json.Marshal(as)
	if err != nil {
		return live.Session{}, fault.Wrap(err, fault.Internal, "inbound.hello", "")
	}
	return live.Session{Topics: []string{string(as.Conversation)}, State: state, Expires: ends}, nil
}

// before looks whether the conversation goes on that somebody had as a visitor, and has
// it go on under the name that is known now. A visitor's token that proves nothing keeps
// nobody out who has proven who they are.
func (v *Visitors) before(ctx context.Context, token, name string, now time.Time) (who channel.Visitor, goesOn bool, err error) {
	who, err = v.client.Identify(ctx, token, now)
	if err != nil || !who.Anonymous {
		return channel.Visitor{}, false, nil
	}
	c, err := v.inbound.o.Store.Conversation(ctx, v.inbound.o.IDs.Of(who.Peer))
	if fault.Is(err, fault.NotFound) {
		return who, false, nil
	}
	if err != nil {
		return who, false, err
	}
	if c.Status != conversation.Waiting && c.Status != conversation.WithPerson {
		return who, false, nil
	}
	return who, true, v.call(ctx, c, name)
}

// call has a conversation be under a name from now on, for whoever sees it. The store
// takes a name with a message: it is told the latest one again.
func (v *Visitors) call(ctx context.Context, c conversation.Conversation, name string) error {
	if name == "" || name == c.Name {
		return nil
	}
	m, err := v.inbound.o.Store.Message(ctx, c.ID, c.LastIn)
	if fault.Is(err, fault.NotFound) {
		return nil // its time is over: who waits goes on without the name
	}
	if err != nil {
		return err
	}
	told, err := v.inbound.o.Store.Receive(ctx, store.Incoming{Peer: c.Peer, Name: name, Message: m})
	if err != nil {
		return err
	}
	n := outbox.Of(told.Conversation)
	n.Moved = true
	v.inbound.o.Outbox.Tell(ctx, n)
	return nil
}
