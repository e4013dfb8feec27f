package sms

import (
	"strings"
	"testing"
)

var (
	managed     = Number{Number: "+12125550101"}
	selfManaged = Number{Number: "+12125550101", SelfManaged: true}
	tollFree    = Number{Number: "+18005550101"}
	tollFreeOwn = Number{Number: "+18445550101", SelfManaged: true}
)

// said is what a text is to a number: the keyword, with a * where AWS or the carrier answers it.
func said(n Number, text string) string {
	word, answered := n.keyword(text, []string{"不要", "BASTA"})
	if answered {
		return string(word) + "*"
	}
	return string(word)
}

func TestKeywords(t *testing.T) {
	for _, c := range []struct{ text, managed, selfManaged string }{
		// What AWS has listed, alone.
		{"STOP", "stop*", "stop"}, {"stop", "stop*", "stop"}, {"Stop.", "stop*", "stop"}, {"STOP ALL", "stop*", "stop"},
		{"Arret", "stop*", "stop"}, {"cancel", "stop*", "stop"}, {"End", "stop*", "stop"}, {"opt-out", "stop*", "stop"}, {"optout", "stop*", "stop"},
		{"quit", "stop*", "stop"}, {"remove", "stop*", "stop"}, {"TD", "stop*", "stop"}, {"td", "stop*", "stop"}, {"unsubscribe!", "stop*", "stop"},
		{"HELP", "help*", "help"}, {"help?", "help*", "help"},

		// A sentence that begins with one, which AWS answers, too, and may take for an opt-out.
		{"stop sending me this", "", ""}, {"Cancel my order please", "", ""}, {"end of contract?", "", ""},
		{"STOP, I want a person", "", ""}, {"stop\nplease", "", ""}, {"Stop the delivery", "", ""}, {"TD Bank question", "", ""},
		{"End-to-end test", "", ""}, {"remove item 3", "", ""}, {"stop_it", "", ""}, {"HELP me, a person please", "", ""},

		// The line's words, and asks.
		{"stop waiting", "", ""}, {"help me", "", ""}, {"HELP ME!", "", ""}, {"help, I need a human", "", ""},
		{"取消排队", "", ""}, {"不等了", "", ""}, {"转人工", "", ""}, {"0", "", ""}, {"０", "", ""}, {"human", "", ""}, {"agent", "", ""}, {"a person, please", "", ""},
		{"please stop", "", ""}, {"don't stop", "", ""}, {"I want to cancel", "", ""},

		// Words that only begin like one.
		{"stopping the car", "", ""}, {"ending soon", "", ""}, {"helpful", "", ""}, {"removed it", "", ""}, {"stop吧", "", ""}, {"tdy", "", ""}, {"end2", "", ""},

		// Words of which AWS knows nothing.
		{"退订", "stop", "stop"}, {"停止", "stop", "stop"}, {"拒收", "stop", "stop"}, {"T", "stop", "stop"}, {"ｔ", "stop", "stop"}, {"回T", "", ""}, {" 退订。", "stop", "stop"},
		{"取消订阅", "stop", "stop"}, {"退訂", "stop", "stop"}, {"Revoke", "stop", "stop"}, {"stopall", "stop", "stop"}, {"STOP ALL!", "stop*", "stop"}, {"arrêt", "stop", "stop"}, {"opt out", "stop", "stop"},
		{"不要", "stop", "stop"}, {"Basta!", "stop", "stop"}, {"不要紧", "", ""}, {"停止排队", "", ""}, {"我要退订会员", "", ""},
		{"ＳＴＯＰ", "stop", "stop"}, {" STOP ", "stop*", "stop"}, {"“stop”", "stop", "stop"},
		{"START", "start*", "start"}, {"unstop", "start*", "start"}, {"Subscribe", "start", "start"}, {"resume", "start", "start"}, {"恢复", "start", "start"}, {"恢复订阅！", "start", "start"},
		{"start over", "", ""}, {"恢复出厂设置", "", ""}, {"info", "help", "help"}, {"aide", "help", "help"}, {"帮助", "help", "help"}, {"帮助我", "", ""}, {"information", "", ""},
		{"", "", ""}, {"!?", "", ""}, {"😡", "", ""}, {"\xff", "", ""},
	} {
		if got := said(managed, c.text); got != c.managed {
			t.Errorf("%q to a managed number: got %q, want %q", c.text, got, c.managed)
		}
		if got := said(selfManaged, c.text); got != c.selfManaged {
			t.Errorf("%q to a self-managed number: got %q, want %q", c.text, got, c.selfManaged)
		}
	}
}

// TestKeywordsOfTollFreeNumbers: STOP is the carrier's, whatever AWS is told, and the one word that it knows.
func TestKeywordsOfTollFreeNumbers(t *testing.T) {
	for _, c := range []struct{ text, managed, selfManaged string }{
		{"STOP", "stop*", "stop*"}, {"stop!", "stop*", "stop*"}, {"ＳＴＯＰ", "stop", "stop"}, {"s t o p", "stop", "stop"}, {"stop waiting", "", ""},
		{"CANCEL", "stop", "stop"}, {"cancel my order", "", ""}, {"退订", "stop", "stop"}, {"UNSTOP", "start*", "start*"}, {"help", "help*", "help"}, {"help me", "", ""},
	} {
		if got := said(tollFree, c.text); got != c.managed {
			t.Errorf("%q to a toll-free number: got %q, want %q", c.text, got, c.managed)
		}
		if got := said(tollFreeOwn, c.text); got != c.selfManaged {
			t.Errorf("%q to a self-managed toll-free number: got %q, want %q", c.text, got, c.selfManaged)
		}
	}
	for _, number := range []string{"+8005550101", "+4480055501010", "+180055501", "12345", "+12125550101", ""} {
		if (Number{Number: number}).tollFree() {
			t.Errorf("%s is toll-free", number)
		}
	}
}

func TestOwnWords(t *testing.T) {
	folded, wrong := own([]string{"Basta ya", "不要了", "!", "ＨＵＭＡＮ", "转人工", "0", "start", "help"})
	if strings.Join(folded, " ") != "BASTAYA 不要了" || len(wrong) != 6 {
		t.Errorf("got %q, %q", folded, wrong)
	}
}

// TestWordsAreFolded: the lists hold what fold makes of a text, or nobody finds it there.
func TestWordsAreFolded(t *testing.T) {
	for _, list := range [][]string{optOut, optIn, help, asks} {
		for _, word := range list {
			if fold(word) != word {
				t.Errorf("%q is not folded: %q", word, fold(word))
			}
		}
	}
	for _, word := range asks {
		if got := said(selfManaged, word); got != "" {
			t.Errorf("%q asks for a person, and is %q", word, got)
		}
	}
}

func TestNormal(t *testing.T) {
	for given, want := range map[string]string{
		"+14255550182": "+14255550182", "+1 (425) 555-0182": "+14255550182", "+44 20.7946.0958": "+442079460958", "+86 138 0013 8000": "+8613800138000",
		"12345": "12345", "123 45": "12345", "AMAZON": "AMAZON", "A-B C": "A-B C", "+0123456789": "+0123456789", "+123": "+123", "+1234567890123456": "+1234567890123456", "": "",
	} {
		if got := normal(given); got != want || normal(got) != got {
			t.Errorf("%q became %q, want %q", given, got, want)
		}
	}
}

func FuzzKeyword(f *testing.F) {
	for _, text := range []string{"STOP", "stop waiting", "退订", "ｈｅｌｐ", "\xffSTOP", "İ"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		word, answered := managed.keyword(text, nil)
		own, answeredOwn := selfManaged.keyword(text, nil)
		if answered && word == "" || answeredOwn || word != own || own != "" && fold(text) == "" {
			t.Fatalf("%+q: %s %v, %s", text, word, answered, own)
		}
	})
}
