package pagetest

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	deskapi "github.com/zhida-project/zhida/shared/desk"
)

// TestTheDeskCountsAsPhonesDo goes by what is published, with the source of each.
func TestTheDeskCountsAsPhonesDo(t *testing.T) {
	t.Parallel()
	p := open(t, browser(t), start(t).base+"/desk/", desktop)
	eval[bool](p, `(import('/web/desk/segments.js').then((module) => Object.assign(window, module)), true)`)
	p.wait("the module is there", `window.plain`)
	for file, wrong := range map[string]string{
		"segments.json": `count(c.text).encoding !== c.encoding || count(c.text).units !== c.units || count(c.text).parts !== c.parts ||
			count(c.text).used > count(c.text).room || (c.parts > 0) !== (count(c.text).used > 0)`,
		"plain.json": `plain(c.text) !== c.plain`,
	} {
		cases, err := os.ReadFile("testdata/sms/" + file)
		if err != nil {
			t.Fatal(err)
		}
		var all []any
		if err := json.Unmarshal(cases, &all); err != nil || len(all) < 5 {
			t.Fatalf("%s has %d cases: %v", file, len(all), err)
		}
		for _, text := range eval[[]string](p, `(`+string(cases)+`).filter((c) => `+wrong+`).map((c) => JSON.stringify(c))`) {
			t.Errorf("%s: %s is counted otherwise", file, text)
		}
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
