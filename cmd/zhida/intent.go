package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/intent"
)

// intentCommand is `zhida intent`: a line in, its label, a tab and the line out,
// at once, so that another program can talk to it.
type intentCommand struct{}

// Help says what the labels are.
func (intentCommand) Help() string {
	return "Prints a line for each line: ask (wants a person), offer (offer one), or none; a tab; the line."
}

// Run labels the lines of standard input until its end.
func (intentCommand) Run(p process) error {
	for lines := bufio.NewReaderSize(p.in, 64<<10); ; {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return fault.Wrap(err, fault.Unavailable, "zhida intent", "the input broke off")
		}
		if line == "" {
			return nil
		}
		text := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		// One call, unbuffered: the other side waits for the answer.
		if _, err := fmt.Fprintf(p.out, "%s\t%s\n", intent.Read(text), text); err != nil {
			return fault.Wrap(err, fault.Unavailable, "zhida intent", "nobody reads the output")
		}
	}
}
