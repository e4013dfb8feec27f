package pagetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take before a test gives up on it.
const patience = 20 * time.Second

// program is the built binary.
var program string

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zhida-pages")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	program = filepath.Join(dir, "zhida")
	build := exec.Command("go", "build", "-o", program, "github.com/zhida-project/zhida/cmd/zhida")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// binary is a running `zhida dev`.
type binary struct {
	*testing.T
	data string
	file string // its zhida.yaml; "" for the example shop
	base string // http://127.0.0.1:port
	code string // agents sign in with it
	cmd  *exec.Cmd
}

// start runs the binary on a folder of its own, and stops it when the test ends.
func start(t *testing.T) *binary {
	t.Helper()
	return startWith(t, "")
}

// startWith runs it with a zhida.yaml.
func startWith(t *testing.T, file string) *binary {
	t.Helper()
	b := &binary{T: t, data: t.TempDir(), file: file}
	b.up("127.0.0.1:0")
	t.Cleanup(b.stop)
	return b
}

func (b *binary) up(addr string) {
	b.Helper()
	args := []string{"dev", "--addr", addr, "--data", b.data}
	if b.file != "" {
		args = append(args, "--config", b.file)
	}
	b.cmd = exec.CommandContext(context.WithoutCancel(b.Context()), program, args...)
	b.cmd.Stderr = os.Stderr
	out, err := b.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := b.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch fields := strings.Fields(lines.Text()); {
		case len(fields) > 1 && fields[0] == "demo":
			b.base = strings.TrimSuffix(fields[1], "/")
		case len(fields) > 1 && fields[0] == "desk":
			b.code = fields[len(fields)-1]
		case len(fields) > 1 && fields[0] == "health":
			return
		}
	}
	b.Fatal("the binary ended before it served")
}

// stop ends it as Ctrl+C does, and expects a clean end.
func (b *binary) stop() {
	if b.cmd == nil {
		return
	}
	cmd := b.cmd
	b.cmd = nil
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		b.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Errorf("the binary did not end cleanly: %v", err)
	}
}

// restart stops it and starts it again on the same folder and address.
func (b *binary) restart() {
	b.Helper()
	b.stop()
	b.up(strings.TrimPrefix(b.base, "http://"))
}
