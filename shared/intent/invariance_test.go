package intent

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// plainAsks are asks of one clause that every disguise below must leave an ask.
var plainAsks = []string{"转人工", "人工客服", "我要投诉", "找个活人", "有没有真人", "agent", "talk to a human", "connect me to an agent", "i want a real person", "representative"}

func TestReadSeesThroughDisguise(t *testing.T) {
	disguises := map[string]func(string) string{
		"zero width":  func(s string) string { return between(s, "\u200b") },
		"joiners":     func(s string) string { return between(s, "\u2060\ufeff") },
		"full width":  fullWidth,
		"upper case":  strings.ToUpper,
		"shouting":    func(s string) string { return s + "!!!!!!" },
		"repetition":  func(s string) string { return s + "! " + s + "! " + s },
		"emoji":       func(s string) string { return "😡" + s + "😡😡" },
		"quotes":      func(s string) string { return "「" + s + "」" },
		"padding":     func(s string) string { return "  \t" + s + "\r\n" },
		"bad bytes":   func(s string) string { return between(s, "\xff") },
		"after long":  func(s string) string { return strings.Repeat("我买的东西一直没有发货。", 500) + s },
		"before long": func(s string) string { return s + ". " + strings.Repeat("my parcel never came. ", 500) },
	}
	for name, disguise := range disguises {
		for _, ask := range plainAsks {
			if got := Read(disguise(ask)); got != Ask {
				t.Errorf("%s: %q as %q: got %s", name, ask, shorten(disguise(ask)), got)
			}
		}
	}
}

func TestReadSeesThroughSpacing(t *testing.T) {
	for _, ask := range []string{"转人工", "我要人工", "找活人", "我要投诉", "human", "agent", "operator"} {
		for _, gap := range []string{" ", "  ", "-", ".", "_", "*", "/", "~", " - ", "·", "|", "\u3000"} {
			if text := between(ask, gap); Read(text) != Ask {
				t.Errorf("%q: got %s", text, Read(text))
			}
		}
	}
	for _, gap := range []string{",", "，", "。", "、", "\n", "…", "！"} {
		if text := between("转人工", gap); Read(text) != Ask {
			t.Errorf("%q: got %s", text, Read(text))
		}
	}
}

func TestReadTraditional(t *testing.T) {
	simplifiedToo := map[string]string{
		"轉人工": "转人工", "請幫我轉接人工客服": "请帮我转接人工客服", "我要投訴": "我要投诉", "叫你們經理來": "叫你们经理来",
		"不用轉人工": "不用转人工", "投訴進度查詢": "投诉进度查询", "人工費多少錢": "人工费多少钱", "轉帳多久到": "转账多久到",
	}
	for traditional, plain := range simplifiedToo {
		if a, b := Read(traditional), Read(plain); a != b {
			t.Errorf("%s: %s, but %s: %s", traditional, a, plain, b)
		}
	}
}

func TestSimplifiedListsMatch(t *testing.T) {
	if a, b := utf8.RuneCountInString(traditional), utf8.RuneCountInString(plain); a != b {
		t.Fatalf("%d traditional characters, %d simplified", a, b)
	}
}

// The lexicon is looked up in folded text: an entry that folding changes could never match.
func TestLexiconIsFolded(t *testing.T) {
	for phrase := range words() {
		if got := string(fold(nil, phrase)); got != phrase {
			t.Errorf("%q folds to %q and is never found", phrase, got)
		}
	}
}

func TestReadOddInput(t *testing.T) {
	for _, text := range []string{"", " ", "\xff\xfe", "\xe8\xbd", "。", "?!", "\x00", "\u200b", strings.Repeat("\xe4", 999), strings.Repeat("转", 9999), strings.Repeat("a ", 9999)} {
		if got := Read(text); got == Ask && !strings.HasPrefix(text, "转") {
			t.Errorf("%q: got %s", shorten(text), got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range cases(f, "dev") {
		f.Add(c.text)
	}
	f.Add("\xe8\xbd\xac\xff人工")
	f.Fuzz(func(t *testing.T, text string) {
		got := Read(text)
		if got != Ask && got != Offer && got != None {
			t.Fatalf("%q: label %q", text, got)
		}
		if again := Read(text); again != got {
			t.Fatalf("%q: %s, then %s", text, got, again)
		}
		if !utf8.ValidString(text) {
			return
		}
		if hidden := Read(between(text, "\u200b")); got == Ask && hidden != Ask && !strings.Contains(text, ".") {
			t.Fatalf("%q: %s, with zero-width marks %s", text, got, hidden)
		}
	})
}

func between(s, gap string) string {
	return strings.Join(strings.Split(s, ""), gap)
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 0x7F {
			return r + 0xFEE0
		}
		return r
	}, s)
}

func shorten(s string) string {
	return s[:min(len(s), 60)]
}
