package conversation_test

import (
	"testing"

	"github.com/zhida-project/zhida/shared/conversation"
)

// TestReported: whatever comes in whatever order, the same is known in the end.
func TestReported(t *testing.T) {
	all := []conversation.Delivery{
		conversation.Pending, conversation.Attempting, conversation.Held, conversation.Sent, conversation.Delivered, conversation.NotSent, conversation.UnknownSent,
	}
	rank := map[conversation.Delivery]int{conversation.Sent: 1, conversation.Delivered: 2, conversation.NotSent: 3}
	for _, before := range all {
		for _, told := range all {
			was := conversation.Outcome{Delivery: before, Attempts: 2, Code: "was", Inline: true}
			r := conversation.Outcome{Delivery: told, Attempts: 9, Code: "told", Hint: "h", Gone: 7}
			want, moves := was, rank[told] > rank[before]
			if moves {
				want = conversation.Outcome{Delivery: told, Attempts: 2, Code: "told", Hint: "h", Inline: true}
			}
			if got, changed := was.Reported(r); changed != moves || got != want {
				t.Errorf("%s, of which %s is told: %+v, %t", before, told, got, changed)
			}
		}
	}
}

// TestReportedOfWhatNeverWent: such a word is of something else.
func TestReportedOfWhatNeverWent(t *testing.T) {
	for _, before := range []conversation.Delivery{conversation.Pending, conversation.Held} {
		for _, told := range []conversation.Delivery{conversation.Sent, conversation.Delivered, conversation.NotSent} {
			was := conversation.Outcome{Delivery: before}
			if got, changed := was.Reported(conversation.Outcome{Delivery: told}); changed || got != was {
				t.Errorf("%s, of which %s is told: %+v", before, told, got)
			}
		}
	}
}

func TestConsents(t *testing.T) {
	for word, want := range map[conversation.Keyword]conversation.Consent{
		conversation.OptOut: {Key: "k", Out: true}, conversation.OptIn: {Key: "k"},
	} {
		if got, says := word.Consents("k"); got != want || !says {
			t.Errorf("%s: %+v, %t", word, got, says)
		}
	}
	for _, word := range []conversation.Keyword{"", conversation.Help} {
		if got, says := word.Consents("k"); says {
			t.Errorf("%q: %+v", word, got)
		}
	}
}

// TestOptedOut: their own word stands until they take it back, the provider's until they write again.
func TestOptedOut(t *testing.T) {
	for name, c := range map[string]struct {
		consent conversation.Consent
		lastIn  conversation.Key
		want    bool
	}{
		"never a word":             {conversation.Consent{}, "2", false},
		"STOP":                     {conversation.Consent{Key: "2", Out: true}, "2", true},
		"STOP, and then a word":    {conversation.Consent{Key: "2", Out: true}, "3", true},
		"START":                    {conversation.Consent{Key: "2"}, "2", false},
		"told":                     {conversation.Consent{Key: "2", Out: true, Told: true}, "2", true},
		"told, and then a word":    {conversation.Consent{Key: "2", Out: true, Told: true}, "3", false},
		"told of nobody's message": {conversation.Consent{Out: true, Told: true}, "", true},
	} {
		if got := (conversation.Conversation{LastIn: c.lastIn, Consent: c.consent}).OptedOut(); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
