package infra_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestWhatIsPaidForIsCounted holds the costs of an idle deployment in docs/deploy.md
// to what the template makes.
func TestWhatIsPaidForIsCounted(t *testing.T) {
	s := evaluated(t, required())
	alarms, queues, fifo := 0, 0, 0
	for _, a := range s.Of(alarmType) {
		alarms += len(watched(a))
	}
	for _, f := range functions(s) {
		sources, err := s.Sources(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources {
			queues++
			if strings.HasSuffix(source.Queue, ".fifo") {
				fifo++
			}
		}
	}
	page := document(t, "deploy.md")
	for _, want := range []string{
		fmt.Sprintf("| %d alarm metrics |", alarms), fmt.Sprintf("%d × 0.10", alarms),
		fmt.Sprintf("pollers of %d queues", queues), fmt.Sprintf("%d standard × 0.26 + %d FIFO × 0.32", queues-fifo, fifo),
		fmt.Sprintf("| %d secrets |", len(s.Of("AWS::SecretsManager::Secret"))),
	} {
		if !strings.Contains(page, want) {
			t.Errorf("docs/deploy.md does not say %q", want)
		}
	}
	if n := len(s.Of("AWS::KMS::Key")); n != 0 {
		t.Errorf("%d keys cost a dollar a month each, and are not in docs/deploy.md", n)
	}
}

// TestDocumentsNameWhatIsThere: parameters, outputs, alarms and queues that the pages
// name exist.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	loaded, s := loaded(t), evaluated(t, everything())
	names := map[string]bool{"zhida-agent": true, "zhida-desk": true} // a role and a client of others
	for _, a := range s.Of(alarmType) {
		names[a.Text("AlarmName")] = true
	}
	for _, q := range s.Of(queueType) {
		names[strings.TrimSuffix(q.Text("QueueName"), ".fifo")] = true
	}
	outputs := regexp.MustCompile("\\$\\(out (\\w+)\\)|`out (\\w+)`|(?:Put|Open) `(\\w+)`")
	parameters := regexp.MustCompile("[`\"]([A-Z][a-z]\\w+)=")
	things := regexp.MustCompile("`(zhida-[a-z-]+)(?:\\.fifo)?`|`([a-z-]+-dlq)(?:\\.fifo)?`")
	for _, page := range []string{"deploy.md", "deploy-cn.md", "runbook.md"} {
		text := document(t, page)
		for _, m := range outputs.FindAllStringSubmatch(text, -1) {
			if _, there := s.Outputs[m[1]+m[2]+m[3]]; !there {
				t.Errorf("%s: the stack has no output of %s", page, m[0])
			}
		}
		for _, m := range parameters.FindAllStringSubmatch(text, -1) {
			if _, there := loaded.Parameters[m[1]]; !there {
				t.Errorf("%s: the template has no parameter %s", page, m[1])
			}
		}
		for _, m := range things.FindAllStringSubmatch(text, -1) {
			if !names[m[1]] && !names["zhida-"+m[2]] && !names[m[2]] {
				t.Errorf("%s: there is no alarm and no queue %s", page, m[0])
			}
		}
	}
}

// TestTargetsOfTheDocuments: what the pages tell to make, the Makefile makes.
func TestTargetsOfTheDocuments(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"deploy.md", "deploy-cn.md"} {
		for _, m := range regexp.MustCompile(`(?m)(?:^|[`+"`"+`& ])make ([a-z]+)`).FindAllStringSubmatch(document(t, page), -1) {
			if !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: there is no target %s", page, m[1])
			}
		}
	}
}
