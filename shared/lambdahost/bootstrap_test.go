package lambdahost_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/shared/fault"
)

// result is what the function made of an event.
type result struct {
	kind string // response, or error
	body []byte
}

// function is the program of testdata/bootstrap, built as functions are deployed, and
// run as Lambda runs them.
type function struct {
	t        *testing.T
	it       *localcloud.Function
	deadline time.Time // of every event
	log      *logged
}

func start(t *testing.T) *function {
	t.Helper()
	program := localcloud.Program{Package: "./testdata/bootstrap", Into: t.TempDir(), Env: os.Environ()}
	path, err := program.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := &function{t: t, deadline: time.Now().Add(time.Hour), log: &logged{}}
	f.it, err = localcloud.NewFunction(localcloud.FunctionOptions{
		Name: "bootstrap", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:bootstrap", Program: path,
		Timeout: patience, Now: func() time.Time { return f.deadline.Add(-patience) }, Log: f.log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.it.Delete()
		if t.Failed() {
			t.Logf("the function said:\n%s", f.log)
		}
	})
	return f
}

// play gives the function one event.
func (f *function) play(event []byte) result {
	f.t.Helper()
	answer, err := f.it.Invoke(f.t.Context(), event)
	var failed *localcloud.Failed
	switch {
	case err == nil:
		return result{"response", answer}
	case errors.As(err, &failed) && failed.Why == localcloud.Refused:
		return result{"error", failed.Body}
	default:
		f.t.Fatal(err)
		return result{}
	}
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
		if want := fmt.Sprint(f.deadline.Add(-500 * time.Millisecond).UnixMilli()); a.Headers["X-Deadline"] != want {
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

	for _, want := range []string{`"request":"00000000-0000-4000-8000-000000000002"`, `"op":"http"`, `"op":"queue"`, "the clock broke"} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("%s is not in the log", want)
		}
	}
}
