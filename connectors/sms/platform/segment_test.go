package platform_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zhida-project/zhida/connectors/sms/platform"
)

// TestPartsOfThePublishedMessages: those that AWS counts itself.
func TestPartsOfThePublishedMessages(t *testing.T) {
	raw, err := os.ReadFile("testdata/segment/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	var messages []struct {
		Text     string
		Encoding platform.Encoding
		Parts    int
	}
	if err := json.Unmarshal(raw, &messages); err != nil || len(messages) != 4 {
		t.Fatal(len(messages), err)
	}
	for _, m := range messages {
		if got := platform.Parts(m.Text); len(got) != m.Parts || platform.EncodingOf(m.Text) != m.Encoding {
			t.Errorf("%.20q goes in %d parts as %s, want %d as %s", m.Text, len(got), platform.EncodingOf(m.Text), m.Parts, m.Encoding)
		}
	}
}

func TestParts(t *testing.T) {
	repeat := strings.Repeat
	for name, c := range map[string]struct {
		text  string
		sizes []int // characters of each part
	}{
		"nothing":                          {"", nil},
		"160 of GSM":                       {repeat("a", 160), []int{160}},
		"161 of GSM":                       {repeat("a", 161), []int{153, 8}},
		"306 of GSM":                       {repeat("é", 306), []int{153, 153}},
		"307 of GSM":                       {repeat("\n", 307), []int{153, 153, 1}},
		"80 of two":                        {repeat("€", 80), []int{80}},
		"81 of two":                        {repeat("[", 81), []int{76, 5}},
		"two at the edge of a part":        {repeat("a", 152) + "~" + repeat("a", 20), []int{152, 21}},
		"70 of UCS-2":                      {repeat("好", 70), []int{70}},
		"71 of UCS-2":                      {repeat("好", 71), []int{67, 4}},
		"35 emoji":                         {repeat("😀", 35), []int{35}},
		"36 emoji":                         {repeat("😀", 36), []int{33, 3}},
		"an emoji at the edge of a part":   {repeat("a", 66) + "😀" + repeat("a", 10), []int{66, 11}},
		"a form feed is not AWS's":         {"\f" + repeat("a", 70), []int{67, 4}},
		"a backtick is not in it":          {"`" + repeat("a", 69), []int{70}},
		"an acute that is not in it":       {"á" + repeat("a", 70), []int{67, 4}},
		"a capital that is, and the small": {repeat("Ç", 160), []int{160}},
		"the small one":                    {repeat("ç", 71), []int{67, 4}},
	} {
		parts := platform.Parts(c.text)
		if strings.Join(parts, "") != c.text {
			t.Errorf("%s: the parts joined are another text", name)
		}
		var sizes []int
		for _, p := range parts {
			sizes = append(sizes, utf8.RuneCountInString(p))
			if !utf8.ValidString(p) {
				t.Errorf("%s: a character is cut", name)
			}
		}
		if len(sizes) != len(c.sizes) {
			t.Errorf("%s: parts of %v, want %v", name, sizes, c.sizes)
			continue
		}
		for i := range sizes {
			if sizes[i] != c.sizes[i] {
				t.Errorf("%s: parts of %v, want %v", name, sizes, c.sizes)
			}
		}
	}
}

// TestAlphabet: the whole table of AWS's page, and how many it has by it.
func TestAlphabet(t *testing.T) {
	basic, extended := 0, 0
	for r := rune(0); r < 0x3000; r++ {
		switch parts := platform.Parts(strings.Repeat(string(r), 81)); {
		case r >= 0xD800 && r <= 0xDFFF:
		case platform.EncodingOf(string(r)) == platform.Unicode:
		case len(parts) == 1:
			basic++
		default:
			extended++
		}
	}
	if basic != 9*13+7+3 || extended != 9 { // nine rows and one of seven; space, line feed, carriage return
		t.Errorf("%d characters, and %d that count twice", basic, extended)
	}
}
