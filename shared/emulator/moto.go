package emulator

import (
	"os"
	"os/exec"
	"testing"
)

// Moto returns the address of what these tests have of the rest of AWS (KMS, S3): moto's
// server. It checks no signature, no policy and no size, and is slower than the others:
// what it gets wrong the tests name, and cover.
func Moto(tb testing.TB) string {
	tb.Helper()
	return moto.url(tb)
}

var moto = shared{
	what: `the AWS emulator "moto_server"`,
	howTo: `Run .ci/tools, or

	python3 -m venv bin/venv && bin/venv/bin/pip install 'moto[server]==5.2.1'

in the repository's folder. It is looked for in $ZHIDA_MOTO, in bin/venv/bin and on PATH.`,
	target: "TrentService.ListKeys",
	command: func(port string) (*exec.Cmd, error) {
		path, err := motoServer()
		cmd := exec.Command(path, "-H", "127.0.0.1", "-p", port)
		cmd.Env = append(os.Environ(), "MOTO_ALLOW_NONEXISTENT_REGION=true") // the tests' is none of AWS's
		return cmd, err
	},
}

func motoServer() (string, error) {
	if path := os.Getenv("ZHIDA_MOTO"); path != "" {
		return path, nil
	}
	if path, found := inBin("venv/bin/moto_server"); found {
		return path, nil
	}
	return exec.LookPath("moto_server")
}
