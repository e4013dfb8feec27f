package dynamostore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/zhida-project/zhida/shared/store/dynamostore"
)

// howToGet says where the emulator comes from.
const howToGet = `the DynamoDB emulator "dynoxide" is needed; run .ci/tools, or

	npm pack @dynoxide/linux-x64@1.2.1 && mkdir -p bin &&
	tar -xzf dynoxide-linux-x64-1.2.1.tgz -C bin --strip-components=1 package/dynoxide

in the repository's folder. It is looked for in $ZHIDA_DYNOXIDE, in bin/ and on PATH.`

// emulator is one process for all tests, each of which has tables of its own.
type emulator struct {
	client  *dynamodb.Client
	process *os.Process
	gone    chan struct{}
	tables  atomic.Int64
}

var started struct {
	once sync.Once
	it   *emulator
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if started.it != nil {
		started.it.stop()
	}
	os.Exit(code)
}

// emulated returns the emulator, started at its first use.
func emulated(tb testing.TB) *emulator {
	tb.Helper()
	started.once.Do(func() { started.it, started.err = start() })
	if started.err != nil {
		tb.Fatal(started.err)
	}
	return started.it
}

func binary() (string, error) {
	if path := os.Getenv("ZHIDA_DYNOXIDE"); path != "" {
		return path, nil
	}
	_, here, _, _ := runtime.Caller(0)
	path := filepath.Join(filepath.Dir(here), "..", "..", "..", "bin", "dynoxide")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	path, err := exec.LookPath("dynoxide")
	if err != nil {
		return "", errors.New(howToGet)
	}
	return path, nil
}

func start() (*emulator, error) {
	path, err := binary()
	if err != nil {
		return nil, err
	}
	var last error
	for range 3 { // somebody else may take the port
		e, err := startOn(path)
		if err == nil {
			return e, nil
		}
		last = err
	}
	return nil, fmt.Errorf("%s does not start: %w", path, last)
}

func startOn(path string) (*emulator, error) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	if err := free.Close(); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "serve", "--host", "127.0.0.1", "--port", port)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	e := &emulator{client: clientOf("http://127.0.0.1:"+port, nil), gone: make(chan struct{})}
	running := make(chan error)
	go func() {
		runtime.LockOSThread() // the process ends with the thread that started it
		dieWithUs(cmd)
		err := cmd.Start()
		running <- err
		if err == nil {
			_ = cmd.Wait() // it ends by being killed
			close(e.gone)
		}
	}()
	if err := <-running; err != nil {
		return nil, err
	}
	e.process = cmd.Process
	return e, e.ready()
}

// ready waits until the emulator answers.
func (e *emulator) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		if _, err := e.client.ListTables(ctx, &dynamodb.ListTablesInput{}); err == nil {
			return nil
		}
		select {
		case <-e.gone:
			return errors.New("it ended at once")
		case <-ctx.Done():
			e.stop()
			return errors.New("it does not answer")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (e *emulator) stop() {
	_ = e.process.Kill() // it may have ended by itself
	<-e.gone
}

// clientOf is the SDK's client as programs have it, over a transport of the test's.
func clientOf(endpoint string, through func(http.RoundTripper) http.RoundTripper) *dynamodb.Client {
	var transport http.RoundTripper = &http.Transport{MaxIdleConnsPerHost: 128}
	if through != nil {
		transport = through(transport)
	}
	return dynamodb.New(dynamodb.Options{
		Region: "xx-test-1", BaseEndpoint: &endpoint, HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// table makes an empty table, and removes it after the test.
func (e *emulator) table(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("zhida-%d", e.tables.Add(1))
	if _, err := e.client.CreateTable(context.Background(), dynamostore.Table(name)); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := e.client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			tb.Error(err)
		}
	})
	return name
}
