package channel_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/fault"
)

func TestCleanTextKeepsWhatPeopleSee(t *testing.T) {
	for name, text := range map[string]string{
		"Chinese":           "我要转人工，订单 8812 没有收到！",
		"lines and tabs":    "one\n\ttwo\n\nthree ",
		"family emoji":      "👨‍👩‍👧‍👦 ❤️ 👍🏽 🏳️‍🌈",
		"flag of Scotland":  "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F!",
		"regional flags":    "🇨🇳🇪🇸",
		"Arabic":            "السلام عليكم، أريد التحدث مع شخص",
		"Hebrew with mark":  "שלום\u200F (1)",
		"Persian ZWNJ":      "می\u200Cخواهم",
		"balanced isolate":  "name \u2067שלום\u2069 end",
		"balanced override": "\u202Eabc\u202C",
		"combining":         "e\u0301 n\u0303",
		"Arabic number":     "\u0600",
		"replacement":       "\uFFFD",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := channel.CleanText(text)
			if err != nil || got != text {
				t.Errorf("%+q became %+q, %v", text, got, err)
			}
		})
	}
}

func TestCleanTextRepairs(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"line ends":             {"a\r\nb\rc\u2028d\u2029e\u0085f\vg\fh", "a\nb\nc\nd\ne\nf\ng\nh"},
		"controls":              {"a\x00b\x08c\x1b[31md\x7fe\u009bf", "abc[31mdef"},
		"noncharacters":         {"a\uFFFEb\uFFFFc\uFDD0d\U0001FFFEe", "abcde"},
		"byte order mark":       {"\uFEFFhi", "hi"},
		"hidden tags":           {"hi\U000E0068\U000E0069", "hi"},
		"tags after the flag":   {"\U0001F3F4" + strings.Repeat("\U000E0061", 20) + "x", "\U0001F3F4" + strings.Repeat("\U000E0061", 7) + "x"},
		"tags after the end":    {"\U0001F3F4\U000E0061\U000E007F\U000E0061", "\U0001F3F4\U000E0061\U000E007F"},
		"open override":         {"a\u202Eb", "a\u202Eb\u202C"},
		"ends at the line":      {"a\u202Eb\nc\u2066d", "a\u202Eb\u202C\nc\u2066d\u2069"},
		"closing nothing":       {"a\u202Cb\u2069c", "abc"},
		"crossed":               {"\u2067a\u202Eb\u2069c\u202C", "\u2067a\u202Eb\u2069c"},
		"embedding in isolate":  {"\u202Ba\u2068b\u202Cc", "\u202Ba\u2068bc\u2069\u202C"},
		"CR inside an override": {"\u202Ea\rb", "\u202Ea\u202C\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := channel.CleanText(c.in)
			if err != nil || got != c.want {
				t.Errorf("%+q became %+q, %v; want %+q", c.in, got, err, c.want)
			}
		})
	}
}

func TestCleanTextRefusesWhatNobodyCanRead(t *testing.T) {
	for name, text := range map[string]string{
		"empty":               "",
		"white space":         " \t\n\r\n\u00A0\u3000\u2003",
		"zero width":          "\u200B\u200C\u200D\u2060\uFEFF",
		"bidi marks":          "\u200E\u200F\u061C",
		"bidi controls":       "\u202E\u2066",
		"variation selectors": "\uFE0F\U000E0100",
		"controls":            "\x00\x01\x1b",
		"hangul filler":       "\u3164\u115F\uFFA0",
		"braille blank":       "\u2800",
		"soft hyphen":         "\u00AD",
		"grapheme joiner":     "\u034F",
		"tags":                "\U000E0041",
		"invalid UTF-8":       "ok\xff",
		"surrogate":           "ok\xed\xa0\x80",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := channel.CleanText(text)
			if !fault.Is(err, fault.BadText) || got != "" {
				t.Fatalf("%+q gave %+q, %v", text, got, err)
			}
			if fault.PublicOf(err).Hint == "" {
				t.Error("there is no hint")
			}
		})
	}
}

func TestCheckLengthCountsCharacters(t *testing.T) {
	if err := channel.CheckLength("转人工", 3); err != nil {
		t.Error(err)
	}
	err := channel.CheckLength("转人工!", 3)
	if !fault.Is(err, fault.TextTooLong) || !strings.Contains(fault.PublicOf(err).Hint, "limit is 3") {
		t.Errorf("got %v", err)
	}
}

func FuzzCleanText(f *testing.F) {
	for _, s := range []string{"人工", "a\r\nb\u202E\u2066c", "\u2069\u202C\u202Bx\ny", "\U0001F3F4\U000E0061", "\x00\xff", "👨‍👩‍👧"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once, err := channel.CleanText(s)
		if err != nil {
			if !fault.Is(err, fault.BadText) {
				t.Fatal(err)
			}
			return
		}
		if twice, err := channel.CleanText(once); err != nil || twice != once {
			t.Fatalf("not stable: %+q, %+q, %v", once, twice, err)
		}
		if !utf8.ValidString(once) {
			t.Fatalf("not UTF-8: %+q", once)
		}
		for _, r := range once {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || r&0xFFFE == 0xFFFE {
				t.Fatalf("%+q holds %U", once, r)
			}
		}
	})
}
