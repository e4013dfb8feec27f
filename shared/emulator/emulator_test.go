package emulator

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if childOnly() {
		return
	}
	os.Exit(Main(m))
}

func TestOneOfEachAnswers(t *testing.T) {
	for name, url := range map[string]func(testing.TB) string{"DynamoDB": DynamoDB, "SQS": SQS} {
		t.Run(name, func(t *testing.T) {
			first := url(t)
			if !strings.HasPrefix(first, "http://127.0.0.1:") || url(t) != first {
				t.Errorf("it is at %s, then at %s", first, url(t))
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, first, nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := (&http.Client{}).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			if err := response.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWhatIsMissingIsTold, and is no skip.
func TestWhatIsMissingIsTold(t *testing.T) {
	t.Setenv("ZHIDA_DYNOXIDE", "/nowhere/dynoxide")
	t.Setenv("ZHIDA_ELASTICMQ", "/nowhere")
	for name, of := range map[string]*shared{"npm pack": &dynamodb, "mvn": &sqs} {
		fresh := &shared{what: of.what, howTo: of.howTo, target: of.target, command: of.command}
		p, err := fresh.start()
		if err == nil {
			p.stop()
			t.Fatalf("%s starts from nowhere", of.what)
		}
		for _, part := range []string{of.what, ".ci/tools", name} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("no word of %q: %v", part, err)
			}
		}
	}
}

// TestAnEmulatorThatEnds is started again, since the port may have been taken.
func TestAnEmulatorThatEnds(t *testing.T) {
	starts := 0
	s := &shared{what: "it", command: func(string) (*exec.Cmd, error) { starts++; return exec.Command("false"), nil }}
	if _, err := s.start(); !errors.Is(err, errEnded) || starts != 3 {
		t.Errorf("after %d starts: %v", starts, err)
	}
}

func TestStopEndsIt(t *testing.T) {
	s := &shared{what: dynamodb.what, target: dynamodb.target, command: dynamodb.command}
	url := s.url(t)
	s.stop()
	if err := (&process{url: url}).answers(&http.Client{}, s.target); err == nil {
		t.Error("it answers still")
	}
}
