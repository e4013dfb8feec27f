package platform_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"

	"github.com/zhida-project/zhida/connectors/sms/platform"
	"github.com/zhida-project/zhida/shared/fault"
)

// optedOutError reports whether a send was refused because of the list.
func optedOutError(err error) bool {
	var conflict *types.ConflictException
	return errors.As(err, &conflict) && conflict.Reason == types.ConflictExceptionReasonDestinationPhoneNumberOptedOut && statusOf(err) == http.StatusBadRequest
}

// TestWhatOptsOut of a managed number: the words of
// https://docs.aws.amazon.com/sms-voice/latest/userguide/opt-out-list-keywords.html, where a message begins with one.
func TestWhatOptsOut(t *testing.T) {
	for text, keyword := range map[string]string{
		"STOP": "STOP", "stop": "STOP", " Stop!": "STOP", "Stop sending me this": "STOP", "ARRET": "ARRET", "cancel my order": "CANCEL", "End.": "END",
		"OPT-OUT": "OPT-OUT", "optout": "OPTOUT", "quit": "QUIT", "Remove me": "REMOVE", "TD": "TD", "unsubscribe": "UNSUBSCRIBE",
		"please stop": "", "stopping by": "", "endless": "", "TD2": "", "opt": "", "退订": "", "START": "",
	} {
		w := newWorld(t, nil)
		w.writes(managed, text)
		want := keyword
		if want == "" {
			want = "KEYWORD_123456789012"
		}
		if got := w.hears(topic); len(got) != 1 || got[0].inbound.Keyword != want || got[0].inbound.Body != text {
			t.Errorf("%q is published as %+v", text, got)
		}
		_, err := w.sends(own, "hi", nil) // the list is the account's
		if out := w.p.Phone(phone).OptedOut(managed); out != (keyword != "") || optedOutError(err) != out || !out && err != nil {
			t.Errorf("%q: opted out %v, a send: %v", text, out, err)
		}
		if inbox := w.p.Phone(phone).Inbox(); keyword != "" && (len(inbox) != 1 || inbox[0].Who != platform.AWS || !strings.Contains(inbox[0].Text, "no further messages")) {
			t.Errorf("%q is answered %+v", text, inbox)
		}
	}
}

// TestHelp is answered, and opts nobody out.
func TestHelp(t *testing.T) {
	w := newWorld(t, nil)
	w.writes(managed, "help me")
	w.writes(tollFree, "HELP")
	w.writes(managed, "helpless")
	if got := w.inbox(); !slices.Equal(got, []string{"For assistance with your account, call (206) 555-0199.", "Call us."}) {
		t.Errorf("answered %q", got)
	}
	if got := w.hears(topic); len(got) != 3 || got[0].inbound.Keyword != "HELP" || got[2].inbound.Keyword != "KEYWORD_123456789012" || got[1].inbound.Previous != "" {
		t.Errorf("published %+v", got)
	}
	_, err := w.sends(managed, "hi", nil)
	w.must(err)
}

// TestTollFree: STOP is the only word that opts out there, and START or UNSTOP ends it where the company set it so.
func TestTollFree(t *testing.T) {
	w := newWorld(t, nil)
	w.writes(tollFree, "CANCEL")
	if w.p.Phone(phone).OptedOut(tollFree) {
		t.Error("CANCEL opts out of a toll-free number")
	}
	for _, again := range []string{"start", "UNSTOP"} {
		w.writes(tollFree, "stop")
		if _, err := w.sends(tollFree, "hi", nil); !optedOutError(err) {
			t.Errorf("after STOP: %v", err)
		}
		w.writes(tollFree, again)
		if _, err := w.sends(tollFree, "hi", nil); err != nil || w.p.Phone(phone).OptedOut(tollFree) {
			t.Errorf("after %s: %v", again, err)
		}
	}
	if inbox := w.inbox(); !slices.Contains(inbox, "Welcome back.") {
		t.Errorf("got %q", inbox)
	}
	w.writes(managed, "STOP")
	w.writes(managed, "START") // which is no keyword of that number
	if !w.p.Phone(phone).OptedOut(managed) {
		t.Error("START opts in without a keyword")
	}
}

// TestSelfManaged: AWS does nothing about HELP and STOP but to publish them.
func TestSelfManaged(t *testing.T) {
	w := newWorld(t, nil)
	for _, text := range []string{"STOP", "help", "START", "stop that"} {
		w.writes(own, text)
		if got := w.hears(topic); len(got) != 1 || got[0].inbound.Keyword != "KEYWORD_123456789012" {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if _, err := w.sends(own, "hi", nil); err != nil || len(w.inbox()) != 1 {
		t.Errorf("%v, %q", err, w.inbox())
	}
}

// TestSelfManagedTollFree: carriers stop messages, and the API takes them all the same.
func TestSelfManagedTollFree(t *testing.T) {
	w := newWorld(t, func(o *platform.Options) { o.Numbers = []platform.Number{{Number: tollFree, SelfManaged: true}} })
	w.writes(tollFree, "STOP")
	_, err := w.sends(tollFree, "hi", reported)
	w.must(err)
	w.passes(time.Second, time.Second)
	if got := w.heard(); !slices.Equal(got, []string{"TEXT_QUEUED", "TEXT_PENDING", "TEXT_CARRIER_BLOCKED"}) || len(w.inbox()) > 0 {
		t.Errorf("%v, %q", got, w.inbox())
	}
	w.writes(tollFree, "unstop")
	_, err = w.sends(tollFree, "hi", nil)
	w.must(err)
	if len(w.inbox()) != 1 {
		t.Error("it does not arrive")
	}
}

// TestKeepKeywords: the other reading of what managed numbers publish.
func TestKeepKeywords(t *testing.T) {
	w := newWorld(t, func(o *platform.Options) { o.Faults.KeepKeywords = true })
	for _, text := range []string{"STOP", "help"} {
		if d := w.writes(managed, text); d != nil {
			t.Errorf("%s is published", text)
		}
	}
	w.writes(tollFree, "start")
	w.writes(own, "STOP")
	if got := w.hears(topic); len(got) != 2 || got[0].inbound.Keyword != "START" {
		t.Errorf("published %+v", got)
	}
}

// TestOptOutList by the API.
func TestOptOutList(t *testing.T) {
	w := newWorld(t, nil)
	list, number := aws.String("Default"), aws.String(phone)
	_, err := w.sdk.DeleteOptedOutNumber(w.patience(), &pinpointsmsvoicev2.DeleteOptedOutNumberInput{OptOutListName: list, OptedOutNumber: number})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) || missing.ResourceType != types.ResourceTypeOptedOutNumber {
		t.Errorf("who is not on it: %v", err)
	}
	put, err := w.sdk.PutOptedOutNumber(w.patience(), &pinpointsmsvoicev2.PutOptedOutNumberInput{OptOutListName: list, OptedOutNumber: number})
	w.must(err)
	if put.EndUserOptedOut || !aws.ToTime(put.OptedOutTimestamp).Equal(start) || aws.ToString(put.OptOutListArn) != "arn:aws:sms-voice:us-west-2:123456789012:opt-out-list/Default" {
		t.Errorf("%+v", put)
	}
	if _, err := w.sends(own, "hi", nil); !optedOutError(err) {
		t.Errorf("%v", err)
	}
	if got := w.p.Violations(); len(got) != 1 { // who put it there knows
		t.Errorf("violations %+v", got)
	}
	shown, err := w.sdk.DescribeOptedOutNumbers(w.patience(), &pinpointsmsvoicev2.DescribeOptedOutNumbersInput{OptOutListName: put.OptOutListArn, OptedOutNumbers: []string{phone}})
	if err != nil || len(shown.OptedOutNumbers) != 1 || aws.ToString(shown.OptedOutNumbers[0].OptedOutNumber) != phone {
		t.Errorf("%+v, %v", shown, err)
	}
	remove := func() error {
		_, err := w.sdk.DeleteOptedOutNumber(w.patience(), &pinpointsmsvoicev2.DeleteOptedOutNumberInput{OptOutListName: list, OptedOutNumber: number})
		return err
	}
	w.must(remove())
	_, err = w.sends(own, "hi", nil)
	w.must(err)
	w.writes(managed, "STOP")
	var wrong *types.ValidationException
	if err := remove(); !errors.As(err, &wrong) || wrong.Reason != types.ValidationExceptionReasonPhoneNumberCannotBeOptedIn {
		t.Errorf("twice within 30 days: %v", err)
	}
	w.clock.Advance(30 * 24 * time.Hour)
	w.must(remove())
	for name, call := range map[string]func() error{
		"another list": func() error {
			_, err := w.sdk.PutOptedOutNumber(w.patience(), &pinpointsmsvoicev2.PutOptedOutNumberInput{OptOutListName: aws.String("Others"), OptedOutNumber: number})
			return err
		},
		"no number": func() error {
			_, err := w.sdk.PutOptedOutNumber(w.patience(), &pinpointsmsvoicev2.PutOptedOutNumberInput{OptOutListName: list, OptedOutNumber: aws.String("x")})
			return err
		},
		"nobody": func() error {
			_, err := w.sdk.DescribeOptedOutNumbers(w.patience(), &pinpointsmsvoicev2.DescribeOptedOutNumbersInput{OptOutListName: list})
			return err
		},
		"who is not on it": func() error {
			_, err := w.sdk.DescribeOptedOutNumbers(w.patience(), &pinpointsmsvoicev2.DescribeOptedOutNumbersInput{OptOutListName: list, OptedOutNumbers: []string{phone}})
			return err
		},
	} {
		if err := call(); statusOf(err) != http.StatusBadRequest {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOptionsAreChecked, all at once.
func TestOptionsAreChecked(t *testing.T) {
	_, err := platform.New(platform.Options{Topic: "x", EventTopic: "y", Numbers: []platform.Number{
		{Number: "1206", PartsPerSecond: -1, Keywords: []platform.Keyword{{Word: " x"}}},
	}})
	if !fault.Is(err, fault.Config) {
		t.Fatal(err)
	}
	for _, name := range []string{"Clock", "Topic", "EventTopic", "ConfigurationSet", "E.164", "PartsPerSecond", "Keyword"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}
