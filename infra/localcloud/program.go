package localcloud

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Program says how a function's program is built.
type Program struct {
	Package string   // as the go command names it
	Folder  string   // where the go command runs
	Into    string   // a folder for the program
	Env     []string // of the go command
	Linked  []string // what tests set at link time, each a name=value of -X; none as deployed
}

// Build builds a program as `make build` does, but for this machine's architecture,
// and returns its path. It is always called bootstrap.
func (p Program) Build(ctx context.Context) (string, error) {
	if err := os.MkdirAll(p.Into, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(p.Into, "bootstrap")
	flags := "-s -w"
	for _, set := range p.Linked {
		flags += " -X " + set
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", flags, "-o", path, p.Package)
	build.Dir = p.Folder
	build.Env = append(p.Env, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s cannot be built: %w\n%s", p.Package, err, out)
	}
	return path, nil
}
