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
	becomes := map[conversation.Delivery]map[conversation.Delivery]bool{ // what was, by what is told
		conversation.Sent:      {conversation.Attempting: true, conversation.UnknownSent: true},
		conversation.Delivered: {conversation.Attempting: true, conversation.UnknownSent: true, conversation.Sent: true},
		conversation.NotSent:   {conversation.Attempting: true, conversation.UnknownSent: true, conversation.Sent: true, conversation.Delivered: true},
	}
	for _, before := range all {
		for _, told := range all {
			was := conversation.Outcome{Delivery: before, Attempts: 2, Code: "was", Inline: true}
			r := conversation.Outcome{Delivery: told, Attempts: 9, Code: "told", Hint: "h", Gone: 7}
			want, moves := was, becomes[told][before]
			if moves {
				want = conversation.Outcome{Delivery: told, Attempts: 2, Code: "told", Hint: "h", Inline: true}
			}
			if got, changed := was.Reported(r); changed != moves || got != want {
				t.Errorf("%s, of which %s is told: %+v, %t", before, told, got, changed)
			}
		}
	}
}

// TestReportedOfPieces: that one of several failed is known while others wait.
func TestReportedOfPieces(t *testing.T) {
	for _, before := range []conversation.Delivery{conversation.Pending, conversation.Held} {
		was := conversation.Outcome{Delivery: before, Gone: 1}
		for told, want := range map[conversation.Delivery]bool{conversation.Sent: false, conversation.Delivered: false, conversation.NotSent: true} {
			if got, changed := was.Reported(conversation.Outcome{Delivery: told}); changed != want || got.Gone != 1 {
				t.Errorf("%s, of which %s is told: %+v, %t", before, told, got, changed)
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
