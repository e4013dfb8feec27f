package emulator

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const asChild = "ZHIDA_TEST_EMULATOR_CHILD"

// childOnly starts an emulator, says which process it is, and waits to be killed, if
// this process is the child of TestItDiesWithTheTests.
func childOnly() bool {
	if os.Getenv(asChild) == "" {
		return false
	}
	p, err := dynamodb.start()
	if err != nil {
		fmt.Println(err)
		return true
	}
	fmt.Println(p.cmd.Process.Pid)
	select {}
}

func TestItDiesWithTheTests(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), asChild+"=yes")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, readErr := bufio.NewReader(out).ReadString('\n')
	_ = child.Process.Kill()
	_ = child.Wait() // it was killed
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatalf("the child said %q, %v", line, readErr)
	}
	for end := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(5 * time.Millisecond) {
		if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(status), ") Z ") {
			return // nobody has buried it yet
		}
		if time.Now().After(end) {
			t.Fatal("the emulator outlived the tests that started it")
		}
	}
}
