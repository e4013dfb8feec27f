package outbound_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbound"
)

const held = conversation.Held

func TestABurstIsOneCall(t *testing.T) {
	r := openRoom(t)
	for _, text := range []string{"aaaa", "bbbb", "cc", "dddd"} {
		r.bot(text)
	}
	r.ring()
	r.want("aaaa+bbbb+cc dddd", sent, sent, sent, sent)
	r.wantLeft(3)
}

func TestTheSixthWaitsForTheCustomersNextWord(t *testing.T) {
	r := openRoom(t).withPerson()
	var keys []conversation.Key
	for _, letter := range "abcdefg" {
		keys = append(keys, r.person(strings.Repeat(string(letter), carries)))
		r.ring()
	}
	five := "aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee"
	r.want(five, sent, sent, sent, sent, sent, held, held)
	r.wantLeft(0)
	if o := r.outcome(keys[5]); o.Code != string(fault.AllowanceSpent) || o.Hint == "" || o.Attempts != 0 {
		t.Errorf("the agent is told %+v", o)
	}
	if due := r.dueIn(); due != 24*time.Hour {
		t.Errorf("it is looked at again in %v", due)
	}
	r.customer()
	r.ring()
	r.want(five+" ffffffffff gggggggggg", sent, sent, sent, sent, sent, sent, sent)
	r.wantLeft(3)
	if due := r.dueIn(); due != -1 {
		t.Errorf("something is due in %v", due)
	}
}

func TestTheWindowCloses(t *testing.T) {
	r := openRoom(t).withPerson()
	r.clock.Advance(48 * time.Hour)
	key := r.person("late")
	r.ring()
	r.want("", held)
	if o := r.outcome(key); o.Code != string(fault.WindowClosed) {
		t.Errorf("the agent is told %+v", o)
	}
}

func TestTheReserveIsForPeople(t *testing.T) {
	r := openRoom(t)
	r.happens(conversation.Event{Kind: conversation.Asked})
	for _, letter := range "abcd" {
		r.bot(strings.Repeat(string(letter), carries-1))
		r.ring()
	}
	r.want("aaaaaaaaa bbbbbbbbb ccccccccc", sent, sent, sent, held)
	r.happens(conversation.Event{Kind: conversation.Claimed})
	r.person("x")
	r.person("y")
	r.ring()
	r.want("aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd+x y", sent, sent, sent, sent, sent, sent)
	r.wantLeft(0)
}

func TestWhatDoesNotFitBeforeAPersonsWords(t *testing.T) {
	for left, want := range map[int]string{2: "dddddddddd xxxxxxxxxx", 1: ""} {
		r := openRoom(t).withPerson()
		for range five - left {
			r.person("0000000000")
			r.ring()
		}
		r.phone.calls = nil
		r.bot("dddddddddd")
		r.ring()
		r.person("xxxxxxxxxx")
		r.ring()
		if got := strings.Join(r.phone.calls, " "); got != want {
			t.Errorf("with %d left went %q, want %q", left, got, want)
		}
	}
}

func TestWithoutATicketNothingIsReserved(t *testing.T) {
	r := openRoom(t)
	for _, letter := range "abcdef" {
		r.bot(strings.Repeat(string(letter), carries))
	}
	r.ring()
	r.want("aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee", sent, sent, sent, sent, sent, held)
}

// TestManyNoticesHideNoPerson: what is held is more than is read at a time.
func TestManyNoticesHideNoPerson(t *testing.T) {
	r := openRoom(t).withPerson()
	for range 3 {
		r.person("0000000000")
	}
	r.ring()
	r.phone.calls = nil
	for range 60 {
		r.bot("")
	}
	r.ring()
	r.person("x")
	r.ring()
	if got := strings.Join(r.phone.calls, " "); got != strings.Repeat("+", 60)+"x" {
		t.Errorf("went %q", got)
	}
}

func TestALongTextGoesOnWhereItStopped(t *testing.T) {
	r := openRoom(t).withPerson()
	long := r.say(conversation.Message{Author: conversation.Person, Way: true, Parts: conversation.TextParts("one two three four five six seven eight nine ten eleven twelve")})
	next := r.person("x")
	r.ring()
	const first = "one two three four five six seven eight nine"
	r.want(first, held, held)
	if o := r.outcome(long); o.Gone != five || o.Attempts != five {
		t.Errorf("%+v", o)
	}
	if o := r.outcome(next); o.Gone != 0 || o.Attempts != 0 {
		t.Errorf("%+v", o)
	}
	r.customer()
	r.ring()
	r.want(first+" ten eleven twelve^+x", sent, sent)
	if o := r.outcome(long); o.Gone != 7 {
		t.Errorf("%+v", o)
	}
}

func TestABusyProviderGetsThePieceAgain(t *testing.T) {
	r := openRoom(t).withPerson()
	r.phone.answers = []answer{{}, {err: fault.New(fault.ProviderBusy, "x", "")}}
	r.person("aaaaaaaaaabbbb")
	r.ring()
	r.want("aaaaaaaaaa", pending)
	r.wantLeft(4)
	if due := r.dueIn(); due != 5*time.Second {
		t.Errorf("it is parked for %v", due)
	}
	r.ring()
	r.want("aaaaaaaaaa bbbb", sent)
	r.wantLeft(3)
}

func TestWhatIsGivenBack(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		is   conversation.Delivery
		left int
	}{
		"busy":                       {fault.New(fault.ProviderBusy, "x", ""), pending, 5},
		"our credentials":            {fault.New(fault.ProviderAuth, "x", ""), pending, 5},
		"refused":                    {fault.New(fault.ProviderRefused, "x", ""), refused, 5},
		"gone":                       {fault.New(fault.RecipientGone, "x", ""), refused, 5},
		"uncertain":                  {fault.New(fault.Uncertain, "x", ""), unknown, 4},
		"the provider counts others": {fault.New(fault.AllowanceSpent, "x", ""), held, 0},
		"the provider's window":      {fault.New(fault.WindowClosed, "x", "or unfollowed"), held, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := openRoom(t).withPerson()
			r.phone.answers = []answer{{err: c.err}}
			key := r.person("a")
			r.ring()
			r.want("", c.is)
			r.wantLeft(c.left)
			if o := r.outcome(key); o.Code != string(fault.CodeOf(c.err)) || o.Attempts != 1 {
				t.Errorf("the agent is told %+v", o)
			}
		})
	}
}

// TestNobodyIsRefusedForAnother: of a common call that is refused, each goes by itself.
func TestNobodyIsRefusedForAnother(t *testing.T) {
	r := openRoom(t).withPerson()
	no := answer{err: fault.New(fault.ProviderRefused, "x", "")}
	r.phone.answers = []answer{no, {}, no}
	for _, text := range []string{"a", "b", "c"} {
		r.person(text)
	}
	r.ring()
	r.want("a c", sent, refused, sent)
	r.wantLeft(3)
}

// TestNothingFollowsAGap: what comes behind a piece that did not arrive, or may not have,
// would read as if nothing were missing.
func TestNothingFollowsAGap(t *testing.T) {
	for code, is := range map[fault.Code]conversation.Delivery{fault.Uncertain: unknown, fault.ProviderRefused: refused} {
		r := openRoom(t).withPerson()
		r.phone.answers = []answer{{}, {err: fault.New(code, "x", "")}}
		key := r.person("aaaaaaaaaabbbbbbbbbbccccc")
		r.person("x")
		r.ring()
		r.want("aaaaaaaaaa x", is, sent)
		if o := r.outcome(key); o.Gone != 1 {
			t.Errorf("%s: %+v", code, o)
		}
	}
}

func TestMediaGoAlone(t *testing.T) {
	r := openRoom(t).withPerson()
	picture := conversation.Part{Kind: conversation.Image, Media: conversation.Media{Name: "p"}}
	key := r.say(conversation.Message{Author: conversation.Person, Parts: []conversation.Part{{Kind: conversation.Text, Text: "t"}, picture, picture}})
	r.person("x")
	r.ring()
	r.want("t [图片] p [图片] p x", sent, sent)
	if o := r.outcome(key); o.Gone != 3 {
		t.Errorf("%+v", o)
	}
}

// TestCardsGoWholeAndAlone: a card is never cut, however long, and never merged; the way
// to a person stays with the words beside it (promise P2), and with the card where there
// are none.
func TestCardsGoWholeAndAlone(t *testing.T) {
	card := conversation.Part{Kind: conversation.Link, Card: conversation.Card{Title: "much.longer.than.a.call", URL: "u"}}
	text := func(s string) conversation.Part { return conversation.Part{Kind: conversation.Text, Text: s} }
	for _, c := range []struct {
		parts []conversation.Part
		want  string
	}{
		{[]conversation.Part{text("t"), card}, "t^ much.longer.than.a.call\nu x"},
		{[]conversation.Part{card, text("t")}, "much.longer.than.a.call\nu t^+x"},
		{[]conversation.Part{card}, "much.longer.than.a.call\nu^ x"},
		{[]conversation.Part{text("123456789a"), card}, "123456789 a^ much.longer.than.a.call\nu x"},
	} {
		r := openRoom(t)
		r.say(conversation.Message{Author: conversation.Bot, Parts: c.parts, Way: true})
		r.bot("x")
		r.ring()
		r.want(c.want, sent, sent)
	}
}

func TestAnAnswerThatWasNotGivenInline(t *testing.T) {
	r := openRoom(t)
	key := r.say(conversation.Message{Author: conversation.Bot, Parts: conversation.TextParts("a"), Outcome: conversation.Outcome{
		Delivery: conversation.Attempting, Attempts: 1, Inline: true,
	}})
	r.bot("b")
	r.ring()
	r.want("", conversation.Attempting, pending)
	if due := r.dueIn(); due != 29*time.Second { // say passes a second
		t.Errorf("it is looked at again in %v", due)
	}
	r.clock.Advance(29 * time.Second)
	r.ring()
	r.want("a+b", sent, sent)
	if o := r.outcome(key); o.Inline || o.Attempts != 2 {
		t.Errorf("%+v", o)
	}
}

func TestACutTextIsNotCutWhereItHurts(t *testing.T) {
	const accent = "\u0301"
	family := "👨‍👩‍👧‍👦"
	for text, want := range map[string]string{
		"a\nbcdefghijkl":                             "a\nbcdefghi jkl", // at the line's end it would take a call more
		"abcd\nefghij":                               "abcd efghij",
		"abcd\nefghijklm":                            "abcd efghijklm",
		"您好。请稍等我看一看。好":                               "您好。 请稍等我看一看。好",
		"hello worldwide":                            "hello worldwide",
		"abcdefgh" + family + "z":                    "abcdefgh " + family + "z",
		"e" + strings.Repeat(accent, 25):             "e" + strings.Repeat(accent, 9) + " " + strings.Repeat(accent, 10) + " " + strings.Repeat(accent, 6),
		"0123456789" + strings.Repeat(" ", 20) + "x": "0123456789 x",
	} {
		r := openRoom(t).withPerson()
		r.person(text)
		r.ring()
		if got := strings.Join(r.phone.calls, " "); got != want {
			t.Errorf("%q went as %q, want %q", text, got, want)
		}
	}
}

func TestWithoutALimitNothingIsSpentOrHeld(t *testing.T) {
	r := openRoom(t).withPerson()
	r.phone.info.Limited = false
	r.rewire(r.store, r.phone)
	for i := range 2 * five {
		r.person(fmt.Sprint(i, "........."))
	}
	r.ring()
	if len(r.phone.calls) != 2*five {
		t.Errorf("went %v", r.phone.calls)
	}
	r.wantLeft(five)
}

func TestAChannelThatBoundsItsCallsNeedsACutter(t *testing.T) {
	r := openRoom(t)
	_, err := outbound.New(outbound.Options{Store: r.store, Outbox: r.box, Connector: r.phone, Now: r.clock.Now, Log: slog.New(slog.DiscardHandler)})
	if !fault.Is(err, fault.Config) {
		t.Errorf("without one: %v", err)
	}
}

// TestACallTakesWhatIsBehindTheBatch that was read: it costs as much as one of less.
func TestACallTakesWhatIsBehindTheBatch(t *testing.T) {
	r := openRoom(t)
	r.phone.info.Limited = false
	r.rewire(r.store, r.phone)
	for range 51 { // three to a call, and fifty are read at a time
		r.bot("abc")
	}
	r.ring()
	if len(r.phone.calls) != 17 || r.phone.calls[16] != "abc+abc+abc" {
		t.Errorf("%d calls, the last of %s", len(r.phone.calls), r.phone.calls[len(r.phone.calls)-1])
	}
}
