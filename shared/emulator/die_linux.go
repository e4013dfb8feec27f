package emulator

import (
	"os/exec"
	"syscall"
)

// dieWithUs keeps a process from outliving tests that crash.
func dieWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
