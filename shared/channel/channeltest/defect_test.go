package channeltest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// problemsOf runs one check, or all where check is "", on the toy.
func problemsOf(t *testing.T, h Harness, check string) []string {
	t.Helper()
	var problems []string
	for _, c := range checks() {
		if check == "" || check == c.name {
			s := &suite{h: h, t: t, folder: toyName}
			s.use()
			c.run(s)
			problems = append(problems, s.problems...)
		}
	}
	return problems
}

func TestASoundConnectorPasses(t *testing.T) {
	Run(t, toyHarness(toyFolder(t), ""))
}

func TestEveryDefectIsFound(t *testing.T) {
	folder := toyFolder(t)
	for broken, check := range map[string]string{
		"name":                    "Info",
		"limits":                  "Info",
		"empty secret":            "EmptySecret",
		"dirty":                   "Sample",
		"stranger":                "Sample",
		"origin":                  "Sample",
		"answers nothing":         "Sample",
		"report of a stranger's":  "Sample",
		"report without a reason": "Sample",
		"report of nothing":       "Sample",
		"report with a hint":      "Sample",
		"report without a time":   "Sample",
		"no label":                "Labels",
		"no way":                  "Labels",
		"no cards":                "Cards",
		"impure":                  "Pure",
		"mutates":                 "Pure",
		"key by arrival":          "Retries",
		"unsigned":                "Forgeries",
		"body unsigned":           "Forgeries",
		"stale":                   "Forgeries",
		"signature in hint":       "Forgeries",
		"panic":                   "BrokenBodies",
		"oversized":               "BrokenBodies",
		"plain error":             "BrokenBodies",
		"status":                  "BrokenBodies",
		"text in hint":            "BrokenBodies",
		"retries":                 "SendFaults",
		"timeouts are no":         "SendFaults",
		"no patience":             "SendFaults",
		"leaks on send":           "SendFaults",
		"200 is yes":              "SendFaults",
		"no pace":                 "Edits",
		"no id":                   "Edits",
		"edits nothing":           "Edits",
		"edits twice":             "Edits",
		"editing cannot fail":     "Edits",
		"leaks on edit":           "Edits",
	} {
		t.Run(broken, func(t *testing.T) {
			if len(problemsOf(t, toyHarness(folder, broken), check)) == 0 {
				t.Errorf("%s does not find it", check)
			}
		})
	}
}

func TestGoldensAreHeldToTheirWord(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"no source":        {"inbound/plain/SOURCE", " \n", "SOURCE is missing"},
		"other receipt":    {"inbound/plain/want.json", `{"ignored":"x"}`, "-want +got"},
		"no want":          {"outbound/plain/want.json", "", "-update writes it"},
		"unknown field":    {"inbound/plain/request.json", `{"methud":"POST"}`, "unknown field"},
		"bad query":        {"inbound/plain/request.json", `{"query":"%zz"}`, "invalid URL escape"},
		"broken message":   {"outbound/plain/message.json", `[]`, "cannot unmarshal"},
		"broken reply":     {"outbound/plain/reply.json", `[]`, "cannot unmarshal"},
		"an empty request": {"inbound/plain/request.json", ``, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := toyFolder(t)
			if err := os.WriteFile(filepath.Join(folder, c.file), []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			check := "Inbound"
			if strings.HasPrefix(c.file, "outbound") {
				check = "Outbound"
			}
			problems := fmt.Sprint(problemsOf(t, toyHarness(folder, ""), check))
			if !strings.Contains(strings.ReplaceAll(problems, "\u00a0", " "), c.want) {
				t.Errorf("got %s, want %q", problems, c.want)
			}
		})
	}
	if problems := problemsOf(t, toyHarness(t.TempDir(), ""), "Inbound"); len(problems) == 0 {
		t.Error("a connector without goldens passes")
	}
}

func TestForgeriesMayBeExemptWithAReasonOnly(t *testing.T) {
	h := toyHarness(toyFolder(t), "")
	delete(h.Forgeries, "altered")
	if len(problemsOf(t, h, "Forgeries")) == 0 {
		t.Error("a forgery nobody tries is not missed")
	}
	h.Exempt = map[string]string{"altered": "for this test"}
	if problems := problemsOf(t, h, "Forgeries"); len(problems) > 0 {
		t.Error(problems)
	}
	if text := strings.Join(h.unselected(), "; "); !strings.Contains(text, "altered (for this test)") || !strings.Contains(text, "live clients") {
		t.Errorf("the exemption is not printed: %s", text)
	}
}

func TestRequestsAndFuzz(t *testing.T) {
	h := toyHarness(toyFolder(t), "")
	requests, err := Requests(h)
	if err != nil || len(requests) != 2 {
		t.Fatalf("got %d requests, %v", len(requests), err)
	}
	for _, r := range requests {
		Fuzz(t, &toy{secret: toySecret}, h, r)
	}
	var found noted
	Fuzz(&found, &toy{secret: toySecret, broken: "signature in hint"}, h, h.Forgeries["forged"](h.Call))
	if found == 0 {
		t.Error("a leak is not found")
	}
}

type noted int

func (n *noted) Helper()      {}
func (n *noted) Error(...any) { *n++ }
