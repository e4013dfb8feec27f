// Package desk is the use case of agents: see the line, claim the next, read,
// reply, hand back, resolve. Agents' tools use it over HTTP, our desk page also
// listens on a live connection.
package desk

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/media"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/store"
	"github.com/zhida-project/zhida/shared/toolkey"
)

// Options are what a Service needs; all but Media are required. Where nobody calls
// (see Nobody), Channels, Tools and Rand are not.
type Options struct {
	Store    store.Store
	Outbox   *outbox.Outbox
	Auth     Authenticator // of people
	Tools    toolkey.Store // tools' tokens
	Rand     io.Reader     // for new ones
	Channels Channels
	Media    *media.Service // nil takes and links none
	Lease    time.Duration  // how long an agent may be silent before their tickets go back in line
	Now      func() time.Time
	Log      *slog.Logger
}

// Service is the agents' side.
type Service struct {
	o Options

	mu      sync.Mutex
	renewed map[conversation.AgentID]time.Time // when this process last renewed a lease
}

// New makes a Service; fault.Config if something is missing.
func New(o Options) (*Service, error) {
	_, nobody := o.Auth.(Nobody)
	if o.Store == nil || o.Outbox == nil || o.Auth == nil || !nobody && (o.Channels == nil || o.Tools == nil || o.Rand == nil) ||
		o.Lease <= 0 || o.Now == nil || o.Log == nil {
		return nil, fault.New(fault.Config, "desk.New", "a part of the desk is missing")
	}
	return &Service{o: o, renewed: map[conversation.AgentID]time.Time{}}, nil
}

// Alive renews an agent's lease. It writes once in a third of the lease: pages and
// tools may call as often as they like.
func (s *Service) Alive(ctx context.Context, agent conversation.AgentID) error {
	s.mu.Lock()
	fresh := s.o.Now().Before(s.renewed[agent].Add(s.o.Lease / 3))
	s.mu.Unlock()
	if fresh {
		return nil
	}
	return s.arrive(ctx, agent)
}

// arrive gives an agent a lease, whatever this process remembers: another may have
// ended the one it knows of.
func (s *Service) arrive(ctx context.Context, agent conversation.AgentID) error {
	now := s.o.Now()
	if err := s.o.Store.Lease(ctx, agent, now.Add(s.o.Lease)); err != nil {
		return err
	}
	s.note(agent, now)
	return nil
}

// Spare gives an agent one more lease, whoever asks for it.
func (s *Service) Spare(ctx context.Context, agent conversation.AgentID) error {
	return s.o.Store.Lease(ctx, agent, s.o.Now().Add(s.o.Lease))
}

func (s *Service) note(agent conversation.AgentID, renewed time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewed[agent] = renewed
}

// Leave ends an agent's lease; their tickets go back in line at once.
func (s *Service) Leave(ctx context.Context, agent conversation.AgentID) error {
	s.note(agent, time.Time{})
	if err := s.o.Store.Lease(ctx, agent, time.Time{}); err != nil {
		return err
	}
	return s.Lapse(ctx, agent)
}
