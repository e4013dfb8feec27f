package emulator

import (
	"os"
	"os/exec"
	"testing"
)

// DynamoDB returns the address of a DynamoDB for these tests: dynoxide, one static
// binary.
func DynamoDB(tb testing.TB) string {
	tb.Helper()
	return dynamodb.url(tb)
}

var dynamodb = shared{
	what: `the DynamoDB emulator "dynoxide"`,
	howTo: `Run .ci/tools, or

	npm pack @dynoxide/linux-x64@1.2.1 && mkdir -p bin &&
	tar -xzf dynoxide-linux-x64-1.2.1.tgz -C bin --strip-components=1 package/dynoxide

in the repository's folder. It is looked for in $ZHIDA_DYNOXIDE, in bin/ and on PATH.`,
	target: "DynamoDB_20120810.ListTables",
	command: func(port string) (*exec.Cmd, error) {
		path, err := dynoxide()
		return exec.Command(path, "serve", "--host", "127.0.0.1", "--port", port), err
	},
}

func dynoxide() (string, error) {
	if path := os.Getenv("ZHIDA_DYNOXIDE"); path != "" {
		return path, nil
	}
	if path, found := inBin("dynoxide"); found {
		return path, nil
	}
	return exec.LookPath("dynoxide")
}
