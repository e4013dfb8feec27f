package app

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// buildBinary builds the real binary.
func buildBinary(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "zhida.exe")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", name, "..").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}

// child is the real binary, run as a child process: killed and started again on
// one folder, each time at another address.
type child struct {
	t       *testing.T
	binary  string
	folder  string
	cmd     *exec.Cmd
	log     bytes.Buffer // what it said, for a failure
	startup []time.Duration

	mu   sync.Mutex
	up   chan struct{} // closed while it is up
	base string
}

func newChild(t *testing.T) *child {
	c := &child{t: t, binary: buildBinary(t), folder: t.TempDir(), up: make(chan struct{})}
	c.start()
	t.Cleanup(func() {
		if c.cmd != nil {
			c.kill()
		}
		if t.Failed() {
			t.Logf("the child said:\n%s", &c.log)
		}
	})
	return c
}

var healthLine = regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/healthz`)

// start starts it and waits until it said where it listens.
func (c *child) start() {
	c.t.Helper()
	began := time.Now()
	cmd := exec.Command(c.binary, "dev", "--addr", "127.0.0.1:0", "--data", c.folder)
	cmd.Stderr = &c.log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := healthLine.FindStringSubmatch(lines.Text()); found != nil {
			c.mu.Lock()
			c.cmd, c.base = cmd, found[1]
			close(c.up)
			c.mu.Unlock()
			c.startup = append(c.startup, time.Since(began))
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	_ = cmd.Wait()
	c.t.Fatalf("it never said where it listens: %s", &c.log)
}

// kill ends it at once, with no chance to finish anything.
func (c *child) kill() {
	c.t.Helper()
	c.mu.Lock()
	c.up = make(chan struct{})
	c.mu.Unlock()
	if err := c.cmd.Process.Kill(); err != nil {
		c.t.Error(err)
	}
	_ = c.cmd.Wait() // killed: that is no news
	c.cmd = nil
}

// stop lets it end by itself.
func (c *child) stop() {
	c.t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Error(err)
	}
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("it did not end well: %v", err)
	}
	c.cmd = nil
}

// address waits until it is up, and says where.
func (c *child) address(ctx context.Context) (string, error) {
	c.mu.Lock()
	up := c.up
	c.mu.Unlock()
	select {
	case <-up:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base, nil
}
