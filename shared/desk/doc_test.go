package desk_test

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/desk"
)

func published(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/desk-api.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTheDocumentedTable compares docs/desk-api.md with the table in the code.
func TestTheDocumentedTable(t *testing.T) {
	var documented []desk.Route
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (\\w+) \\| (\\S+) \\|").FindAllStringSubmatch(published(t), -1) {
		documented = append(documented, desk.Route{Pattern: row[1], Least: desk.Role(row[2]), Scope: desk.Scope(strings.Trim(row[3], "–"))})
	}
	if all := append(setUp(t).Routes(), desk.Hello()); !slices.Equal(documented, all) {
		t.Errorf("documented is\n%v\nand the code has\n%v", documented, all)
	}
}

var (
	example  = regexp.MustCompile(`(?s)\bcurl (.*?)\n(?:\n|` + "```" + `)`)
	bearer   = regexp.MustCompile(`Bearer \$(\w+)`)
	body     = regexp.MustCompile(`(?s)-d '(.*?)' `)
	location = regexp.MustCompile(`"\$DESK(/desk/v1/[^"]*)"`)
)

// TestTheExamples runs the document's curl commands, one after the other, as one
// story.
func TestTheExamples(t *testing.T) {
	d := openDoor(t)
	id := d.asks("ann")
	values := map[string]string{"ADMIN": d.token("root"), "CONVERSATION": string(id), "SEEN": strconv.FormatInt(d.clock.Now().UnixMilli(), 10)}
	commands := example.FindAllStringSubmatch(published(t), -1)
	if len(commands) != 11 {
		t.Fatalf("found %d examples", len(commands))
	}
	for _, c := range commands {
		said, method := c[1], http.MethodGet
		var sent string
		if b := body.FindStringSubmatch(said); b != nil {
			sent, method = strings.ReplaceAll(b[1], "'$SEEN'", values["SEEN"]), http.MethodPost
		}
		if strings.Contains(said, "-X DELETE") {
			method = http.MethodDelete
		}
		path := strings.ReplaceAll(location.FindStringSubmatch(said)[1], "$CONVERSATION", values["CONVERSATION"])
		a := ask(t, d.Handler(), method+" "+path, values[bearer.FindStringSubmatch(said)[1]], strings.NewReader(sent))
		if a.status != http.StatusOK {
			t.Errorf("%s\nanswers %d %s", said, a.status, a.text)
		}
		if token, ok := a.body["token"].(string); ok {
			values["TOKEN"] = token
		}
	}
}
