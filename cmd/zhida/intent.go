package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/intent"
)

// maxLine is the longest line `zhida intent` takes, in bytes.
const maxLine = 1 << 20

// intentCommand is `zhida intent`: a line in, its label, a tab and the line out,
// at once, so that another program can talk to it.
type intentCommand struct{}

// Help says what the labels are.
func (intentCommand) Help() string {
	return "Prints a line for each line: ask (wants a person), offer (offer one), or none; a tab; the line."
}

// Run labels the lines of standard input until its end.
func (intentCommand) Run(p process) error {
	lines := bufio.NewScanner(p.in)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine+len("\r\n"))
	number := 0
	for lines.Scan() {
		number++
		text := lines.Text()
		if len(text) > maxLine {
			return tooLong(number)
		}
		// One call, unbuffered: the other side waits for the answer.
		if _, err := fmt.Fprintf(p.out, "%s\t%s\n", intent.Read(text), text); err != nil {
			return fault.Wrap(err, fault.Unavailable, "zhida intent", "nobody reads the output")
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return tooLong(number + 1)
	}
	return fault.Wrap(lines.Err(), fault.Unavailable, "zhida intent", "the input broke off")
}

func tooLong(line int) error {
	return fault.New(fault.TextTooLong, "zhida intent", fmt.Sprintf("line %d is longer than 1 MiB", line))
}
