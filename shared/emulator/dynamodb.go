package emulator

import (
	"os"
	"os/exec"
	"path/filepath"
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

// DynamoDBOf returns the address of a DynamoDB of the test's own, which holds what an
// export in a folder does: dir/schema.json, a list of DescribeTable's answers, and
// dir/<table>/data/*.json.gz, a line {"Item":…} for each item. That is a hundred
// times faster than writing the items; a million take about half a minute.
func DynamoDBOf(tb testing.TB, dir string) string {
	tb.Helper()
	own := dynamodb.like(func(port string) (*exec.Cmd, error) {
		path, err := dynoxide()
		return exec.Command(path, "import", "--serve", "--source", dir, "--schema", filepath.Join(dir, "schema.json"),
			"--host", "127.0.0.1", "--port", port), err
	})
	tb.Cleanup(own.stop)
	return own.url(tb)
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
