package pagetest

import (
	"fmt"
	"testing"
)

// goesWrong has something go wrong next, and waits until the phone says so.
func (p *page) goesWrong(what, says string) {
	p.Helper()
	p.click("", "sms-faults")
	p.click("", "sms-"+what)
	p.has("", "sms-note", says)
}

// TestSMSGoesWrong: the agent is told what is known of each of their messages, and what never arrived is
// paid all the same.
func TestSMSGoesWrong(t *testing.T) {
	t.Parallel()
	p := openSMS(t, start(t), desktop)
	p.taps("human")
	p.got("company", "number 3")
	p.takes()
	p.got("company", "Lin")

	p.goesWrong("unanswered", "never says so")
	p.write(desk, "reply", "Is it the blue one?")
	p.has(desk, "message", "The channel did not answer: it may have arrived or not.")
	p.got("company", "Is it the blue one?")
	p.shot("unknown")

	p.goesWrong("off", "the phone is off")
	p.write(desk, "reply", "It leaves today.")
	p.has(desk, "message", "It leaves today.")
	p.wait("it is sent, as far as anybody knows", `all("iframe", "message").at(-1).textContent.includes("Sent")`)
	p.has("", "sms-lost", "1 part · $0.0088, paid all the same")
	p.has(desk, "message", "Not delivered")
	if eval[bool](p, `shows("", "sms-message", "It leaves today.")`) {
		t.Error("the phone is off, and shows it")
	}
	p.shot("lost")

	p.goesWrong("twice", "delivers them twice")
	p.write("", "sms-input", "the green one, please")
	p.has(desk, "message", "the green one")
	p.write(desk, "reply", "Noted.")
	p.got("company", "Noted.")
	if n := eval[int](p, `texts("iframe", "message").filter((m) => m.includes("the green one")).length`); n != 1 {
		t.Errorf("the agent sees it %d times", n)
	}
	p.click("", "lang")
	p.has("", "sms-lost", "照付")
	p.has("", "sms-note", "关机")
	p.silent()
}

// TestSMSBeginsAnew when the server is started again: the phone is another, and its place in line the same.
func TestSMSBeginsAnew(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := openSMS(t, b, phone)
	p.taps("human")
	p.got("company", "number 3")
	b.restart()
	p.has("", "sms-note", "started again")
	p.taps("how long")
	p.got("company", "number 3")
	p.click("", "new-customer")
	p.wait("somebody else has another phone", `all("", "sms-message").length === 0 && !shows("", "sms-note", "again")`)
	p.click("", "wording")
	p.got("company", "number 4")
}

func TestSMSIsAccessible(t *testing.T) {
	t.Parallel()
	script := axe(t)
	for _, v := range []view{phone, {1440, 900, true}} {
		p := openSMS(t, start(t), v)
		examine := func(state string) {
			for language := range 2 {
				p.wait("colours have changed", `!document.getAnimations().some((a) => a instanceof CSSTransition)`)
				for _, found := range p.findings(script) {
					t.Errorf("%s, %d wide: %s", state, v.width, found)
				}
				p.shot(fmt.Sprintf("%d-%d-%s", v.width, language, state))
				p.click("", "lang")
			}
		}
		examine("1 open")
		p.click("", "sms-faults")
		examine("2 what can go wrong")
		p.click("", "sms-off")
		p.taps("human")
		p.has("", "sms-lost", "part")
		p.taps("0")
		p.taps("STOP")
		p.wait("AWS answers", `all("", "sms-message").at(-1).dataset.who === 'aws'`)
		examine("3 stopped")
		p.media("forced-colors", "active")
		examine("4 forced colours")
		if wide := eval[float64](p, `document.querySelector('.sms').scrollWidth`); wide > eval[float64](p, `document.querySelector('.sms').clientWidth`) {
			t.Errorf("the phone's page is %.0f px wide", wide)
		}
	}
}

// TestSMSByKeyboard: Tab reaches all of it in the order in which it is read, and nothing loses the focus.
func TestSMSByKeyboard(t *testing.T) {
	t.Parallel()
	p := openSMS(t, start(t), desktop)
	eval[bool](p, `(all("", "phone-sms")[0].focus(), true)`)
	reaches := func(names ...string) {
		t.Helper()
		for _, want := range names {
			if p.tab(); p.focused() != want {
				t.Fatalf("Tab reaches %s, want %s", p.focused(), want)
			}
		}
	}
	reaches("sms-number", "sms-number")
	p.enter()
	p.has("", "sms-lead", "Zhida answers")
	reaches("sms-log", "sms-word", "sms-word")
	p.enter()
	p.got("company", "number 3")
	reaches("sms-word", "sms-word", "sms-word", "sms-word", "sms-input", "sms-send", "sms-faults")
	p.enter()
	reaches("sms-unanswered", "sms-off")
	p.enter()
	p.has("", "sms-note", "the phone is off")
	p.wait("the focus is where it began", `nameOf(active()) === 'sms-faults' && !document.querySelector('.sm-faults').open`)
	p.silent()
}
