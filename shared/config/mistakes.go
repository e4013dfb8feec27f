package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
)

// Mistake is one thing wrong with the file.
type Mistake struct {
	Line, Column int    // from 1; 0 where the problem has no place
	Path         string // such as faq[2].answer; "" for the file as a whole
	Problem      string // what is wrong; never a secret
	Hint         string // what to do
}

// Mistakes is everything wrong with one file, in the file's order.
type Mistakes struct {
	File string // the name Error shows; "" is zhida.yaml
	List []Mistake
}

// Error prints a mistake per line, in the form editors make links of.
func (m *Mistakes) Error() string {
	file := cmp.Or(m.File, "zhida.yaml")
	lines := make([]string, len(m.List))
	for i, one := range m.List {
		lines[i] = file + ":" + one.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes the whole a fault.Config.
func (m *Mistakes) Unwrap() error {
	return fault.New(fault.Config, "config.Load", "correct "+cmp.Or(m.File, "zhida.yaml"))
}

// String prints the mistake without the file's name.
func (m Mistake) String() string {
	var b strings.Builder
	if m.Line > 0 {
		b.WriteString(strconv.Itoa(m.Line) + ":")
	}
	if m.Column > 0 {
		b.WriteString(strconv.Itoa(m.Column) + ":")
	}
	b.WriteString(" ")
	if m.Path != "" {
		b.WriteString(m.Path + ": ")
	}
	b.WriteString(m.Problem)
	if m.Hint != "" {
		b.WriteString(" — " + m.Hint)
	}
	return b.String()
}

func sortMistakes(list []Mistake) {
	slices.SortStableFunc(list, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
}
