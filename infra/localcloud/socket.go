package localcloud

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// The limits of WebSocket APIs, from
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html.
// A message of several frames is not told from a single one, and so held to the
// size of a frame.
const (
	maxFrame      = 32 << 10
	maxPost       = 128 << 10
	socketTimeout = 29 * time.Second
)

// Sockets is a WebSocket API: whatever happens to a connection is an event for its
// function. Events of one connection may overtake each other, as on AWS; none comes
// before its CONNECT was answered. A DISCONNECT is best effort: see Cut.
type Sockets struct {
	api, stage string
	to         Invoker
	now        func() time.Time
	asked      atomic.Int64
	events     *tasks

	mu   sync.Mutex
	open map[string]*socket
	cut  bool
}

// socket is an open connection.
type socket struct {
	id     string
	ws     *websocket.Conn
	since  time.Time
	source string
	heard  atomic.Int64 // Unix milliseconds: when anybody last said anything on it
	cut    bool
}

// NewSockets makes a WebSocket API whose every route leads to one function.
func NewSockets(api, stage string, to Invoker, now func() time.Time) *Sockets {
	return &Sockets{api: api, stage: stage, to: to, now: now, events: newTasks(), open: map[string]*socket{}}
}

// ServeHTTP implements http.Handler: it takes connections.
func (s *Sockets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		refuse(w, http.StatusForbidden, "Forbidden")
		return
	}
	source, _, _ := net.SplitHostPort(r.RemoteAddr)
	c := &socket{id: newConnectionID(), since: s.now(), source: source}
	connect := s.event(c, "CONNECT", "$connect")
	connect.Headers = map[string]string{}
	for name, values := range r.Header {
		connect.Headers[name] = strings.Join(values, ",")
	}
	connect.Headers["Host"] = r.Host
	if status := s.connect(r.Context(), connect); status != http.StatusOK {
		refuse(w, status, http.StatusText(status))
		return
	}
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // pages of any origin, as on AWS
	if err != nil {
		return
	}
	ws.SetReadLimit(maxFrame)
	c.ws = ws
	s.note(c)
	if !s.add(c) {
		_ = ws.CloseNow()
		return
	}
	s.read(c)
}

func newConnectionID() string {
	var id [11]byte
	_, _ = rand.Read(id[:]) // it never fails
	return base64.URLEncoding.EncodeToString(id[:])
}

// connect asks the function whether the connection may be.
func (s *Sockets) connect(ctx context.Context, e *socketEvent) (status int) {
	answer, err := s.invoke(ctx, e)
	if err != nil {
		return http.StatusBadGateway
	}
	var a struct {
		Status int `json:"statusCode"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || a.Status == 0 {
		return http.StatusBadGateway
	}
	if a.Status >= 200 && a.Status < 300 {
		return http.StatusOK
	}
	return a.Status
}

func (s *Sockets) add(c *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.cut {
		s.open[c.id] = c
	}
	return !s.cut
}

// find returns an open connection.
func (s *Sockets) find(id string) (*socket, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.open[id]
	return c, ok
}

// drop forgets a connection, and reports whether the function is to be told.
func (s *Sockets) drop(c *socket) (tell bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, there := s.open[c.id] // a connection ends once
	delete(s.open, c.id)
	return there && !c.cut
}

// note notes that somebody said something.
func (s *Sockets) note(c *socket) { c.heard.Store(s.now().UnixMilli()) }

// read hands on what the client says, until the connection ends.
func (s *Sockets) read(c *socket) {
	defer func() { _ = c.ws.CloseNow() }()
	for {
		kind, frame, err := c.ws.Read(context.Background())
		if err != nil {
			s.ended(c, websocket.CloseStatus(err))
			return
		}
		if why := unfit(kind, frame); why != 0 {
			_ = c.ws.Close(why, "") // the client may be gone
			s.ended(c, why)
			return
		}
		s.note(c)
		e := s.event(c, "MESSAGE", "$default")
		e.Context.Message = fmt.Sprintf("message-%d=", s.asked.Load())
		e.Body = string(frame)
		s.events.run(func() {
			if _, err := s.invoke(context.Background(), e); err != nil {
				c.tell(e)
			}
		})
	}
}

// unfit says why a connection ends with a frame: only text is taken.
func unfit(kind websocket.MessageType, frame []byte) websocket.StatusCode {
	switch {
	case kind != websocket.MessageText:
		return websocket.StatusUnsupportedData
	case !utf8.Valid(frame):
		return websocket.StatusInvalidFramePayloadData
	default:
		return 0
	}
}

// tell is what API Gateway itself says of a message without an answer.
func (c *socket) tell(e *socketEvent) {
	data, err := json.Marshal(map[string]string{
		"message": "Internal server error", "connectionId": c.id, "requestId": e.Context.Request,
	})
	if err == nil {
		_ = c.post(data) // the client may be gone
	}
}

func (s *Sockets) ended(c *socket, code websocket.StatusCode) {
	if !s.drop(c) {
		return
	}
	e := s.event(c, "DISCONNECT", "$disconnect")
	if e.Context.Code = int(code); code < 0 {
		e.Context.Code = int(websocket.StatusAbnormalClosure)
	}
	s.events.run(func() { _, _ = s.invoke(context.Background(), e) }) // best effort
}

func (s *Sockets) invoke(ctx context.Context, e *socketEvent) ([]byte, error) {
	payload, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), socketTimeout)
	defer cancel()
	return s.to.Invoke(ctx, payload)
}

func (c *socket) post(frame []byte) error {
	ctx, cancel := context.WithTimeout(context.Background(), socketTimeout)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, frame)
}

// Open is how many connections there are.
func (s *Sockets) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// Cut breaks every connection off. The function is not told: it finds out when it
// posts to one.
func (s *Sockets) Cut() {
	s.mu.Lock()
	all := s.open
	s.open = map[string]*socket{}
	for _, c := range all {
		c.cut = true
	}
	s.mu.Unlock()
	for _, c := range all {
		_ = c.ws.CloseNow()
	}
}

// Close cuts all there are and takes no more.
func (s *Sockets) Close() {
	s.mu.Lock()
	s.cut = true
	s.mu.Unlock()
	s.Cut()
}

// Rest waits until the function has taken every event there was.
func (s *Sockets) Rest() { s.events.wait() }

type socketEvent struct {
	Headers map[string]string `json:"headers,omitempty"`
	Context socketContext     `json:"requestContext"`
	Body    string            `json:"body,omitempty"`
	Base64  bool              `json:"isBase64Encoded"`
}

type socketContext struct {
	Route     string `json:"routeKey"`
	Kind      string `json:"eventType"`
	Message   string `json:"messageId,omitempty"`
	Code      int    `json:"disconnectStatusCode,omitempty"`
	Extended  string `json:"extendedRequestId"`
	Time      string `json:"requestTime"`
	Direction string `json:"messageDirection"`
	Stage     string `json:"stage"`
	Connected int64  `json:"connectedAt"`
	Epoch     int64  `json:"requestTimeEpoch"`
	Identity  struct {
		Source string `json:"sourceIp"`
	} `json:"identity"`
	Request    string `json:"requestId"`
	Domain     string `json:"domainName"`
	Connection string `json:"connectionId"`
	API        string `json:"apiId"`
}

func (s *Sockets) event(c *socket, kind, route string) *socketEvent {
	now := s.now()
	request := fmt.Sprintf("%s-%d=", s.api, s.asked.Add(1))
	e := &socketEvent{Context: socketContext{
		Route: route, Kind: kind, Extended: request, Time: now.UTC().Format(requestTime), Direction: "IN", Stage: s.stage,
		Connected: c.since.UnixMilli(), Epoch: now.UnixMilli(), Request: request,
		Domain: s.api + ".execute-api.eu-west-1.amazonaws.com", Connection: c.id, API: s.api,
	}}
	e.Context.Identity.Source = c.source
	return e
}
