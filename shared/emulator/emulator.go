// Package emulator starts, for tests, what stands in for the cloud: a DynamoDB, an SQS,
// and moto for the rest of AWS.
// Each emulator is one process per test binary, started at its first use, on a free
// port of 127.0.0.1. It dies with the tests. An OpenID Connect provider needs no
// process: see Issuer.
//
// What is missing is a failure that says how to get it, never a skip.
package emulator

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Main runs the tests of a package and stops the emulators they started: call it
// in TestMain, and exit with what it returns. Without it an emulator still dies
// with the tests on Linux, and is left behind elsewhere.
func Main(m interface{ Run() int }) int {
	defer dynamodb.stop()
	defer sqs.stop()
	defer moto.stop()
	return m.Run()
}

// shared is an emulator that all tests of a process share.
type shared struct {
	what    string // how it is called
	howTo   string // how to get it
	target  string // the operation of its API that shows that it is ready
	command func(port string) (*exec.Cmd, error)

	once    sync.Once
	process *process
	err     error
}

// process is an emulator that runs.
type process struct {
	url  string
	cmd  *exec.Cmd
	gone chan struct{} // closed when it has ended
}

// url returns where the emulator answers. It is started at the first call.
func (s *shared) url(tb testing.TB) string {
	tb.Helper()
	s.once.Do(func() { s.process, s.err = s.start() })
	if s.err != nil {
		tb.Fatal(s.err)
	}
	return s.process.url
}

// like is an emulator of the same kind that is started otherwise.
func (s *shared) like(command func(port string) (*exec.Cmd, error)) *shared {
	return &shared{what: s.what, howTo: s.howTo, target: s.target, command: command}
}

func (s *shared) stop() {
	if s.process != nil {
		s.process.stop()
	}
}

func (s *shared) start() (p *process, err error) {
	for range 3 { // somebody else may take the port
		if p, err = s.startOnce(); !errors.Is(err, errEnded) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s does not start: %w\n\n%s", s.what, err, s.howTo)
	}
	return p, nil
}

func (s *shared) startOnce() (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd, err := s.command(port)
	if err != nil {
		return nil, err
	}
	p, err := run(cmd, port)
	if err != nil {
		return nil, err
	}
	return p, p.ready(s.target)
}

func freePort() (string, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	return port, free.Close()
}

func run(cmd *exec.Cmd, port string) (*process, error) {
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	p := &process{url: "http://127.0.0.1:" + port, cmd: cmd, gone: make(chan struct{})}
	running := make(chan error)
	go func() {
		runtime.LockOSThread() // the process ends with the thread that started it
		dieWithUs(cmd)
		err := cmd.Start()
		running <- err
		if err == nil {
			_ = cmd.Wait() // it ends by being killed
			close(p.gone)
		}
	}()
	return p, <-running
}

var errEnded = errors.New("it ended at once")

// slowest is how long an emulator may take to start on a busy machine, with all that
// it is to hold.
const slowest = 5 * time.Minute

// ready waits until the emulator answers a call of the API's operation.
func (p *process) ready(target string) error {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var last error
	for end := time.Now().Add(slowest); time.Now().Before(end); {
		if last = p.answers(client, target); last == nil {
			return nil
		}
		select {
		case <-p.gone:
			return errEnded
		case <-time.After(5 * time.Millisecond):
		}
	}
	p.stop()
	return fmt.Errorf("it does not answer: %w", last)
}

func (p *process) answers(client *http.Client, target string) error {
	request, err := http.NewRequest(http.MethodPost, p.url, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.0")
	request.Header.Set("X-Amz-Target", target)
	request.Header.Set("X-Amz-Date", "20260101T000000Z")
	// moto goes by the service named here, the others by the target.
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/xx-test-1/kms/aws4_request, SignedHeaders=host, Signature=0")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close() // nothing of it is read
	if response.StatusCode != http.StatusOK {
		return errors.New(response.Status)
	}
	return nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.gone
}

// inBin is the path of what .ci/tools put into the repository's bin folder.
func inBin(name string) (path string, found bool) {
	_, here, _, _ := runtime.Caller(0)
	path = filepath.Join(filepath.Dir(here), "..", "..", "bin", name)
	_, err := os.Stat(path)
	return path, err == nil
}
