package localcloud_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhida-project/zhida/infra/localcloud"
	"github.com/zhida-project/zhida/shared/emulator"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// echo is the program of testdata/echo, built once.
var echo struct {
	once   sync.Once
	folder string
	path   string
	err    error
}

func TestMain(m *testing.M) {
	code := emulator.Main(m)
	if echo.folder != "" {
		_ = os.RemoveAll(echo.folder)
	}
	os.Exit(code)
}

func program(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("it builds a program")
	}
	echo.once.Do(func() {
		if echo.folder, echo.err = os.MkdirTemp("", "localcloud"); echo.err != nil {
			return
		}
		p := localcloud.Program{Package: "./testdata/echo", Into: filepath.Join(echo.folder, "echo"), Env: os.Environ()}
		echo.path, echo.err = p.Build(t.Context())
	})
	if echo.err != nil {
		t.Fatal(echo.err)
	}
	return echo.path
}

// said is what a program says.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer

	refused chan error // what the local cloud told at once
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits until the program has said a text n times.
func (s *said) await(t testing.TB, text string, n int) {
	t.Helper()
	for end := time.Now().Add(patience); strings.Count(s.String(), text) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q is not said %d times:\n%s", text, n, s)
		}
	}
}

// deploy deploys the echo.
func deploy(t testing.TB, change func(*localcloud.FunctionOptions)) (*localcloud.Function, *said) {
	t.Helper()
	log := &said{}
	o := localcloud.FunctionOptions{
		Name: "echo", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:echo", Program: program(t), Region: "eu-west-1",
		Memory: 128, Timeout: patience, Now: time.Now, Log: log,
	}
	if change != nil {
		change(&o)
	}
	f, err := localcloud.NewFunction(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Delete)
	return f, log
}

func request(path string) []byte {
	return fmt.Appendf(nil, `{"version":"2.0","rawPath":%q,"requestContext":{"stage":"$default","http":{"method":"GET","protocol":"HTTP/1.1"}}}`, path)
}
