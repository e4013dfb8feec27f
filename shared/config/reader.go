package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// reader walks the file's nodes and collects what is wrong, going on after
// every mistake so that all are told at once.
type reader struct {
	lookup   func(string) (string, bool)
	want     []Part            // the secrets to look up
	main     language          // the file's language: every text has it
	named    map[string]string // the environment variables, to the path that names them
	secrets  map[string]string // what has been looked up, to the path that asked
	mistakes []Mistake
	ofOne    []Mistake // those that concern the secrets of one account alone
	sparing  bool      // they cost that account only
}

// field is a value in the file: where it is, and what it is called.
type field struct {
	path  string
	at    *yaml.Node // what to point at: the key, or the value itself in a list
	value *yaml.Node
}

// result returns what is wrong with the whole, and what concerns single accounts, where
// these are spared.
func (r *reader) result() (spared, err error) {
	if !r.sparing {
		r.mistakes, r.ofOne = append(r.mistakes, r.ofOne...), nil
	}
	return listed(r.ofOne), listed(r.mistakes)
}

func listed(list []Mistake) error {
	if len(list) == 0 {
		return nil
	}
	sortMistakes(list)
	return &Mistakes{List: list}
}

// wrong notes a mistake where the field stands.
func (r *reader) wrong(f field, problem, hint string) {
	r.mistakes = append(r.mistakes, f.mistake(problem, hint))
}

// wrongOne notes a mistake that concerns the secrets of one account alone.
func (r *reader) wrongOne(f field, problem, hint string) {
	r.ofOne = append(r.ofOne, f.mistake(problem, hint))
}

func (f field) mistake(problem, hint string) Mistake {
	return Mistake{Line: f.at.Line, Column: f.at.Column, Path: f.path, Problem: problem, Hint: hint}
}

// plainWrong notes a mistake of the file as a whole.
func (r *reader) plainWrong(line, column int, problem, hint string) {
	r.mistakes = append(r.mistakes, Mistake{Line: line, Column: column, Problem: problem, Hint: hint})
}

// open parses the file to its top mapping.
func (r *reader) open(file []byte) (field, bool) {
	if !r.readable(file) {
		return field{}, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(file))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.plainWrong(1, 1, "the file is empty", "start from the example, cmd/zhida/zhida.yaml")
		return field{}, false
	case err != nil:
		r.syntax(err)
		return field{}, false
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		r.syntax(err)
		return field{}, false
	default:
		r.plainWrong(second.Line, second.Column, "a second document begins here", "keep one, without --- between")
	}
	top := doc.Content[0]
	r.refuse(top)
	return field{at: top, value: top}, true
}

// readable checks the bytes before YAML sees them.
func (r *reader) readable(file []byte) bool {
	if len(file) > MaxFile {
		r.plainWrong(0, 0, fmt.Sprintf("the file has %d bytes", len(file)), "at most 256 KiB are read")
		return false
	}
	for i := 0; i < len(file); {
		c, size := utf8.DecodeRune(file[i:])
		bad := ""
		switch {
		case c == utf8.RuneError && size == 1:
			bad = "this byte is not UTF-8"
		case c < ' ' && c != '\n' && c != '\r' && c != '\t', c == 0x7f:
			bad = "this is a control character"
		}
		if bad != "" {
			before := file[:i]
			start := bytes.LastIndexByte(before, '\n') + 1
			r.plainWrong(bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[start:])+1, bad,
				"save the file as UTF-8 text")
			return false
		}
		i += size
	}
	return true
}

// syntax notes what the YAML parser says, without the words it may quote from
// the file.
func (r *reader) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 1
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if number, problem, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				line, text = n, problem
			}
		}
	}
	if strings.Contains(text, "anchor") {
		r.plainWrong(0, 0, "there is an alias to an anchor that does not exist", "a value that begins with * needs quotes")
		return
	}
	r.plainWrong(line, 0, "this is not YAML: "+text, "look at the indentation, colons and quotes here and on the line before")
}

// refuse notes the parts of YAML that this file does without: they make a file
// that reads one way and means another, and aliases can grow without bound.
func (r *reader) refuse(n *yaml.Node) {
	switch {
	case n.Anchor != "":
		r.plainWrong(n.Line, n.Column, "there is an anchor (&)", "write the value out; quote it if it begins with &")
	case n.Kind == yaml.AliasNode:
		r.plainWrong(n.Line, n.Column, "there is an alias (*)", "write the value out; quote it if it begins with *")
	case n.Style&yaml.TaggedStyle != 0:
		r.plainWrong(n.Line, n.Column, "there is a tag (!)", "write the value plainly; quote it if it begins with !")
	}
	for _, child := range n.Content {
		r.refuse(child)
	}
}

func isMap(n *yaml.Node) bool  { return n.Kind == yaml.MappingNode }
func isList(n *yaml.Node) bool { return n.Kind == yaml.SequenceNode }

// refused reports whether refuse has already told about the node.
func refused(n *yaml.Node) bool {
	return n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0
}
