package infra_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// tool is a program of bin/venv.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(root, "bin", "venv", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is missing (%v): `make tools` installs it, from PyPI and in the version of .ci/requirements.txt", name, err)
	}
	return path
}

// slow leaves a test out of `go test -short`, which `make check` runs; the CI runs all.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it starts programs for many seconds")
	}
}

// run runs a program in a folder, with settings over the environment, and returns
// what it printed.
func run(t *testing.T, dir string, settings []string, name string, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, arguments...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), settings...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(arguments, " "), err, out)
	}
	return string(out)
}

// offline is an environment in which whoever calls the network is noticed: its
// proxy counts the calls, and answers none.
func offline(t *testing.T) (settings []string, calls *atomic.Int64) {
	t.Helper()
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	calls = &atomic.Int64{}
	go func() {
		for {
			c, err := proxy.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				calls.Add(1)
				_ = c.Close() // nothing was read, and nothing is lost
			}
		}
	}()
	for _, name := range []string{"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"} {
		settings = append(settings, name+"=http://"+proxy.Addr().String())
	}
	return append(settings, "no_proxy=", "NO_PROXY="), calls
}

// sam is the environment of the SAM CLI in which it tells nobody what it does and asks
// nobody for news, as in the Makefile.
func sam(t *testing.T) []string {
	t.Helper()
	tool(t, "sam")
	home, err := filepath.Abs(filepath.Join(root, "bin", "venv", "sam"))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=us-east-1", "__SAM_CLI_APP_DIR=" + home}
}

func TestValidate(t *testing.T) {
	slow(t)
	settings, calls := offline(t)
	out := run(t, root, append(settings, sam(t)...), tool(t, "sam"), "validate", "--lint")
	if !strings.Contains(out, "is a valid SAM Template") {
		t.Errorf("sam validate --lint: %s", out)
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("it called the network %d times", n)
	}
}

// TestLint reads the template by the rules of each region. Function URLs and text messages are
// what China has not, so they are apart, and apart is where they must stay.
func TestLint(t *testing.T) {
	slow(t)
	lint := tool(t, "cfn-lint")
	elsewhere, china := []string{"us-east-1", "eu-west-1"}, []string{"cn-north-1", "cn-northwest-1"}
	regions := func(of ...string) []string { return append([]string{"--regions"}, of...) }
	run(t, root, nil, lint, append(regions(append(elsewhere, china...)...), "--", "template.yaml")...)
	for name, what := range map[string]string{"infra/functionurl.yaml": "function URLs", "infra/sms.yaml": "text messages"} {
		run(t, root, nil, lint, append(regions(elsewhere...), "--", name)...)
		cmd := exec.CommandContext(t.Context(), lint, append(regions(china...), "--", name)...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "E3006") {
			t.Errorf("China has %s now, it seems: put them into template.yaml (%v)\n%s", what, err, out)
		}
	}
}

// maxBootstrap is the most bytes of a function: what is larger starts later.
const maxBootstrap = 12 << 20

// larger are the functions that may have more, and how much: docs/adr/0029 says why.
var larger = map[string]int64{"inapp": maxBootstrap + 256<<10, "slack": maxBootstrap + 256<<10}

// TestSamBuild builds every function as `make deploy` does, from a copy of the
// repository without anything that git ignores, and without the network.
func TestSamBuild(t *testing.T) {
	slow(t)
	clone := cleanCopy(t)
	run(t, clone, nil, "go", "build", "./functions/...") // fetches the modules, and says what does not compile
	settings, calls := offline(t)
	settings = append(append(settings, sam(t)...), "GOPROXY=off", "CGO_ENABLED=0", "GOFLAGS=-tags=lambda.norpc -ldflags=-s")
	built := t.TempDir()
	run(t, clone, settings, tool(t, "sam"), "build", "--build-dir", built, "--config-file", filepath.Join(clone, "samconfig.example.toml"))
	if n := calls.Load(); n != 0 {
		t.Errorf("sam build called the network %d times", n)
	}
	for _, f := range functions(evaluated(t, everything())) {
		checkSize(t, folder(f), filepath.Join(built, f.Name, "bootstrap"))
	}
}

func TestMakeBuild(t *testing.T) {
	slow(t)
	built := t.TempDir()
	run(t, root, nil, "make", "build", "OUT="+built)
	for _, f := range functions(evaluated(t, everything())) {
		checkSize(t, folder(f), filepath.Join(built, folder(f), "bootstrap"))
	}
}

func checkSize(t *testing.T, function, bootstrap string) {
	t.Helper()
	most := max(maxBootstrap, larger[function])
	info, err := os.Stat(bootstrap)
	switch {
	case err != nil:
		t.Error(err)
	case info.Size() > most:
		t.Errorf("%s has %d bytes, at most %d", function, info.Size(), most)
	default:
		t.Logf("%s: %.1f MB", function, float64(info.Size())/(1<<20))
	}
}

// cleanCopy copies what a clone has, and what is about to be committed.
func cleanCopy(t *testing.T) string {
	t.Helper()
	clone := t.TempDir()
	names := run(t, root, nil, "git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	for _, name := range strings.Split(strings.TrimRight(names, "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, os.ErrNotExist) { // deleted, but not yet committed so
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(clone, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return clone
}
