package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Invoker takes an event and answers it. What has begun goes on when ctx ends;
// nobody then waits for it.
type Invoker interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}

// FunctionOptions are what a function is deployed with.
type FunctionOptions struct {
	Name    string
	ARN     string
	Program string        // the bootstrap's path
	Env     []string      // the function's own variables, name=value
	Region  string        // of the function
	Memory  int           // MB, told to the program and not enforced
	Timeout time.Duration // of an invocation. Required
	Most    int           // instances at a time, and so invocations. Default: 8
	Now     func() time.Time
	Log     io.Writer // what the program says
}

// environment is what Lambda adds to the function's own, from
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html.
func (o *FunctionOptions) environment() []string {
	return append([]string{
		"AWS_LAMBDA_FUNCTION_NAME=" + o.Name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		fmt.Sprint("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=", o.Memory), "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + o.Name, "AWS_REGION=" + o.Region, "AWS_DEFAULT_REGION=" + o.Region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=test",
		"_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=/var/task", "LAMBDA_RUNTIME_DIR=/var/runtime",
		"TZ=:UTC", "LANG=en_US.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin",
	}, o.Env...)
}

// Why an invocation failed.
const (
	Refused  = "refused"   // the function answered with an error
	Crashed  = "crashed"   // the process ended
	TimedOut = "timed out" // and was killed
	TooLarge = "too large" // the event
)

// Failed is an invocation without an answer.
type Failed struct {
	Function string
	Why      string
	Body     []byte // what the function said of it
}

func (f *Failed) Error() string {
	return fmt.Sprintf("the function %s %s: %s", f.Function, f.Why, f.Body)
}

// Function is a deployed function: a program, and as many instances of it as work
// asks for. It is safe for concurrent use.
type Function struct {
	o     FunctionOptions
	log   *shared
	slots chan struct{}
	tasks *tasks

	mu     sync.Mutex
	idle   []*instance
	all    map[*instance]bool
	calls  int
	starts []time.Duration
	failed []*Failed
	memory int64
	ended  bool
}

// NewFunction deploys a function; nothing is started yet.
func NewFunction(o FunctionOptions) (*Function, error) {
	if o.Name == "" || o.Program == "" || o.Timeout <= 0 || o.Now == nil {
		return nil, errors.New("a function needs a name, a program, a timeout and a clock")
	}
	if o.Most == 0 {
		o.Most = 8
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	return &Function{
		o: o, log: &shared{to: o.Log}, slots: make(chan struct{}, o.Most), tasks: newTasks(), all: map[*instance]bool{},
	}, nil
}

var errEnded = errors.New("the function is deleted")

// Invoke implements Invoker. Errors: *Failed, and ctx's where nobody waits.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if len(payload) > maxPayload {
		return nil, &Failed{Function: f.o.Name, Why: TooLarge}
	}
	id, err := f.begin()
	if err != nil {
		return nil, err
	}
	type answer struct {
		body []byte
		err  error
	}
	done := make(chan answer, 1)
	f.tasks.run(func() {
		f.slots <- struct{}{}
		defer func() { <-f.slots }()
		body, err := f.run(id, payload)
		done <- answer{body, err}
	})
	select {
	case a := <-done:
		return a.body, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (f *Function) begin() (id string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return "", errEnded
	}
	f.calls++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", f.calls), nil
}

func (f *Function) run(id string, payload []byte) ([]byte, error) {
	i, err := f.borrow()
	if err == nil {
		var body []byte
		if body, err = i.serve(invocation{id, payload, f.o.Now().Add(f.o.Timeout)}); err == nil {
			f.giveBack(i)
			return body, nil
		}
	}
	var why *Failed
	if errors.As(err, &why) {
		f.mu.Lock()
		f.failed = append(f.failed, why)
		f.mu.Unlock()
	}
	if i != nil {
		f.giveBack(i)
	}
	return nil, err
}

// borrow takes the instance that was used last, or starts another.
func (f *Function) borrow() (*instance, error) {
	f.mu.Lock()
	for n := len(f.idle); n > 0; n = len(f.idle) {
		i := f.idle[n-1]
		f.idle = f.idle[:n-1]
		if i.alive() {
			f.mu.Unlock()
			return i, nil
		}
		delete(f.all, i)
	}
	f.mu.Unlock()
	i, err := startInstance(f)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.all[i] = true
	ended := f.ended
	f.mu.Unlock()
	if ended {
		i.kill()
		return nil, errEnded
	}
	if err := i.awaitReady(); err != nil {
		return i, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.starts = append(f.starts, i.init)
	return i, nil
}

func (f *Function) giveBack(i *instance) {
	memory := i.memory()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.memory = max(f.memory, memory)
	if i.alive() && f.all[i] {
		f.idle = append(f.idle, i)
		return
	}
	delete(f.all, i)
}

// Kill ends every instance at once, whatever it does. The next invocation starts a
// new one.
func (f *Function) Kill() {
	f.mu.Lock()
	all := f.all
	f.all, f.idle = map[*instance]bool{}, nil
	f.mu.Unlock()
	for i := range all {
		i.kill()
	}
}

// Rest waits until nothing is running.
func (f *Function) Rest() { f.tasks.wait() }

// Running is how many invocations there are at this moment.
func (f *Function) Running() int { return f.tasks.now() }

// Delete ends the function for good.
func (f *Function) Delete() {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.Kill()
	f.Rest()
}

// Stats are what became of the function's invocations.
type Stats struct {
	Calls  int
	Inits  []time.Duration // of each instance, from its start to its first wish for an event
	Failed []*Failed
	Memory int64 // bytes, the most that any instance had resident; 0 if unknown
}

// Stats returns what has been so far.
func (f *Function) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Stats{
		Calls: f.calls, Inits: append([]time.Duration(nil), f.starts...),
		Failed: append([]*Failed(nil), f.failed...), Memory: f.memory,
	}
}
