package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// outcome is what a finished command leaves.
type outcome struct {
	code      int
	out, errs string
	started   *devOptions // nil if `dev` did not get as far
}

// call runs a command line in this process.
func call(t *testing.T, stdin string, env map[string]string, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	var o outcome
	o.code = run(t.Context(), args, process{
		in: strings.NewReader(stdin), out: &out, errs: &errs,
		lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		dev: func(_ context.Context, opts devOptions) error {
			o.started = &opts
			return nil
		},
	})
	o.out, o.errs = out.String(), errs.String()
	return o
}

func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "plain", "no folder")
	write(t, "bad.yaml", "compny: { en: X }\n")
	write(t, "huge.yaml", strings.Repeat("#\n", config.MaxFile))
	for name, c := range map[string]struct {
		args  string
		code  int
		wants string // in stdout for exit code 0, else in stderr
	}{
		"nothing":           {"", exitUsage, "Usage: zhida <command>"},
		"help":              {"--help", exitOK, "Usage: zhida <command>"},
		"help of a command": {"dev --help", exitOK, "127.0.0.1:8080"},
		"version":           {"version", exitOK, "zhida "},
		"unknown command":   {"dve", exitUsage, `did you mean "dev"?`},
		"unknown flag":      {"dev --adr x", exitUsage, `did you mean "--addr"?`},
		"surplus":           {"intent hello", exitUsage, "unexpected argument hello"},
		"flag without":      {"dev --addr", exitUsage, "expected string value"},
		"addr without port": {"dev --addr localhost", exitUsage, "such as 127.0.0.1:8080"},
		"addr with a name":  {"dev --addr :http", exitUsage, "such as 127.0.0.1:8080"},
		"addr port range":   {"dev --addr 127.0.0.1:65536", exitUsage, "such as 127.0.0.1:8080"},
		"addr of everybody": {"dev --addr :8080", exitUsage, "set ZHIDA_DEPLOYMENT_KEY, ZHIDA_DESK_SECRET, ZHIDA_INAPP_SECRET, or listen on 127.0.0.1"},
		"config missing":    {"dev --config none.yaml", exitUsage, "none.yaml: no such file"},
		"config folder":     {"dev --config .", exitUsage, "name a zhida.yaml that can be read"},
		"config wrong":      {"dev --config bad.yaml", exitUsage, "bad.yaml:1:1: compny: there is no such key — did you mean company?"},
		"config huge":       {"dev --config huge.yaml", exitUsage, "at most 256 KiB"},
		"data no folder":    {"dev --data plain", exitUsage, "name a folder that can be read and written"},
	} {
		t.Run(name, func(t *testing.T) {
			got := call(t, "", nil, strings.Fields(c.args)...)
			shown := got.errs
			if c.code == exitOK {
				shown = got.out
			}
			if got.code != c.code || !strings.Contains(shown, c.wants) {
				t.Errorf("code %d, want %d with %q\nstdout: %s\nstderr: %s", got.code, c.code, c.wants, got.out, got.errs)
			}
			if c.code != exitOK && got.out != "" {
				t.Errorf("a failure wrote to standard output: %s", got.out)
			}
			if got.started != nil {
				t.Error("dev was started")
			}
		})
	}
	if left, err := os.ReadDir("."); err != nil || len(left) != 3 {
		t.Errorf("a refused command left something behind: %v %v", left, err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestIntent(t *testing.T) {
	long := strings.Repeat("a", 3<<20)
	for name, c := range map[string]struct{ in, want string }{
		"nothing":         {"", ""},
		"one":             {"转人工\n", "ask\t转人工\n"},
		"several":         {"转人工\nhello\n", "ask\t转人工\nnone\thello\n"},
		"empty lines":     {"\n\n", "none\t\nnone\t\n"},
		"CRLF":            {"转人工\r\n\r\n", "ask\t转人工\nnone\t\n"},
		"no last newline": {"hello\n转人工", "none\thello\nask\t转人工\n"},
		"tab":             {"a\tb\n", "none\ta\tb\n"},
		"not UTF-8":       {"\xff\n", "none\t\xff\n"},
		"longest":         {long + "\r\n", "none\t" + long + "\n"},
		"longest, last":   {long, "none\t" + long + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := call(t, c.in, nil, "intent")
			if got.code != exitOK || got.out != c.want || got.errs != "" {
				t.Errorf("code %d, %.80q, %q", got.code, got.out, got.errs)
			}
		})
	}
}

// TestIntentAnswersAtOnce talks to the command as another program does: it
// waits for each answer before it writes the next line.
func TestIntentAnswersAtOnce(t *testing.T) {
	theirs, ours := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(t.Context(), []string{"intent"}, process{in: theirs, out: out, errs: io.Discard})
	}()
	buffer := make([]byte, 100)
	for _, line := range []string{"转人工", "hello"} {
		if _, err := fmt.Fprintln(ours, line); err != nil {
			t.Fatal(err)
		}
		n, err := answers.Read(buffer)
		if err != nil || !strings.HasSuffix(string(buffer[:n]), "\t"+line+"\n") {
			t.Errorf("%q, %v", buffer[:n], err)
		}
	}
	if err := ours.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-done; code != exitOK {
		t.Errorf("code %d", code)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error)  { return 0, io.ErrUnexpectedEOF }
func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestBrokenPipesAreFailures(t *testing.T) {
	for _, p := range []process{
		{in: strings.NewReader("a\n"), out: broken{}, errs: io.Discard},
		{in: broken{}, out: io.Discard, errs: io.Discard},
	} {
		if code := run(t.Context(), []string{"intent"}, p); code != exitFailure {
			t.Errorf("code %d", code)
		}
	}
}

func TestFaultsShowCauseAndHint(t *testing.T) {
	inner := fault.Wrap(io.ErrUnexpectedEOF, fault.Unavailable, "sqlitestore.Open", "free some disk space")
	var errs bytes.Buffer
	code := process{errs: &errs}.fail(fault.Wrap(inner, fault.Internal, "app.Run", ""))
	if want := "zhida: sqlitestore.Open: unexpected EOF — free some disk space\n"; code != exitFailure || errs.String() != want {
		t.Errorf("code %d, %q", code, errs.String())
	}
}

func TestVersion(t *testing.T) {
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"}}
	for want, c := range map[string]struct {
		release string
		info    debug.BuildInfo
	}{
		"v1.2.3":                     {"v1.2.3", debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}},
		"v0.1.0":                     {"", debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}},
		"devel-0123456789ab+changes": {"", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: vcs}},
		"devel-0123456789ab":         {"", debug.BuildInfo{Settings: vcs[:1]}},
		"devel":                      {"", debug.BuildInfo{}},
	} {
		if got := describe(c.release, &c.info); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
