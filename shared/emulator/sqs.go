package emulator

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// SQS returns the address of an SQS for these tests: ElasticMQ, on Java.
func SQS(tb testing.TB) string {
	tb.Helper()
	return sqs.url(tb)
}

var sqs = shared{
	what: "the SQS emulator ElasticMQ",
	howTo: `Run .ci/tools, or

	apt-get install default-jre-headless maven &&
	mvn -f .ci/elasticmq.xml dependency:copy-dependencies

in the repository's folder. Its jars are looked for in the folder $ZHIDA_ELASTICMQ and in
bin/elasticmq, Java on PATH.`,
	target: "AmazonSQS.ListQueues",
	command: func(port string) (*exec.Cmd, error) {
		jars, err := elasticmq()
		if err != nil {
			return nil, err
		}
		java, err := exec.LookPath("java")
		if err != nil {
			return nil, err
		}
		return exec.Command(java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", // small, and soon there
			"-cp", filepath.Join(jars, "*"),
			"-Drest-sqs.bind-hostname=127.0.0.1", "-Drest-sqs.bind-port="+port, "-Dnode-address.port="+port,
			"-Drest-sqs.sqs-limits=strict", "-Drest-stats.enabled=false",
			"org.elasticmq.server.Main"), nil
	},
}

func elasticmq() (string, error) {
	if path := os.Getenv("ZHIDA_ELASTICMQ"); path != "" {
		return path, nil
	}
	if path, found := inBin("elasticmq"); found {
		return path, nil
	}
	return "", errors.New("bin/elasticmq is not there")
}
