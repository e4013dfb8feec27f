// Intentmeasure reports what package intent makes of labelled texts that are not part of the
// project, such as public data sets:
//
//	go run ./shared/intent/intentmeasure DIR
//
// Each .tsv file of DIR holds a header and the columns source, tag, text. The report has one line
// per file, source and tag group; it never prints a text unless -show names a label to list.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zhida-project/zhida/shared/intent"
)

func main() {
	show := flag.String("show", "", "also list the texts read as this label: ask, offer or none")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: intentmeasure [-show label] DIR")
		os.Exit(2)
	}
	if err := measure(os.Stdout, flag.Arg(0), intent.Label(*show)); err != nil {
		fmt.Fprintln(os.Stderr, "intentmeasure:", err)
		os.Exit(1)
	}
}

// counts of labels, by label.
type counts map[intent.Label]int

func measure(w io.Writer, dir string, show intent.Label) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.tsv"))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("no .tsv files in %s", dir)
	}
	for _, name := range names {
		if err := measureFile(w, name, show); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func measureFile(w io.Writer, name string, show intent.Label) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	groups := map[string]counts{}
	count := func(group string, l intent.Label) {
		if groups[group] == nil {
			groups[group] = counts{}
		}
		groups[group][l]++
	}
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for header := true; s.Scan(); header = false {
		col := strings.SplitN(s.Text(), "\t", 3)
		if header || len(col) < 3 {
			continue
		}
		l := intent.Read(col[2])
		count("all", l)
		count(col[0], l)
		if col[0] == "bitext" {
			count("bitext/"+col[1], l)
		}
		if l == show {
			fmt.Fprintf(w, "  %s\t%s\n", col[0]+"/"+col[1], col[2])
		}
	}
	print(w, filepath.Base(name), groups)
	return s.Err()
}

func print(w io.Writer, name string, groups map[string]counts) {
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		c := groups[k]
		n := c[intent.Ask] + c[intent.Offer] + c[intent.None]
		share := func(l intent.Label) float64 { return 100 * float64(c[l]) / float64(n) }
		fmt.Fprintf(w, "%-14s %-36s %6d  ask %5.1f %%  offer %5.1f %%  none %5.1f %%\n",
			name, k, n, share(intent.Ask), share(intent.Offer), share(intent.None))
	}
}
