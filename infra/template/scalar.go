package template

import (
	"iter"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Scalar is one text of a template, where it stands and what is said of it.
type Scalar struct {
	Path    []string // keys from the top, and positions in lists
	Text    string
	Line    int
	Comment string // at the end of its line; "" for none
}

// Scalars walks over every scalar of the file.
func (t *Template) Scalars() iter.Seq[Scalar] {
	return func(yield func(Scalar) bool) { t.walk(t.root.Content[0], nil, yield) }
}

func (t *Template) walk(n *yaml.Node, path []string, yield func(Scalar) bool) bool {
	below := func(n *yaml.Node, key string) bool { return t.walk(n, append(path[:len(path):len(path)], key), yield) }
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !below(n.Content[i+1], n.Content[i].Value) {
				return false
			}
		}
	case yaml.SequenceNode:
		for i, one := range n.Content {
			if !below(one, strconv.Itoa(i)) {
				return false
			}
		}
	default:
		_, comment, _ := strings.Cut(t.lines[n.Line-1], " # ")
		return yield(Scalar{Path: path, Text: n.Value, Line: n.Line, Comment: comment})
	}
	return true
}
