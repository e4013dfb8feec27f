package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/lambdahost"
)

// Parts puts together what a function serves.
type Parts func(*Deployment) (lambdahost.Options, error)

// Run serves until Lambda ends the process, and returns the exit code of a function
// that cannot start. environ is os.Environ's, out takes the log, wall is time.Now.
func Run(environ []string, out io.Writer, wall func() time.Time, parts Parts) int {
	f := &function{
		environment: environment(environ), parts: parts, wall: wall, out: out,
		log: slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	if err := f.start(context.Background()); err != nil {
		f.log.LogAttrs(context.Background(), slog.LevelError, "the function cannot start",
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
		return 1
	}
	lambdahost.Start(f)
	return 0
}

// function is a running function: its host, which is made anew when a secret has
// been rotated.
type function struct {
	environment map[string]string
	parts       Parts
	wall        func() time.Time
	log         *slog.Logger
	out         io.Writer

	mu      sync.Mutex
	host    *lambdahost.Host
	secrets *secrets
}

// Invoke serves one event.
func (f *function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return f.current(ctx).Invoke(ctx, payload)
}

// startTimeout bounds what is fetched before the first event: Lambda gives a
// function ten seconds to start.
const startTimeout = 8 * time.Second

func (f *function) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return f.make(ctx, newSecrets(f.environment, f.wall))
}

// current returns the host for the secrets of now. Where those cannot be had, what
// was had before goes on serving.
func (f *function) current(ctx context.Context) *lambdahost.Host {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.secrets.stale() {
		return f.host
	}
	renewing, cancel := context.WithTimeout(ctx, renewTimeout)
	defer cancel()
	secrets, err := f.secrets.renew(renewing)
	if err == nil && secrets != f.secrets {
		err = f.make(renewing, secrets)
	}
	if err != nil {
		f.log.LogAttrs(ctx, slog.LevelWarn, "secrets were not renewed; the old ones serve on",
			slog.String("code", string(fault.CodeOf(err))), slog.String("error", err.Error()))
	}
	return f.host
}

// renewTimeout is how long an event may wait for the secrets of now.
const renewTimeout = 2 * time.Second

// make puts the function together with these secrets. What is wrong with the
// environment is told in place of what follows from it.
func (f *function) make(ctx context.Context, s *secrets) error {
	d := f.deployment(ctx, s)
	options, err := f.parts(d)
	if (err != nil || len(d.wrong) > 0) && !d.boxed {
		d.Outbox(nil) // every function has one: what it misses is told with the rest
	}
	if wrong := d.mistakes(); wrong != nil {
		return wrong
	}
	if err != nil {
		return err
	}
	options.Now, options.Log = d.Now, f.log
	host, err := lambdahost.New(options)
	if err != nil {
		return err
	}
	f.host, f.secrets = host, s
	return nil
}

// environment reads NAME=value.
func environment(environ []string) map[string]string {
	all := make(map[string]string, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			all[name] = value
		}
	}
	return all
}

// mistakes makes one fault of all that is wrong with the environment.
func (d *Deployment) mistakes() error {
	if len(d.wrong) == 0 {
		return nil
	}
	return fault.Wrap(errors.Join(d.wrong...), fault.Config, "the environment",
		fmt.Sprintf("%d things are to be put right: compare with template.yaml", len(d.wrong)))
}
