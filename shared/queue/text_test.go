package queue_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
)

func TestWrapLeavesAloneWhatItCan(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"JSON":                {`{"a":"转人工 👍🏽 \u0000 \u2028"}`, `{"a":"转人工 👍🏽 \u0000 \u2028"}`},
		"white space":         {" \t\r\n ", " \t\r\n "},
		"delete and C1":       {"\x7f\u0085\u009f", "\x7f\u0085\u009f"},
		"the last characters": {"\uFFFD\U0001FFFE\U0010FFFF", "\uFFFD\U0001FFFE\U0010FFFF"},
		"the prefix inside":   {" base64:", " base64:"},
		"nothing":             {"", "base64:"},
		"a control":           {"\x00", "base64:AA=="},
		"U+FFFE":              {"\uFFFE", "base64:77++"},
		"U+FFFF":              {"\uFFFF", "base64:77+/"},
		"the prefix":          {"base64:", "base64:YmFzZTY0Og=="},
		"a wrapped text":      {"base64:AA==", "base64:YmFzZTY0OkFBPT0="},
		"a wrapping of text":  {"base64:aGVsbG8=", "base64:YmFzZTY0OmFHVnNiRzg9"},
	} {
		if got := queue.Wrap([]byte(c.body)); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
		if got := queue.Unwrap(c.want); string(got) != c.body {
			t.Errorf("%s comes back as %q", name, got)
		}
	}
}

func TestUnwrapLeavesOthersTextsAlone(t *testing.T) {
	for _, text := range []string{"base64:aGVsbG8=", "base64:AA", "base64:AA=", "base64:A A==", "base64:!", "base64:AB=="} {
		if got := queue.Unwrap(text); string(got) != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestABodyThatGrowsIsMeasuredAsItTravels: no engine takes what another cannot.
func TestABodyThatGrowsIsMeasuredAsItTravels(t *testing.T) {
	const most = (queue.MaxBody - len("base64:")) / 4 * 3
	for body, want := range map[string]fault.Code{
		strings.Repeat("x", queue.MaxBody):   "",
		strings.Repeat("x", queue.MaxBody+1): fault.TooLarge,
		strings.Repeat("\x00", most):         "",
		strings.Repeat("\x00", most+1):       fault.TooLarge,
	} {
		if err := (queue.Message{Body: []byte(body)}).Check(); fault.CodeOf(err) != want {
			t.Errorf("%d bytes that travel as %d: %v, want %q", len(body), len(queue.Wrap([]byte(body))), err, want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	for _, seed := range []string{"", "base64:", "base64:AA==", "\x00", "\uFFFE", "\xff", `{"转":"人工"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text := queue.Wrap(body)
		if got := queue.Unwrap(text); !bytes.Equal(got, body) {
			t.Errorf("%q comes back as %q", body, got)
		}
		if text == "" {
			t.Error("a text is empty")
		}
		var inside string // an XML parser knows the characters of XML
		var escaped bytes.Buffer
		if err := xml.EscapeText(&escaped, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal([]byte("<a>"+escaped.String()+"</a>"), &inside); err != nil || inside != text {
			t.Errorf("%q is %q in XML: %v", text, inside, err)
		}
		if json.Valid(body) && utf8.Valid(body) && text != string(body) && !bytes.ContainsAny(body, "\uFFFE\uFFFF") {
			t.Errorf("JSON was wrapped: %q", body)
		}
	})
}
