package outbound_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/channel"
	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/store"
)

// crossed is a store whose customer does something before something is paid for the first time.
type crossed struct {
	store.Store
	meanwhile func()
}

func (s *crossed) Spend(ctx context.Context, id conversation.ID, granted conversation.Key, n int) (conversation.Allowance, error) {
	if do := s.meanwhile; do != nil {
		s.meanwhile = nil
		do()
	}
	return s.Store.Spend(ctx, id, granted, n)
}

// TestACustomerWhoWritesMeanwhileIsPaidFromTheirNewAllowance, and nothing is sent that was not paid for.
func TestACustomerWhoWritesMeanwhileIsPaidFromTheirNewAllowance(t *testing.T) {
	r := openRoom(t).withPerson()
	whole := r.store
	r.person("a")
	r.rewire(&crossed{whole, r.customer}, r.phone)
	r.ring()
	r.want("a", sent)
	r.wantLeft(4)
}

// TestAChangedConfigurationLosesNoEnd: what was cut into three pieces is one by now.
func TestAChangedConfigurationLosesNoEnd(t *testing.T) {
	r := openRoom(t).withPerson()
	r.phone.answers = []answer{{}, {}, {err: fault.New(fault.ProviderBusy, "x", "")}}
	r.person("aaaaaaaaaabbbbbbbbbbcc")
	r.ring()
	r.want("aaaaaaaaaa bbbbbbbbbb", pending)
	r.phone.carries = 100
	r.phone.calls = nil
	r.ring()
	r.want("aaaaaaaaaabbbbbbbbbbcc", sent)
}

// written counts the outcomes that are written.
type written struct {
	store.Store
	outcomes int
}

func (s *written) Outcome(ctx context.Context, o store.Outcome) (bool, error) {
	s.outcomes++
	return s.Store.Outcome(ctx, o)
}

func TestWhatIsHeldAlreadyIsNotWrittenAgain(t *testing.T) {
	r := openRoom(t).withPerson()
	r.clock.Advance(48 * time.Hour)
	r.person("a")
	r.ring()
	s := &written{Store: r.store}
	r.rewire(s, r.phone)
	for range 3 {
		r.ring()
	}
	r.want("", held)
	if s.outcomes != 0 {
		t.Errorf("%d outcomes were written", s.outcomes)
	}
}

func TestTheWindowClosesToTheMoment(t *testing.T) {
	for early, want := range map[time.Duration]conversation.Delivery{time.Millisecond: sent, 0: held} {
		r := openRoom(t).withPerson()
		r.person("a")
		r.clock.Advance(r.state().Allowance.Until.Sub(r.clock.Now()) - early)
		r.ring()
		r.want(map[conversation.Delivery]string{sent: "a"}[want], want)
	}
}

// TestNothingIsSpentOnNoticesThatAPersonsWordsCannotFollow: apart, they need three calls, and two are left.
func TestNothingIsSpentOnNoticesThatAPersonsWordsCannotFollow(t *testing.T) {
	r := openRoom(t).withPerson()
	for range 3 {
		r.person("0000000000")
		r.ring()
	}
	r.phone.calls = nil
	r.bot("a")
	r.bot("b")
	r.person("c")
	r.phone.answers = []answer{{err: fault.New(fault.ProviderRefused, "x", "")}}
	r.ring()
	r.want("", sent, sent, sent, held, held, held)
	r.wantLeft(2)
}

// TestAnAnswerUnderWayIsLookedAtInTime, though what stands before it is held for longer.
func TestAnAnswerUnderWayIsLookedAtInTime(t *testing.T) {
	r := openRoom(t)
	r.clock.Advance(48 * time.Hour)
	r.bot("a")
	r.say(conversation.Message{Author: conversation.Bot, Parts: conversation.TextParts("b"), Outcome: conversation.Outcome{
		Delivery: conversation.Attempting, Attempts: 1, Inline: true,
	}})
	r.ring()
	r.want("", held, conversation.Attempting)
	if due := r.dueIn(); due != 30*time.Second {
		t.Errorf("it is looked at again in %v", due)
	}
}

// TestASendUnderWayIsLeftAloneForAMinute: uploads take their time.
func TestASendUnderWayIsLeftAloneForAMinute(t *testing.T) {
	r := openRoom(t)
	r.say(conversation.Message{Author: conversation.Bot, Parts: conversation.TextParts("a"), Outcome: conversation.Outcome{
		Delivery: conversation.Attempting, Attempts: 1,
	}})
	r.clock.Advance(time.Minute - time.Millisecond)
	r.ring()
	r.want("", conversation.Attempting)
	r.clock.Advance(time.Millisecond)
	r.ring()
	r.want("", unknown)
}

// TestEveryNoToWordsIsOneToThemAlone: the call that many share is made again apart.
func TestEveryNoToWordsIsOneToThemAlone(t *testing.T) {
	for _, code := range []fault.Code{fault.ProviderRefused, fault.TextTooLong, fault.BadText} {
		r := openRoom(t).withPerson()
		no := answer{err: fault.New(code, "x", "")}
		r.phone.answers = []answer{no, no}
		r.person("a")
		r.person("b")
		r.ring()
		r.want("b", refused, sent)
	}
}

// wordy is a phone whose own words are longer in one language.
type wordy struct{ *phone }

func (w wordy) Fits(out channel.Outbound) bool {
	if out.Language == conversation.English {
		out.Message.Parts = append(conversation.TextParts("1234"), out.Message.Parts...)
	}
	return w.phone.Fits(out)
}

// TestACutHoldsInEitherLanguage, as customers change theirs between two pieces.
func TestACutHoldsInEitherLanguage(t *testing.T) {
	r := openRoom(t).withPerson()
	r.rewire(r.store, wordy{r.phone})
	r.person("aaaaabbbbb")
	r.ring()
	r.want("aaaaa bbbbb", sent)
}

func TestALongTextBeforeAPictureIsCutToo(t *testing.T) {
	r := openRoom(t).withPerson()
	r.say(conversation.Message{Author: conversation.Person, Parts: []conversation.Part{
		{Kind: conversation.Text, Text: strings.Repeat("a", carries) + "b"}, {Kind: conversation.Image, Media: conversation.Media{Name: "p"}},
	}})
	r.ring()
	r.want(fmt.Sprint(strings.Repeat("a", carries), " b [图片] p"), sent)
}
