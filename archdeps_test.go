package zhida_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDependenciesAreDecided wants a line in docs/adr for every module that any
// file imports, tests included.
func TestDependenciesAreDecided(t *testing.T) {
	decided := decisions(t)
	modules := required(t)
	for imported, file := range everyImport(t) {
		i := slices.IndexFunc(modules, func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") })
		if i >= 0 && !strings.Contains(decided, "`"+modules[i]+"`") {
			t.Errorf("%s imports %s, and no decision in docs/adr says what for", file, modules[i])
		}
	}
}

func decisions(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("docs/adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// required returns the modules of go.mod, the longest names first.
func required(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var modules []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(fields) >= 2 && strings.HasPrefix(fields[1], "v") && strings.Contains(fields[0], ".") {
			modules = append(modules, fields[0])
		}
	}
	slices.SortFunc(modules, func(a, b string) int { return len(b) - len(a) })
	return modules
}

// everyImport returns what any file imports, with one file that does.
func everyImport(t *testing.T) map[string]string {
	t.Helper()
	imports := map[string]string{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skipFolder(".", name, entry)
		case !strings.HasSuffix(name, ".go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imports[strings.Trim(spec.Path.Value, `"`)] = name
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}
