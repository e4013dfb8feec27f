package pagetest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/connectors/sms"
	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	deskapi "github.com/zhida-project/zhida/shared/desk"
)

// counting opens a page that has the desk's modules for counting at hand.
func counting(t *testing.T) *page {
	t.Helper()
	p := open(t, browser(t), start(t).base+"/desk/", desktop)
	eval[bool](p, `(Promise.all(['segments', 'count-line'].map((m) => import('/web/desk/' + m + '.js'))).then((all) => Object.assign(window, ...all)), true)`)
	p.wait("the modules are there", `window.plain && window.labelOf`)
	return p
}

// smsCases reads a file of the connector's cases.
func smsCases(t *testing.T, name string, into any) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "connectors", "sms", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestTheDeskCountsAsTheConnectorDoes goes by the cases by which the connector counts.
func TestTheDeskCountsAsTheConnectorDoes(t *testing.T) {
	t.Parallel()
	p := counting(t)
	for file, wrong := range map[string]string{
		"segments.json": `count(c.text).encoding !== c.encoding || count(c.text).units !== c.units || count(c.text).parts !== c.parts ||
			count(c.text).used > count(c.text).room || (c.parts > 0) !== (count(c.text).used > 0)`,
		"plain.json": `plain(c.text) !== c.plain`,
	} {
		var all []any
		cases := smsCases(t, file, &all)
		if len(all) < 20 {
			t.Errorf("%s has %d cases", file, len(all))
		}
		for _, text := range eval[[]string](p, `(`+string(cases)+`).filter((c) => `+wrong+`).map((c) => JSON.stringify(c))`) {
			t.Errorf("%s: %s is counted otherwise", file, text)
		}
	}
}

// characters are what becomes of each by itself.
type characters struct {
	Units map[string]string // those of GSM's alphabet, by how many units they are
	Plain map[string]string // what look-alikes become
}

// TestTheDeskKnowsTheSameCharacters asks the connector and the desk of each that one unit of UTF-16 holds.
func TestTheDeskKnowsTheSameCharacters(t *testing.T) {
	t.Parallel()
	want := characters{map[string]string{}, map[string]string{}}
	for r := rune(0); r <= 0xFFFF; r++ {
		if utf16.IsSurrogate(r) {
			continue
		}
		text := string(r)
		if size := sms.Count(text); size.Encoding == sms.GSM {
			want.Units[strconv.Itoa(size.Units)] += text
		}
		if plain := sms.Plain(text); plain != text {
			want.Plain[text] = plain
		}
	}
	got := eval[characters](counting(t), `(() => {
		const all = {Units: {}, Plain: {}};
		for (let code = 0; code <= 0xffff; code++) {
			if (code >= 0xd800 && code <= 0xdfff) continue;
			const text = String.fromCharCode(code), {encoding, units} = count(text);
			if (encoding === 'GSM-7') all.Units[units] = (all.Units[units] ?? '') + text;
			if (plain(text) !== text) all.Plain[text] = plain(text);
		}
		return all;
	})()`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-connector +desk):\n%s", diff)
	}
}

// TestTheDeskCountsWhatGoesOut: who speaks stands before it as the connector puts it there.
func TestTheDeskCountsWhatGoesOut(t *testing.T) {
	t.Parallel()
	p := counting(t)
	cases, err := filepath.Glob(filepath.Join("..", "..", "connectors", "sms", "testdata", "outbound", "*", "message.json"))
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, file := range cases {
		var out channel.Outbound
		name := filepath.Join("outbound", filepath.Base(filepath.Dir(file)))
		smsCases(t, filepath.Join(name, "message.json"), &out)
		m := out.Message
		if m.Author != conversation.Person || len(m.MediaParts()) > 0 || m.Way {
			continue
		}
		looked++
		var want struct {
			Calls []struct {
				Body struct{ MessageBody string } `json:"body"`
			} `json:"calls"`
		}
		smsCases(t, filepath.Join(name, "want.json"), &want)
		got := eval[string](p, fmt.Sprintf(`plain(labelOf({names: {en: %s}}, %s) + %s)`, quote(m.Name), quote(string(out.Language)), quote(m.Words())))
		if got != want.Calls[0].Body.MessageBody {
			t.Errorf("%s goes out as %q, and the desk counts %q", name, want.Calls[0].Body.MessageBody, got)
		}
	}
	if looked == 0 {
		t.Error("nothing that a person wrote goes out")
	}
}

// TestWhatAReplyCosts: while somebody types, with who speaks before it in the customer's
// language. A screen reader hears of it only once it takes another message.
func TestWhatAReplyCosts(t *testing.T) {
	t.Parallel()
	g := guardOn(t, deskapi.Channel{MaxText: 1000, Counting: &deskapi.Counting{Price: "0.00883", Currency: "USD"}})
	g.language, g.issuer.People["lin"]["name"] = conversation.English, "Lin"
	g.asks("find me a person")
	p := open(t, browser(t), g.page, desktop)
	p.clocked()
	p.signs("lin")
	p.click("", "claim")
	p.wait("nothing is counted before anything is written", `clickable("", "reply", 0) && texts("", "count").length === 0`)
	two := strings.Repeat("a", 148)
	for _, c := range []struct{ language, text, want string }{
		{"en", "OK", "1 SMS · 15/160 of the last · plain characters (GSM-7) · about $0.0088 · with “Person, Lin:” before it"},
		{"en", "  “OK”…\n", "1 SMS · 20/160 of the last · plain characters (GSM-7) · about $0.0088 · with “Person, Lin:” before it"},
		{"en", "好", "1 SMS · 14/70 of the last · Chinese or special characters: only 70 fit in each (UCS-2) · about $0.0088 · with “Person, Lin:” before it"},
		{"zh-CN", two + "好", "3 条短信 · 末条 28/67 · 因含中文或特殊字符，每条只能容 67 字（UCS-2） · 约 US$0.026 · 含开头的“Person, Lin:”"},
		{"zh-CN", strings.Repeat("好", 630-len("Person, Lin: ")), "10 条短信 · 末条 27/67 · 因含中文或特殊字符，每条只能容 67 字（UCS-2） · 约 US$0.088 · 含开头的“Person, Lin:”"},
		{"zh-CN", strings.Repeat("好", 631-len("Person, Lin: ")), "约 10 条短信，文字长，分几次发 · 因含中文或特殊字符，每条只能容 67 字（UCS-2） · 约 US$0.088 · 含开头的“Person, Lin:”"},
		{"en", strings.Repeat("好", 1_000), "about 16 SMS, as a long text goes in several · Chinese or special characters: only 67 fit in each (UCS-2) · about $0.14 · with “Person, Lin:” before it"},
		{"zh-CN", two, "2 条短信 · 末条 8/153 · 普通字符（GSM-7） · 约 US$0.018 · 含开头的“Person, Lin:”"},
	} {
		p.speaks(c.language)
		p.types(c.text)
		if got := eval[[]string](p, `texts("", "count")`); !slices.Equal(got, []string{c.want}) {
			t.Errorf("%q costs %q, want %q", c.text, got, c.want)
		}
	}
	const said = `all("", "count-said")[0].textContent`
	if live := eval[bool](p, `Boolean(all("", "count")[0].closest("[aria-live], [role=status], [role=log]"))`); live || eval[string](p, said) != "" {
		t.Errorf("at each key a screen reader hears of it: %t, %q", live, eval[string](p, said))
	}
	p.pass(2 * time.Second)
	p.wait("that it takes two is said", said+`.startsWith("2 条短信 · 末条 8/153")`)
	p.types(two + "a")
	p.pass(2 * time.Second)
	if now := eval[string](p, said); !strings.Contains(now, "8/153") {
		t.Errorf("of another letter it is said: %q", now)
	}
	p.accessible("zh", axe(t), looks)
	p.speaks("en")
	p.accessible("en", axe(t), looks)
	p.types("")
	p.wait("nothing is counted of nothing", `texts("", "count").length === 0`)
	p.pass(2 * time.Second)
	p.wait("nor said", said+` === ""`)
	p.silent()
}

// TestWhatAReplyCostsIsNotKnown: without a price the parts alone are told, and to a customer
// whose language is not known we speak Chinese.
func TestWhatAReplyCostsIsNotKnown(t *testing.T) {
	t.Parallel()
	g := guardOn(t, deskapi.Channel{MaxText: 1000, Counting: &deskapi.Counting{}})
	g.asks("找个活人")
	p := open(t, browser(t), g.page, phone)
	p.signs("lin")
	p.speaks("zh-CN")
	p.click("", "claim")
	p.types("好的")
	p.has("", "count", "1 条短信 · 末条 12/70 · 因含中文或特殊字符，每条只能容 70 字（UCS-2） · 含开头的“人工·坐席 lin：”")
	p.silent()
}
