package cloud

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// Fetch gets a secret by the address that the environment has for it.
type Fetch func(ctx context.Context, id string) (string, error)

// secrets are those that a function has fetched. The environment has no secret: it
// names each by NAME_ARN, where zhida.yaml says { env: NAME }.
type secrets struct {
	environment map[string]string
	wall        func() time.Time
	fetch       Fetch
	wanted      []string // their names, also of those that were not to be had
	values      map[string]string
	at          time.Time // when they were fetched, or last asked for
}

// freshFor is how long a rotated secret may be unknown to a function, and againAfter when
// one is asked for again that was not to be had.
const (
	freshFor   = 5 * time.Minute
	againAfter = 30 * time.Second
)

// arn is what the environment calls the address of a secret.
const arn = "_ARN"

func newSecrets(environment map[string]string, wall func() time.Time) *secrets {
	return &secrets{environment: environment, wall: wall, values: map[string]string{}, at: wall()}
}

// lookup finds a secret by its name in zhida.yaml.
func (s *secrets) lookup(name string) (string, bool) {
	value, ok := s.values[name]
	return value, ok
}

// get fetches what is not here yet, all at once. A name without an address is left
// out: whoever looks it up says so.
func (s *secrets) get(ctx context.Context, fetch Fetch, names []string) error {
	s.fetch = fetch
	var missing []string
	for _, name := range names {
		if _, here := s.values[name]; !here && s.environment[name+arn] != "" {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	s.want(missing)
	values, errs := make([]string, len(missing)), make([]error, len(missing)) // each goroutine writes its own
	var fetching sync.WaitGroup
	for i, name := range missing {
		fetching.Go(func() { values[i], errs[i] = fetch(ctx, s.environment[name+arn]) })
	}
	fetching.Wait()
	for i, name := range missing {
		if errs[i] != nil {
			errs[i] = fault.Wrap(errs[i], fault.Unavailable, name+arn, "")
			continue
		}
		s.values[name] = values[i]
	}
	return errors.Join(errs...)
}

// want notes whose values are to be had, each once.
func (s *secrets) want(names []string) {
	for _, name := range names {
		if !slices.Contains(s.wanted, name) {
			s.wanted = append(s.wanted, name)
		}
	}
}

func (s *secrets) stale() bool {
	age := s.wall().Sub(s.at)
	return len(s.wanted) > 0 && age >= freshFor || len(s.values) < len(s.wanted) && age >= againAfter
}

// renew fetches all secrets again, and returns s itself where none has changed.
func (s *secrets) renew(ctx context.Context) (*secrets, error) {
	s.at = s.wall() // also where it fails: not with every event
	now := newSecrets(s.environment, s.wall)
	if err := now.get(ctx, s.fetch, s.wanted); err != nil {
		return nil, err
	}
	if maps.Equal(now.values, s.values) {
		return s, nil
	}
	return now, nil
}
