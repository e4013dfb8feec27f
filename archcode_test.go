package zhida_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// forbidden are the names that reach for the world behind the caller's back.
var forbidden = map[string]map[string]string{
	"time":     uses("take a clock as a field, so that tests own the time", "Now", "Since", "Until"),
	"os":       uses("only mains read the environment and end the process", "Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv", "Unsetenv", "Exit"),
	"log":      uses("return the error: a library does not end the process", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf", "Panicln"),
	"net/http": uses("take a client as a field, with its limits", "DefaultClient", "DefaultTransport", "DefaultServeMux", "Get", "Head", "Post", "PostForm", "Handle", "HandleFunc"),
	"flag":     uses("only mains have a command line", "Parse", "String", "Bool", "Int", "Duration", "CommandLine"),
}

// ownRandom are the names of math/rand that make a generator of one's own; all
// others share a global one.
var ownRandom = []string{"New", "NewSource", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "Source64", "PCG", "ChaCha8", "Zipf"}

func uses(why string, names ...string) map[string]string {
	all := make(map[string]string, len(names))
	for _, name := range names {
		all[name] = why
	}
	return all
}

// globalsIn returns where a file declares init, imports for a side effect on
// other packages, or uses a forbidden name.
func globalsIn(file parsed) []string {
	var found []string
	note := func(at token.Pos, what, why string) {
		found = append(found, fmt.Sprintf("%s: %s: %s", file.set.Position(at), what, why))
	}
	packages := map[string]string{}
	for _, spec := range file.Imports {
		imported := strings.Trim(spec.Path.Value, `"`)
		name := path.Base(imported)
		if name == "v2" {
			name = path.Base(path.Dir(imported))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		packages[name] = imported
		if name == "." || name == "_" && imported != "embed" {
			note(spec.Pos(), "import "+name+" "+imported, "an import for its effects is an init of one's own")
		}
	}
	ast.Inspect(file.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				note(n.Pos(), "init()", "nothing happens before main, and nothing registers itself")
			}
		case *ast.SelectorExpr:
			if of, ok := n.X.(*ast.Ident); ok {
				if why := whyNot(packages[of.Name], n.Sel.Name); why != "" {
					note(n.Pos(), of.Name+"."+n.Sel.Name, why)
				}
			}
		}
		return true
	})
	return found
}

func whyNot(imported, name string) string {
	if imported == "math/rand" || imported == "math/rand/v2" {
		if slices.Contains(ownRandom, name) {
			return ""
		}
		return "take a source as a field, so that tests own chance"
	}
	return forbidden[imported][name]
}

// channelNamesIn returns where a file's identifiers or texts name a channel.
func channelNamesIn(file parsed) []string {
	var found []string
	ast.Inspect(file.File, func(n ast.Node) bool {
		text := ""
		switch n := n.(type) {
		case *ast.Ident:
			text = inWords(n.Name)
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				text = n.Value
			}
		}
		if name := channelNamed(text); name != "" {
			found = append(found, fmt.Sprintf("%s: it names the channel %s: a new channel changes nothing in shared/",
				file.set.Position(n.Pos()), name))
		}
		return true
	})
	return found
}

// channelName finds them as words, however they are written: InApp, in-app.
var channelName = regexp.MustCompile(`(?i)(^|[^a-z])(` +
	strings.NewReplacer("wechat", "we[ -]?chat", "inapp", "in[ -]?app").Replace(strings.Join(channelNames, "|")) +
	`)([^a-z]|$)`)

func channelNamed(text string) string {
	m := channelName.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(m[2]))
}

// inWords parts an identifier at its capitals and underscores: sendSMSText is
// "send SMS Text", and InAppID "In App ID".
func inWords(name string) string {
	runes := []rune(strings.ReplaceAll(name, "_", " "))
	var b strings.Builder
	for i, c := range runes {
		if i > 0 && unicode.IsUpper(c) {
			endOfCapitals := i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])
			if !unicode.IsUpper(runes[i-1]) || endOfCapitals {
				b.WriteByte(' ')
			}
		}
		b.WriteRune(c)
	}
	return b.String()
}
