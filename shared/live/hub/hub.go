package hub

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/jsonhttp"
	"github.com/zhida-project/zhida/shared/live"
)

// Options are what a hub needs.
type Options struct {
	// Now tells the time. Required.
	Now func() time.Time

	// After calls f after d, on a goroutine of its own, and returns what prevents
	// that. Default: time.AfterFunc.
	After func(d time.Duration, f func()) (stop func() bool)

	// Most is how many connections are held at a time; further ones are answered
	// 503. Default: DefaultMost.
	Most int

	// Unopened is how many of them one address (netaddr.Subscriber) may hold before they
	// have said who they are; further ones are answered 429. Default: DefaultUnopened.
	Unopened int

	// Log gets the faults of ours. Default: none are logged.
	Log *slog.Logger
}

// DefaultMost is how many connections a hub holds at a time, and DefaultUnopened how many
// of one address have not said who they are: a page says it within a second, so that many
// let hundreds in a second come from behind one carrier's address.
const (
	DefaultMost     = 20_000
	DefaultUnopened = 256
)

// Hub pushes to the connections that its endpoints accepted. It is safe for
// concurrent use.
type Hub struct {
	now   func() time.Time
	after func(time.Duration, func()) func() bool
	most  int
	log   *slog.Logger

	unopenedMost int

	ctx    context.Context // of handler calls: a message in our hands is handled although its sender is gone
	cancel context.CancelFunc
	gone   sync.WaitGroup // one for each connection

	mu       sync.RWMutex
	closed   bool
	conns    map[*conn]struct{}
	topics   map[string][]*conn
	places   int            // taken by connections, those included that are being accepted
	unopened map[string]int // those that have not said who they are, by address

	notesMu sync.Mutex
	notes   map[string]*noted // by topic
}

var _ live.Pusher = (*Hub)(nil)

// New makes a hub without connections. Errors: Config.
func New(o Options) (*Hub, error) {
	if o.Now == nil {
		return nil, fault.New(fault.Config, "hub.New", "a hub needs a clock")
	}
	if o.After == nil {
		o.After = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Most <= 0 {
		o.Most = DefaultMost
	}
	if o.Unopened <= 0 {
		o.Unopened = DefaultUnopened
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Hub{
		now: o.Now, after: o.After, most: o.Most, unopenedMost: o.Unopened, log: o.Log,
		ctx: ctx, cancel: cancel,
		conns: make(map[*conn]struct{}), topics: make(map[string][]*conn), notes: make(map[string]*noted), unopened: make(map[string]int),
	}, nil
}

// Push encodes frame once and queues it to the topic's connections. One that is
// too far behind is closed instead, and nobody waits for it. Errors: Internal
// for a frame that is no JSON.
func (h *Hub) Push(_ context.Context, topic string, frame any) error {
	if err := h.keep(topic, frame); err != nil {
		return fault.Wrap(err, fault.Internal, "hub.Push", "")
	}
	if h.Listening(topic) == 0 {
		return nil
	}
	data, err := live.Encode(frame)
	if err != nil {
		return fault.Wrap(err, fault.Internal, "hub.Push", "")
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, c := range h.topics[topic] {
		c.send(data)
	}
	return nil
}

// Connections returns how many connections there are, those included that have
// not said yet who they are.
func (h *Hub) Connections() int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.conns)
}

// Listening returns how many connections listen to a topic.
func (h *Hub) Listening(topic string) int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.topics[topic])
}

// Endpoint returns the address of one kind of client, to which pages of the hub's own
// host and of these origins may connect. Topics are shared by all endpoints of a hub.
func (h *Hub) Endpoint(handler live.Handler, pages live.Origins) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !pages.Allow(r.Header.Values("Origin"), r.Host) {
			jsonhttp.Refuse(w, fault.New(fault.Forbidden, "hub.Endpoint", "this page's origin is not among the channel's origins in zhida.yaml"))
			return
		}
		h.accept(w, r, handler)
	})
}

func (h *Hub) accept(w http.ResponseWriter, r *http.Request, handler live.Handler) {
	c := &conn{hub: h, handler: handler}
	c.address, _, _ = net.SplitHostPort(r.RemoteAddr) // what has none is not known
	if err := h.takePlace(c); err != nil {
		w.Header().Set("Retry-After", "1")
		jsonhttp.Refuse(w, err)
		return
	}
	tap := &hijackTap{ResponseWriter: w}
	ws, err := websocket.Accept(tap, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true,                          // Endpoint has looked at the origin
		CompressionMode:    websocket.CompressionDisabled, // its windows cost more than all the rest of a connection
	})
	if err != nil {
		h.forget(c)
		return // Accept has answered
	}
	ws.SetReadLimit(-1) // conn.read has its own limit, and tells the client
	c.ws, c.socket = ws, tap.socket
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		h.forget(c)
		_ = ws.Close(CloseGoingAway, "the server stops")
		return
	}
	h.conns[c] = struct{}{}
	h.gone.Add(1)
	h.mu.Unlock()
	// The server's own goroutine returns and gives back what it holds of the request.
	go c.run()
}

// Close ends all connections with CloseGoingAway and waits for them, at the
// longest until ctx is done: then it breaks what is left and cancels the
// handlers' calls. The hub accepts nothing afterwards.
func (h *Hub) Close(ctx context.Context) error {
	defer h.cancel()
	h.mu.Lock()
	h.closed = true
	for c := range h.conns {
		c.end(CloseGoingAway, "the server stops")
	}
	h.mu.Unlock()

	done := make(chan struct{})
	go func() {
		h.gone.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	h.cancel()
	h.mu.RLock()
	for c := range h.conns {
		_ = c.socket.Close()
	}
	h.mu.RUnlock()
	return fault.Wrap(ctx.Err(), fault.DeadlineExceeded, "hub.Close", "some connections were broken off")
}

// hijackTap remembers the socket behind a WebSocket, which is the only way to
// end a connection whose client does not answer.
type hijackTap struct {
	http.ResponseWriter
	socket net.Conn
}

// Hijack takes the connection over from the server.
func (t *hijackTap) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	socket, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	t.socket = socket
	return socket, rw, err
}
