package sms_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/zhida-project/zhida/connectors/sms"
)

func readCases(t testing.TB, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

type segmentCase struct {
	Text, Source string
	Encoding     sms.Encoding
	Units, Parts int
}

// TestCount goes by testdata/segments.json, by which the desk's page counts, too.
func TestCount(t *testing.T) {
	var cases []segmentCase
	readCases(t, "testdata/segments.json", &cases)
	for _, c := range cases {
		if got, want := sms.Count(c.Text), (sms.Size{Encoding: c.Encoding, Units: c.Units, Parts: c.Parts}); got != want {
			t.Errorf("%+q (%s): got %+v, want %+v", c.Text, c.Source, got, want)
		}
		if c.Source == "" {
			t.Errorf("%+q: no source", c.Text)
		}
	}
	if len(cases) < 50 {
		t.Errorf("there are %d cases", len(cases))
	}
}

func TestPlain(t *testing.T) {
	var cases []struct{ Text, Plain, Source string }
	readCases(t, "testdata/plain.json", &cases)
	for _, c := range cases {
		if got := sms.Plain(c.Text); got != c.Plain || c.Source == "" {
			t.Errorf("%+q (%s): got %+q, want %+q", c.Text, c.Source, got, c.Plain)
		}
	}
	if len(cases) < 20 {
		t.Errorf("there are %d cases", len(cases))
	}
}

// The alphabet as the phones have it: 3GPP TS 23.038, 6.2.1.1 (the extension table).
const twice = "\f^{}\\[~]|€"

// unitsOf counts in another way than the package does.
func unitsOf(encoding sms.Encoding, text string) int {
	if encoding == sms.UCS2 {
		return len(utf16.Encode([]rune(text)))
	}
	n := utf8.RuneCountInString(text)
	for _, r := range twice {
		n += strings.Count(text, string(r))
	}
	return n
}

func FuzzSplit(f *testing.F) {
	var cases []segmentCase
	readCases(f, "testdata/segments.json", &cases)
	for _, c := range cases {
		f.Add(c.Text)
	}
	f.Add(strings.Repeat("A", 152) + "€\xff")
	f.Fuzz(func(t *testing.T, text string) {
		parts, size := sms.Split(text), sms.Count(text)
		if strings.Join(parts, "") != text || len(parts) != size.Parts {
			t.Fatalf("%+q in %d parts is %+q", text, size.Parts, parts)
		}
		alone, among := 160, 153
		if size.Encoding == sms.UCS2 {
			alone, among = 70, 67
		}
		if units := unitsOf(size.Encoding, text); units != size.Units || size.Parts > 1 == (units <= alone) {
			t.Fatalf("%+q has %d units: %+v", text, units, size)
		}
		for _, part := range parts {
			if units := unitsOf(size.Encoding, part); part == "" || units > alone || len(parts) > 1 && units > among {
				t.Fatalf("%+q: a part has %d units", text, units)
			}
		}
		if plain := sms.Plain(text); plain != text && (size.Encoding == sms.GSM || sms.Count(plain).Encoding != sms.GSM || sms.Plain(plain) != plain) {
			t.Fatalf("%+q became %+q in vain", text, plain)
		}
	})
}
