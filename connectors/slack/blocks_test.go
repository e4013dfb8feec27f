package slack_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/zhida-project/zhida/shared/conversation"
)

// sections are the texts of the sections that a text becomes.
func sections(t *testing.T, text string) (all []string) {
	t.Helper()
	var posted string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		posted = r.PostFormValue("blocks")
		_, _ = w.Write([]byte(`{"ok":true,"channel":"D1","ts":"1.2"}`))
	}))
	defer api.Close()
	c := connector(t, options(api.URL))
	if _, err := c.Send(t.Context(), sample(conversation.Peer{Account: "T1", User: "U1"}, text)); err != nil {
		t.Fatal(err)
	}
	var blocks []struct {
		Type string
		Text struct{ Text string }
	}
	if err := json.Unmarshal([]byte(posted), &blocks); err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.Type == "section" {
			all = append(all, b.Text.Text)
		}
	}
	return all
}

// TestSections hold what Slack lets them, and no address is cut.
func TestSections(t *testing.T) {
	const order = "https://shop.example/orders/7777777777?from=chat"
	link := "<" + order + ">"
	for name, text := range map[string]string{
		"over the edge":     strings.Repeat("一", 2_990) + order + strings.Repeat("二", 900),
		"many links":        strings.Repeat(order+" ", 80),
		"many bars":         "https://shop.example/?" + strings.Repeat("|", 2_500),
		"marks":             strings.Repeat("<&>", 900),
		"beyond the plane":  strings.Repeat("\U0001F600", 2_000),
		"words":             strings.Repeat("eleven chars ", 300),
		"an address in two": "看https://shop.example/a，https://shop.example/b。",
	} {
		all := sections(t, text)
		for _, s := range all {
			if n := len(utf16.Encode([]rune(s))); n > 3_000 || n == 0 {
				t.Errorf("%s: a section of %d", name, n)
			}
		}
		whole := strings.Join(all, "")
		if strings.Contains(text, order) && strings.Count(whole, link) != strings.Count(text, order) {
			t.Errorf("%s: %d links of %d", name, strings.Count(whole, link), strings.Count(text, order))
		}
		plain := strings.NewReplacer("<https", "https", "&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(whole)
		if name == "marks" && plain != text || name == "words" && strings.TrimSpace(plain) != strings.TrimSpace(text) {
			t.Errorf("%s: %d characters become %d", name, len(text), len(plain))
		}
	}
	if got := sections(t, strings.Repeat("eleven chars ", 300)); !strings.HasSuffix(got[0], " ") {
		t.Error("a word is cut")
	}
}
