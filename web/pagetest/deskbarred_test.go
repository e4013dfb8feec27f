package pagetest

import (
	"fmt"
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
	deskapi "github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/outbox"
)

// consents has the customer text a word of law, and the agents be told.
func (g *guarded) consents(word string, out bool) {
	g.Helper()
	c, key := g.writes(word)
	g.must(g.engines.Store.PutConsent(g.Context(), c.ID, conversation.Consent{Key: key, Out: out}))
	g.tells(c.ID, key)
}

// tells tells the agents of messages.
func (g *guarded) tells(id conversation.ID, keys ...conversation.Key) {
	g.Helper()
	g.must(g.agents.Tell(g.Context(), outbox.News{Conversation: id, Keys: keys}))
}

// types writes a text and sends nothing.
func (p *page) types(text string) {
	p.Helper()
	p.wait("there is something to write in", `clickable("", "reply", 0)`)
	eval[bool](p, fmt.Sprintf(`((r) => { r.focus(); r.value = %q; r.dispatchEvent(new Event("input")); return true; })(all("", "reply")[0])`, text))
}

// speaks has the desk speak a language.
func (p *page) speaks(language string) {
	p.Helper()
	if eval[string](p, "document.documentElement.lang") != language {
		eval[bool](p, `(document.querySelector(".bar .link").click(), true)`)
	}
	p.wait("it speaks "+language, fmt.Sprintf("document.documentElement.lang === %q", language))
}

// barred is whether nothing can be written: a text that stands there can still be copied.
const barred = `(all("", "reply")[0].readOnly && !all("", "reply")[0].disabled && all("", "send")[0].disabled && all("", "attach").every((el) => !visible(el)))`

// TestWhoDoesNotWantToBeWrittenTo: the agent is told at once, with what to do, what they were
// writing stays, and they go on when the customer takes it back.
func TestWhoDoesNotWantToBeWrittenTo(t *testing.T) {
	t.Parallel()
	g := guard(t)
	g.asks("找个活人")
	p := open(t, browser(t), g.page, desktop)
	p.signs("lin")
	p.speaks("zh-CN")
	p.click("", "claim")
	p.types("让我看一下")
	p.wait("it can be sent", `!`+barred+` && clickable("", "send", 0) && texts("", "barred").join("") === ""`)

	g.consents("STOP", true)
	p.has("", "barred", "这位顾客发了退订（STOP）：现在不能给 TA 发短信。")
	p.has("", "barred", "顾客回复 START")
	p.wait("nothing can be sent", barred)
	if kept, at := eval[string](p, `all("", "reply")[0].value`), p.focused(); kept != "让我看一下" || at != "reply" {
		t.Errorf("what was being written is %q, and %s has the focus", kept, at)
	}
	p.enter()
	script := axe(t)
	p.accessible("opted out", script, looks)
	p.speaks("en")
	p.has("", "barred", "This customer has texted STOP")
	p.has("", "barred", "as soon as they text START")
	p.accessible("opted out, en", script, looks)
	p.do(reload)
	p.connected()
	p.click("", "conversation")
	p.wait("nobody writes to them after a reload", barred+` && shows("", "barred", "STOP")`)

	g.consents("START", false)
	p.wait("it can be sent again", `!`+barred+` && !visible(all("", "barred")[0].firstElementChild ?? document.createElement("p"))`)
	p.write("", "reply", "您好，我是小林。")
	p.has("", "message", "您好，我是小林。")
	if n := eval[int](p, `texts("", "message").filter((m) => m.includes("让我看一下")).length`); n != 0 {
		t.Errorf("what could not be sent was said %d times", n)
	}
	p.silent()
}

// TestAWordThatCrossesAReply: who sends while STOP is on its way is told why it was not
// sent, and may send it once it is taken back.
func TestAWordThatCrossesAReply(t *testing.T) {
	t.Parallel()
	g := guard(t)
	id := g.asks("找个活人")
	p := open(t, browser(t), g.page, desktop)
	p.signs("lin")
	p.speaks("zh-CN")
	p.click("", "claim")
	p.wait("it can be written to", `clickable("", "reply", 0) && !`+barred)
	_, key := g.writes("STOP")
	g.must(g.engines.Store.PutConsent(t.Context(), id, conversation.Consent{Key: key, Out: true}))
	p.write("", "reply", "您好")
	p.has("", "message", "顾客发了退订（STOP），这条没有发出。请打电话，或换一个渠道联系。 (opted_out)")
	g.tells(id, key)
	p.wait("nothing can be sent", barred)
	p.shot("crossed")
	g.consents("START", false)
	p.wait("it can be sent again", "!"+barred)
	eval[bool](p, `(all("", "message").find((m) => m.textContent.includes("您好")).querySelector(".fate .link").click(), true)`)
	p.wait("it is said", `all("", "message").some((m) => m.dataset.key && m.textContent.includes("您好"))`)
	if n := eval[int](p, `texts("", "message").filter((m) => m.includes("您好")).length`); n != 1 {
		t.Errorf("it was said %d times", n)
	}
}

// TestWhereOnlyTemplatesGo: the agent is told before they type anything.
func TestWhereOnlyTemplatesGo(t *testing.T) {
	t.Parallel()
	g := guardOn(t, deskapi.Channel{MaxText: 70, Template: true, Counting: &deskapi.Counting{}})
	g.asks("找个活人")
	p := open(t, browser(t), g.page, desktop)
	p.signs("lin")
	p.click("", "claim")
	for language, want := range map[string]string{
		"zh-CN": "这个渠道只能发送事先审核过的模板：您写的内容发不出去。", "en": "This channel carries only texts that its provider approved before",
	} {
		p.speaks(language)
		p.has("", "barred", want)
		p.wait("nothing can be written", barred)
		p.accessible("templates "+language, axe(t), looks)
	}
	p.click("", "to-line")
	p.wait("it is passed on, and nothing stands in its way any more", `shows("", "dismiss", "") && all("", "barred")[0].textContent === ""`)
	p.silent()
}
