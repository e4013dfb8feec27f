package zhida_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/zhida-project/zhida"

// pkg is one package of the module, without its tests.
type pkg struct {
	path    string // its folder; "" for the root
	imports []string
	files   []parsed
}

// parsed is a source file, and what it takes to point into it.
type parsed struct {
	*ast.File
	set *token.FileSet
}

type (
	mayRule struct {
		in, may []string
		why     string
	}
	neverRule struct {
		in, never, but, except []string // but are those of never that may be reached
		why                    string
	}
	onlyRule struct {
		what, by []string
		why      string
	}
	oneRule struct {
		in   []string
		most string
		why  string
	}
)

// match reports whether a pattern names a package: * is one folder, and a
// trailing /... the folder and all below.
func match(pattern, name string) bool {
	if head, ok := strings.CutSuffix(pattern, "/..."); ok {
		depth := strings.Count(head, "/") + 1
		parts := strings.Split(name, "/")
		return len(parts) >= depth && match(head, strings.Join(parts[:depth], "/"))
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return match(p, name) })
}

// readModule parses every source file but tests. Reading the files, and not what
// `go list` builds here, sees those for other systems too.
func readModule(t *testing.T, root string) map[string]*pkg {
	t.Helper()
	graph := map[string]*pkg{}
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skipFolder(root, name, entry)
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(name))
		folder = strings.TrimPrefix(filepath.ToSlash(folder), ".")
		if graph[folder] == nil {
			graph[folder] = &pkg{path: folder}
		}
		graph[folder].add(parsed{file, set})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return graph
}

func skipFolder(root, name string, entry fs.DirEntry) error {
	base := entry.Name()
	if name == root {
		return nil
	}
	if base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

func (p *pkg) add(file parsed) {
	p.files = append(p.files, file)
	for _, spec := range file.Imports {
		name := strings.Trim(spec.Path.Value, `"`)
		if name == module {
			name = ""
		}
		name = strings.TrimPrefix(name, module+"/")
		if !slices.Contains(p.imports, name) {
			p.imports = append(p.imports, name)
		}
	}
}

// check returns every way in which the module breaks a rule.
func check(graph map[string]*pkg) []string {
	var broken []string
	for _, name := range slices.Sorted(maps.Keys(graph)) {
		broken = append(broken, checkShape(name)...)
		broken = append(broken, checkMay(graph, name)...)
		broken = append(broken, checkNever(graph, name)...)
		broken = append(broken, checkOnly(graph, name)...)
		broken = append(broken, checkOne(graph, name)...)
	}
	return append(broken, rotten(graph)...)
}

// junk are package names that say nothing of what is inside.
var junk = []string{"util", "utils", "helper", "helpers", "common", "types", "models", "base", "misc", "shared"}

func checkShape(name string) []string {
	if slices.Contains(junk, path.Base(name)) {
		return []string{fmt.Sprintf("%s: a package is named by what it is: %v are drawers for what has no place", name, junk)}
	}
	return nil
}

func checkMay(graph map[string]*pkg, name string) []string {
	rule, ok := ruleOf(name)
	if !ok {
		return []string{fmt.Sprintf("%s: no rule says what it may import: decide it in arch_test.go", name)}
	}
	var broken []string
	for _, imported := range graph[name].imports {
		if ours(graph, imported) && !matchAny(rule.may, imported) {
			broken = append(broken, fmt.Sprintf("%s imports %s: %s", name, imported, rule.why))
		}
	}
	return broken
}

// ruleOf returns the rule that names a package most exactly.
func ruleOf(name string) (mayRule, bool) {
	for _, exact := range []bool{true, false} {
		for _, rule := range mayRules {
			if exact && slices.Contains(rule.in, name) || !exact && matchAny(rule.in, name) {
				return rule, true
			}
		}
	}
	return mayRule{}, false
}

func ours(graph map[string]*pkg, imported string) bool {
	top, _, _ := strings.Cut(imported, "/")
	_, known := graph[imported]
	return known || slices.Contains([]string{"", "shared", "connectors", "functions", "cmd", "web", "infra", "examples"}, top)
}

func checkNever(graph map[string]*pkg, name string) []string {
	var broken []string
	for _, rule := range neverRules {
		if !matchAny(rule.in, name) || matchAny(rule.except, name) {
			continue
		}
		chains := reach(graph, name, rule.except)
		for _, reached := range slices.Sorted(maps.Keys(chains)) {
			if matchAny(rule.never, reached) && !matchAny(rule.but, reached) {
				broken = append(broken, fmt.Sprintf("%s reaches %s: %s (through %s)", name, reached, rule.why, chains[reached]))
			}
		}
	}
	return broken
}

// reach returns all that a package imports, directly or not, with the way there,
// not looking through the packages in stop.
func reach(graph map[string]*pkg, name string, stop []string) map[string]string {
	chains := map[string]string{}
	var visit func(at, chain string)
	visit = func(at, chain string) {
		if graph[at] == nil || at != name && matchAny(stop, at) {
			return
		}
		for _, imported := range graph[at].imports {
			if _, seen := chains[imported]; !seen {
				chains[imported] = chain + " → " + imported
				visit(imported, chains[imported])
			}
		}
	}
	visit(name, name)
	return chains
}

func checkOnly(graph map[string]*pkg, name string) []string {
	var broken []string
	for _, rule := range onlyRules {
		if matchAny(rule.by, name) {
			continue
		}
		for _, imported := range graph[name].imports {
			if matchAny(rule.what, imported) {
				broken = append(broken, fmt.Sprintf("%s imports %s, which is for %v only: %s", name, imported, rule.by, rule.why))
			}
		}
	}
	return broken
}

func checkOne(graph map[string]*pkg, name string) []string {
	if !matchAny(oneConnector.in, name) {
		return nil
	}
	var found []string
	for reached := range reach(graph, name, nil) {
		if match(oneConnector.most, reached) {
			found = append(found, reached)
		}
	}
	if len(found) < 2 {
		return nil
	}
	slices.Sort(found)
	return []string{fmt.Sprintf("%s imports %v: %s", name, found, oneConnector.why)}
}

// rotten returns the names in rules that have no folder while a package of that
// name stands elsewhere: it was moved, and its rule was left behind.
func rotten(graph map[string]*pkg) []string {
	named := slices.Concat(forTests, mains)
	for _, rule := range mayRules {
		named = slices.Concat(named, rule.in, rule.may)
	}
	for _, rule := range neverRules {
		named = slices.Concat(named, rule.in, rule.never, rule.except)
	}
	for _, rule := range onlyRules {
		named = slices.Concat(named, rule.what, rule.by)
	}
	slices.Sort(named)
	var broken []string
	for _, name := range slices.Compact(named) {
		if strings.Contains(name, "*") || strings.HasSuffix(name, "...") || !ours(graph, name) || graph[name] != nil {
			continue
		}
		for _, there := range slices.Sorted(maps.Keys(graph)) {
			if path.Base(there) == path.Base(name) {
				broken = append(broken, fmt.Sprintf("a rule names %s, which is not there, but %s is: correct the rule", name, there))
			}
		}
	}
	return broken
}
