// Command zhida is the whole of Zhida in one binary: `zhida dev` runs a shop's
// channels, desk and playground on this machine, on one SQLite file.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"github.com/zhida-project/zhida/shared/config"
	"github.com/zhida-project/zhida/shared/fault"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2 // the command line or the configuration is wrong
)

// process is what a command needs of the outside, so that tests can give it.
type process struct {
	in     io.Reader
	out    io.Writer // for people and pipes
	errs   io.Writer // for mistakes and the log
	lookup func(name string) (string, bool)
	dev    func(context.Context, devOptions) error
}

// commands is the command line.
type commands struct {
	Dev     devCommand     `cmd:"" help:"Run everything on this machine, with an example shop."`
	Intent  intentCommand  `cmd:"" help:"Tell for every line of standard input whether it asks for a person."`
	WeChat  weChatCommand  `cmd:"" name:"wechat" help:"Set up your accounts at WeChat."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:], process{
		in: os.Stdin, out: os.Stdout, errs: os.Stderr, lookup: os.LookupEnv, dev: runDev,
	}))
}

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, p process) int {
	var line commands
	helped := false
	parser, err := kong.New(&line,
		kong.Name("zhida"),
		kong.Description("Zhida (直达): straight through to a person."),
		kong.Writers(p.out, p.errs),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(p),
	)
	if err != nil {
		return p.fail(fault.Wrap(err, fault.Internal, "zhida", ""))
	}
	if len(args) == 0 {
		parser.Stdout = p.errs
		_, _ = parser.Parse([]string{"--help"}) // help is all it can do
		return exitUsage
	}
	command, err := parser.Parse(args)
	switch {
	case helped:
		return exitOK
	case err != nil:
		p.sayf("zhida: %s\nRun zhida --help for what there is.\n", err)
		return exitUsage
	}
	return p.fail(command.Run())
}

// fail tells a person about err and returns the exit code it means.
func (p process) fail(err error) int {
	var mistakes *config.Mistakes
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &mistakes):
		p.sayf("%s\n", mistakes)
		return exitUsage
	}
	p.sayf("zhida: %s\n", why(err))
	if fault.CodeOf(err) == fault.Config {
		return exitUsage
	}
	return exitFailure
}

// why prints the deepest fault, where the cause and the hint are.
func why(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	for inner := f; errors.As(inner.Err, &inner); {
		f = inner
	}
	text := f.Op
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	if f.Hint != "" {
		text += " — " + f.Hint
	}
	return text
}

// sayf writes to people. Where that fails there is nobody left to tell.
func (p process) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(p.errs, format, args...)
}
