package lambdahost_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/fault"
)

// runtimeAPI is Lambda's side of a function: the Runtime API of 2018-06-01, see
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
type runtimeAPI struct {
	deadline time.Time // of every event
	events   chan []byte
	results  chan result
	asked    atomic.Int64 // how many events were given out
}

// result is what the function made of an event.
type result struct {
	kind string // response, or error
	body []byte
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, _ := strings.CutPrefix(r.URL.Path, "/2018-06-01/runtime/")
	if rest == "invocation/next" {
		select {
		case event := <-a.events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", fmt.Sprint("request-", a.asked.Add(1)))
			w.Header().Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(a.deadline.UnixMilli()))
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:bootstrap")
			_, _ = w.Write(event)
		case <-r.Context().Done():
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	kind := rest[strings.LastIndexByte(rest, '/')+1:]
	if want := fmt.Sprintf("invocation/request-%d/%s", a.asked.Load(), kind); rest != want {
		kind = "call of " + rest
	}
	w.WriteHeader(http.StatusAccepted)
	a.results <- result{kind, body}
}

// function is a running bootstrap.
type function struct {
	t    *testing.T
	api  *runtimeAPI
	dead chan error // gets one value when the process ends
	log  *logged
}

// start builds the function as it is deployed, but for this machine, and runs it.
func start(t *testing.T) *function {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", binary, "./testdata/bootstrap")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	api := &runtimeAPI{deadline: time.Now().Add(time.Hour), events: make(chan []byte), results: make(chan result, 1)}
	server := httptest.NewServer(api)
	f := &function{t, api, make(chan error, 1), &logged{}}
	cmd := exec.Command(binary)
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + server.Listener.Addr().String()}
	cmd.Stdout, cmd.Stderr = f.log, f.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { f.dead <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		server.CloseClientConnections()
		server.Close()
		if t.Failed() {
			t.Logf("the function said:\n%s", f.log)
		}
	})
	return f
}

// play gives the function one event.
func (f *function) play(event []byte) result {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	select {
	case f.api.events <- event:
	case err := <-f.dead:
		f.t.Fatalf("the process ended: %v", err)
	case <-ctx.Done():
		f.t.Fatal("the function does not ask for events")
	}
	select {
	case r := <-f.api.results:
		return r
	case err := <-f.dead:
		f.t.Fatalf("the process ended: %v", err)
	case <-ctx.Done():
		f.t.Fatal("the function does not answer")
	}
	return result{}
}

// TestBootstrap runs a real function under a Lambda Runtime API: HTTP, SQS, and
// what panics. It is one process from the first event to the last.
func TestBootstrap(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a program")
	}
	f := start(t)
	binary := []byte{0, 0xff, 'z', 0x80, '\n'}
	process := ""
	http200 := func() {
		t.Helper()
		r := f.play(request(t, map[string]any{"method": "POST", "isBase64Encoded": true, "body": base64.StdEncoding.EncodeToString(binary)}))
		a := readAnswer(t, r.body)
		if r.kind != "response" || a.Status != http.StatusOK || !bytes.Equal([]byte(a.Body), binary) || !a.Base64 {
			t.Fatalf("got %s %s", r.kind, r.body)
		}
		if want := fmt.Sprint(f.api.deadline.Add(-500 * time.Millisecond).UnixMilli()); a.Headers["X-Deadline"] != want {
			t.Errorf("the handler's deadline is %s, want %s", a.Headers["X-Deadline"], want)
		}
		if process == "" {
			process = a.Headers["X-Process"]
		}
		if a.Headers["X-Process"] != process {
			t.Errorf("process %s became %s", process, a.Headers["X-Process"])
		}
	}
	http200()

	r := f.play(request(t, map[string]any{"rawPath": "/panic"}))
	if r.kind != "response" {
		t.Errorf("a panic was a %s: %s", r.kind, r.body)
	}
	refused(t, readAnswer(t, r.body), fault.Internal)
	http200()

	r = f.play(batch(t, "SQSQueue", message{body: "well"}, message{body: "panic"}, message{body: "later"}, message{body: "well"}))
	if got := failures(t, r.body); r.kind != "response" || got != "m1 m2" {
		t.Errorf("got %s %s", r.kind, r.body)
	}
	http200()

	if r = f.play([]byte(tickEvent)); r.kind != "error" || !strings.Contains(string(r.body), "lambdahost.schedule") {
		t.Errorf("got %s %s", r.kind, r.body)
	}
	if r = f.play([]byte(`{"Records":[{"eventSource":"aws:s3"}]}`)); r.kind != "error" {
		t.Errorf("got %s %s", r.kind, r.body)
	}
	http200()

	for _, want := range []string{`"request":"request-2"`, `"op":"http"`, `"op":"queue"`, "the clock broke"} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("%s is not in the log", want)
		}
	}
}
