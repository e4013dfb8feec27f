package lambdahost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
	"github.com/zhida-project/zhida/shared/live"
)

// patience is how long a test waits for what must happen; it is spent only when
// it does not.
const patience = 10 * time.Second

// today is when these tests happen.
var today = time.UnixMilli(1_760_000_000_000)

func clock() time.Time { return today }

// host makes a host whose log can be read.
func host(t testing.TB, o lambdahost.Options) (*lambdahost.Host, *logged) {
	t.Helper()
	log := &logged{}
	o.Log = slog.New(slog.NewJSONHandler(log, nil))
	if o.Now == nil {
		o.Now = clock
	}
	h, err := lambdahost.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h, log
}

// logged is a log for tests.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// sessions are kept in memory.
type sessions struct {
	mu   sync.Mutex
	held map[string]live.Session
	err  error // what every call fails with
}

func (s *sessions) Put(_ context.Context, id string, of live.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held == nil {
		s.held = map[string]live.Session{}
	}
	s.held[id] = of
	return s.err
}

func (s *sessions) Get(_ context.Context, id string) (live.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of, ok := s.held[id]
	switch {
	case s.err != nil:
		return live.Session{}, s.err
	case !ok:
		return live.Session{}, fault.New(fault.NotFound, "test.Get", "no session")
	}
	return of, nil
}

func (s *sessions) Delete(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, id)
	return s.err
}

func (s *sessions) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.held[id]
	return ok
}

// poster writes down what would be sent.
type poster struct {
	mu     sync.Mutex
	frames []string
	closed []string
	err    error // what Post fails with
}

func (p *poster) Post(ctx context.Context, _ string, frame []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.err == nil {
		p.frames = append(p.frames, string(frame))
	}
	return p.err
}

func (p *poster) Close(_ context.Context, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = append(p.closed, id)
	return nil
}

// echo is a live.Handler that lets everybody in who says hello. Fields that are
// set answer instead.
type echo struct {
	open    func(context.Context, []byte) (live.Session, error)
	ready   func(context.Context, live.Session) ([]any, error)
	frame   func(context.Context, live.Session, []byte) ([]any, error)
	alive   func(context.Context, live.Session) error
	expires time.Time
}

type said struct {
	Type string `json:"type"`
	ID   string `json:"id,omitempty"`
	Text string `json:"text,omitempty"`
}

func (e *echo) Open(ctx context.Context, first []byte) (live.Session, error) {
	if e.open != nil {
		return e.open(ctx, first)
	}
	var s said
	if err := json.Unmarshal(first, &s); err != nil || s.Type != "hello" {
		return live.Session{}, fault.New(fault.BadRequest, "test.Open", "say hello")
	}
	return live.Session{Topics: []string{"all"}, State: []byte(s.Text), Expires: e.expires}, nil
}

func (e *echo) Ready(ctx context.Context, s live.Session) ([]any, error) {
	if e.ready != nil {
		return e.ready(ctx, s)
	}
	return []any{said{Type: "ready"}}, nil
}

func (e *echo) Frame(ctx context.Context, s live.Session, frame []byte) ([]any, error) {
	if e.frame != nil {
		return e.frame(ctx, s, frame)
	}
	var got said
	if err := json.Unmarshal(frame, &got); err != nil {
		return nil, fault.New(fault.BadRequest, "test.Frame", "a frame is an object")
	}
	return []any{said{Type: "echo", ID: got.ID, Text: string(s.State) + "<" + got.Text + ">"}}, nil
}

func (e *echo) Alive(ctx context.Context, s live.Session) error {
	if e.alive != nil {
		return e.alive(ctx, s)
	}
	return nil
}
