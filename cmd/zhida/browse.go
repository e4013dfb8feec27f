package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
)

// browse shows a page to whoever started the program at a terminal. It is a
// courtesy: the address is printed too.
func browse(ctx context.Context, out io.Writer, url string) {
	file, ok := out.(*os.File)
	if !ok {
		return
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return // nobody is at the terminal
	}
	name, args := opener(url)
	if path, err := exec.LookPath(name); err == nil {
		_ = exec.CommandContext(ctx, path, args...).Start() // no browser: the address is printed
	}
}

// opener is the command that opens an address on this system.
func opener(url string) (name string, args []string) {
	switch runtime.GOOS {
	case "darwin":
		return "open", []string{url}
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler", url}
	default:
		return "xdg-open", []string{url}
	}
}
