package sqlitefile_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/zhida-project/zhida/shared/sqlitefile"
)

// childVar makes the test binary play a child process instead of running tests.
const childVar = "SQLITEFILE_TEST_CHILD"

func TestMain(m *testing.M) {
	if role := os.Getenv(childVar); role != "" {
		if err := playChild(role, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child returns the command that runs this test binary as a child on the file at path.
func child(t *testing.T, role, path string, wrapper ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(wrapper, self, path)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childVar+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// playChild is the main function of a child process. Every answer is one line on
// stdout, written by one system call, after the write was answered.
func playChild(role, path string) error {
	f, err := openNotes(path)
	if err != nil {
		return err
	}
	switch role {
	case "writers":
		return errors.Join(childWriters(f, 1<<40), f.Close())
	case "full disk":
		return childFullDisk(f, path)
	case "solitary":
		for n := range int64(solitary) {
			say("asked")
			if err := f.Write(context.Background(), insert(n)); err != nil {
				return err
			}
			say("answered")
		}
	case "grouped":
		release := hold(f)
		ops := make([]func() error, grouped-1)
		for i := range ops {
			ops[i] = func() error { return f.Append(context.Background(), insert(int64(i))) }
		}
		answers := queueAll(f, ops...)
		say("asked")
		err := errors.Join(answersAfter(release, answers)...)
		say("answered")
		return err
	}
	return nil
}

func say(line string) { _, _ = os.Stdout.WriteString(line + "\n") }

// childWriters lets eight goroutines write different notes, saying the number of each
// that was answered without error, until one fails or reaches last.
func childWriters(f *sqlitefile.File, last int64) error {
	var all sync.WaitGroup
	errs := make([]error, 8)
	for w := range int64(8) {
		all.Go(func() {
			for n := w; n < last; n += 8 {
				if errs[w] = f.Write(context.Background(), insert(n)); errs[w] != nil {
					return
				}
				say(strconv.FormatInt(n, 10))
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// childFullDisk writes until the log may not grow any more, and says what the writers
// were told.
func childFullDisk(f *sqlitefile.File, path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	info, err := os.Stat(path + "-wal")
	if err != nil {
		return err
	}
	limit := uint64(info.Size()) + 256<<10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	if childWriters(f, 1<<40) == nil {
		return errors.New("no write failed")
	}
	say("full")
	return nil // without Close, like a crash
}

func TestAnsweredWritesSurviveKill9(t *testing.T) {
	for _, answers := range []int{1, 50, 2000} {
		t.Run(strconv.Itoa(answers), func(t *testing.T) {
			path := newPath(t)
			cmd := child(t, "writers", path)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var answered []int64
			for lines := bufio.NewScanner(out); lines.Scan(); {
				n, err := strconv.ParseInt(lines.Text(), 10, 64)
				if err != nil {
					t.Fatalf("the child said %q", lines.Text())
				}
				if answered = append(answered, n); len(answered) == answers {
					if err := cmd.Process.Kill(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := cmd.Wait(); err == nil {
				t.Fatal("the child was not killed")
			}
			found := stored(t, open(t, path))
			for _, n := range answered {
				if !found[n] {
					t.Errorf("note %d was answered and is gone", n)
				}
			}
			t.Logf("%d answered, %d found", len(answered), len(found))
		})
	}
}

func TestAFullDiskLosesNothingAnswered(t *testing.T) {
	path := newPath(t)
	out, err := child(t, "full disk", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Fields(string(out))
	if len(said) == 0 || said[len(said)-1] != "full" {
		t.Fatalf("the child said %q", said)
	}
	found := stored(t, open(t, path))
	for _, text := range said[:len(said)-1] {
		if n, _ := strconv.ParseInt(text, 10, 64); !found[n] {
			t.Errorf("note %s was answered and is gone", text)
		}
	}
	t.Logf("%d answered, %d found", len(said)-1, len(found))
}

const (
	solitary = 50  // writes, one after the other
	grouped  = 256 // writes that wait at the same time
)

// A write must not be answered before the log is synced. The kernel is asked: between
// a child's "asked" and its "answered", an fsync or fdatasync of the log must have
// returned.
func TestEveryAnswerIsPrecededByAnFsync(t *testing.T) {
	syncs := tracedSyncs(t, "solitary")
	if len(syncs) != solitary {
		t.Fatalf("%d answers in the trace, want %d", len(syncs), solitary)
	}
	total := 0
	for i, n := range syncs {
		if total += n; n == 0 {
			t.Errorf("write %d was answered without a sync", i)
		}
	}
	t.Logf("%d solitary writes: %d syncs", solitary, total)
}

func TestAGroupSharesItsFsync(t *testing.T) {
	syncs := tracedSyncs(t, "grouped")
	if len(syncs) != 1 || syncs[0] == 0 || syncs[0] > 4 {
		t.Fatalf("syncs for a group of %d: %v, want 1 to 4", grouped, syncs)
	}
	t.Logf("%d grouped writes: %d syncs", grouped, syncs[0])
}

var (
	syncOfLog   = regexp.MustCompile(`f(data)?sync\(\d+<[^>]*-wal>`)
	unfinished  = regexp.MustCompile(`^\d+ +f(data)?sync\(\d+<([^>]*)> <unfinished`)
	syncResumed = regexp.MustCompile(`^(\d+) +<\.\.\. f(data)?sync resumed>\) += 0`)
)

// tracedSyncs runs a child under strace and returns, for each answer, how many syncs of
// the write-ahead log had returned since it was asked for.
func tracedSyncs(t *testing.T, role string) []int {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("this test asks the kernel about fsync: install strace (apt-get install strace)")
	}
	trace := filepath.Join(t.TempDir(), "trace")
	cmd := child(t, role, newPath(t), strace, "-f", "-y", "-e", "trace=fsync,fdatasync,write", "-e", "signal=none", "-o", trace)
	if out, err := cmd.Output(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	var counts []int
	var current int
	pending := make(map[string]bool) // threads inside a sync of the log
	for line := range bytes.Lines(text) {
		s := string(line)
		thread, _, _ := strings.Cut(s, " ")
		switch {
		case strings.Contains(s, `"asked\n"`):
			current = 0
		case strings.Contains(s, `"answered\n"`) && strings.Contains(s, "write("):
			counts = append(counts, current)
		case unfinished.MatchString(s):
			pending[thread] = syncOfLog.MatchString(s)
		case syncResumed.MatchString(s):
			if pending[thread] {
				current++
			}
			delete(pending, thread)
		case syncOfLog.MatchString(s) && strings.HasSuffix(strings.TrimSpace(s), "= 0"):
			current++
		}
	}
	if len(counts) == 0 {
		t.Fatalf("no answer in the trace:\n%s", fmt.Sprint(len(text), " bytes"))
	}
	return counts
}
