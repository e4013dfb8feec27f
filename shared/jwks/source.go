package jwks

import (
	"context"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// How often a provider is asked, and how long what it said is good for.
const (
	GoodFor      = time.Hour
	GoodAtMost   = 24 * time.Hour  // while it does not answer
	Pause        = time.Minute     // between two questions
	pauseFailed  = 2 * time.Second // after one that failed, before it ever answered
	fetchTimeout = 5 * time.Second // of one question, however many documents
)

// Source keeps what a provider says of itself. It is safe for concurrent use.
type Source[T any] struct {
	fetch func(context.Context) (T, error)

	mu     sync.Mutex
	said   T
	at     time.Time     // when it was said; zero before anything was
	asked  time.Time     // last
	failed error         // of the last question
	busy   chan struct{} // closed when the question that is under way is answered
}

// NewSource makes a Source, and asks nothing yet. fetch gets five seconds.
func NewSource[T any](fetch func(context.Context) (T, error)) *Source[T] {
	return &Source[T]{fetch: fetch}
}

// Known returns what the provider said last, if that is still good; it never asks.
func (s *Source[T]) Known(at time.Time) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.Sub(s.at) >= GoodAtMost {
		var nothing T
		return nothing, false
	}
	return s.said, true
}

// Until returns what the provider says once it holds what is wanted, or what it said
// last, where it may not be asked again yet. Errors: what the last question came to,
// where its answer would be needed.
func (s *Source[T]) Until(ctx context.Context, at time.Time, holds func(T) bool) (T, error) {
	var nothing T
	for {
		s.mu.Lock()
		said, failed, busy := s.said, s.failed, s.busy
		age := at.Sub(s.at)
		serves := age < GoodAtMost && holds(said)
		switch {
		case serves && (age < GoodFor || busy != nil):
			s.mu.Unlock()
			return said, nil
		case busy != nil:
			s.mu.Unlock()
			select {
			case <-ctx.Done():
				return nothing, fault.Wrap(ctx.Err(), fault.Unavailable, "jwks.Until", "try again")
			case <-busy:
			}
		case at.Sub(s.asked) < s.waits():
			s.mu.Unlock()
			if failed != nil && !serves {
				return nothing, failed
			}
			return said, nil
		default:
			s.busy = make(chan struct{})
			s.mu.Unlock()
			s.ask(ctx, at)
		}
	}
}

// waits is how long nobody asks after the last question.
func (s *Source[T]) waits() time.Duration {
	if s.failed != nil && s.at.IsZero() {
		return pauseFailed
	}
	return Pause
}

// ask asks once, for everybody who waits, however soon this caller goes away.
func (s *Source[T]) ask(ctx context.Context, at time.Time) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	var said T
	var err error = fault.New(fault.Internal, "jwks.ask", "report this defect") // unless it comes to an end
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err == nil {
			s.said, s.at = said, at
		}
		s.asked, s.failed = at, err
		close(s.busy)
		s.busy = nil
	}()
	said, err = s.fetch(ctx)
}
