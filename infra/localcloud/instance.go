package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// The limits of Lambda's invocations, from
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const (
	maxPayload  = 6 << 20 // bytes of an event or of an answer
	longestInit = 10 * time.Second
)

// instance is one process of a function, and the Runtime API that it asks for
// events: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. It serves
// one event at a time. A process that outlives us ends when it finds the API gone.
type instance struct {
	of      *Function
	process *os.Process
	server  *http.Server
	events  chan invocation
	results chan result
	ready   chan struct{} // closed when it first asks for an event
	gone    chan struct{} // closed when the process has ended
	began   time.Time
	init    time.Duration // from its start to ready
}

// invocation is an event on its way into an instance.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
}

// result is what an instance made of an event.
type result struct {
	id     string
	failed bool
	body   []byte
}

// startInstance executes the program, and does not wait for it: see awaitReady.
func startInstance(f *Function) (*instance, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i := &instance{
		of: f, events: make(chan invocation), results: make(chan result, 1),
		ready: make(chan struct{}), gone: make(chan struct{}),
	}
	i.server = &http.Server{Handler: i.api(), ReadHeaderTimeout: longestInit}
	go func() { _ = i.server.Serve(listener) }()                  // until end closes it
	cmd := exec.CommandContext(context.Background(), f.o.Program) // it outlives every call
	cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String()}, f.o.environment()...)
	log := &lines{to: f.log}
	cmd.Stdout, cmd.Stderr = log, log
	i.began = f.o.Now()
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, i.server.Close())
	}
	i.process = cmd.Process
	go func() {
		_ = cmd.Wait() // how it ended is of no interest: that it did is a failure
		log.flush()
		close(i.gone)
		_ = i.server.Close()
	}()
	return i, nil
}

// awaitReady waits until the process asks for its first event.
func (i *instance) awaitReady() error {
	limit := time.NewTimer(longestInit)
	defer limit.Stop()
	select {
	case <-i.ready:
		i.init = i.of.o.Now().Sub(i.began)
		return nil
	case <-i.gone:
		return &Failed{Function: i.of.o.Name, Why: Crashed}
	case <-limit.C:
		i.kill()
		return &Failed{Function: i.of.o.Name, Why: TimedOut}
	}
}

// kill ends the process at once, and returns when it has ended.
func (i *instance) kill() {
	_ = i.process.Kill() // it may have ended by itself
	<-i.gone
}

func (i *instance) alive() bool {
	select {
	case <-i.gone:
		return false
	default:
		return true
	}
}

// api is the Runtime API of 2018-06-01.
func (i *instance) api() http.Handler {
	first := make(chan struct{}, 1)
	first <- struct{}{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-first:
			close(i.ready)
		default:
		}
		i.next(w, r)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		i.take(w, r, false)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		i.take(w, r, true)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted) // the process then ends
	})
	return mux
}

// next hands out the next event.
func (i *instance) next(w http.ResponseWriter, r *http.Request) {
	select {
	case e := <-i.events:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", e.id)
		h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(e.deadline.UnixMilli()))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", i.of.o.ARN)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		_, _ = w.Write(e.payload) // where the process is gone, its end is noticed
	case <-r.Context().Done():
	}
}

// take takes what the process made of its event.
func (i *instance) take(w http.ResponseWriter, r *http.Request, failed bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		return
	}
	status := http.StatusAccepted
	if len(body) > maxPayload {
		status, failed = http.StatusRequestEntityTooLarge, true
		body = []byte(`{"errorType":"Function.ResponseSizeTooLarge"}`)
	}
	i.results <- result{r.PathValue("id"), failed, body}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"status":"OK"}`) // as above
}

// serve lets the instance handle one event, within the function's time.
func (i *instance) serve(e invocation) ([]byte, error) {
	limit := time.NewTimer(i.of.o.Timeout)
	defer limit.Stop()
	events := i.events
	for {
		select {
		case events <- e:
			events = nil
		case r := <-i.results:
			if r.id != e.id {
				continue // it has been given up
			}
			if r.failed {
				return nil, &Failed{Function: i.of.o.Name, Why: Refused, Body: r.body}
			}
			return r.body, nil
		case <-i.gone:
			return nil, &Failed{Function: i.of.o.Name, Why: Crashed}
		case <-limit.C:
			i.kill()
			return nil, &Failed{Function: i.of.o.Name, Why: TimedOut}
		}
	}
}

// memory is the most memory the process has had resident, in bytes; 0 where the
// system does not tell.
func (i *instance) memory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", i.process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(line, "kB")), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}
