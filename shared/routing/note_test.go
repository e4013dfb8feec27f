package routing_test

import (
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// TestAMarkIsThePlacesText: two places have one mark exactly where they have one text.
func TestAMarkIsThePlacesText(t *testing.T) {
	var places []store.Place
	for _, ahead := range []int{0, 1, 2, 127, 128, 250} {
		for _, every := range []time.Duration{0, time.Second, 29 * time.Second, 30 * time.Second, time.Minute, 61 * time.Second} {
			places = append(places, store.Place{Ahead: ahead, Exact: true, Every: every})
		}
		places = append(places, store.Place{Ahead: ahead}, store.Place{Ahead: ahead, About: true})
	}
	for _, lang := range []conversation.Language{conversation.Chinese, conversation.English} {
		marks := map[string]string{}
		for _, p := range places {
			text, mark := routing.PlaceText(lang, p), routing.PlaceMark(p)
			if before, known := marks[text]; known && before != mark {
				t.Errorf("%q has the marks %q and %q", text, before, mark)
			}
			marks[text] = mark
		}
		texts := map[string]string{}
		for text, mark := range marks {
			if other, known := texts[mark]; known {
				t.Errorf("%q marks %q and %q", mark, text, other)
			}
			texts[mark] = text
		}
	}
}

// TestANoteSaysWhatWasSaid when the customer was told first, as long as nothing moved.
func TestANoteSaysWhatWasSaid(t *testing.T) {
	place := store.Place{Ahead: 2, Exact: true, Every: time.Minute}
	d := decide(t, router(t, line{place: place}, false), state(conversation.WithBot), "人工")
	if got := routing.NoteText(d.Next.Language, d.Replies[0].Purpose, place); got != d.Replies[0].Text {
		t.Errorf("the acknowledgement: %q, want %q", got, d.Replies[0].Text)
	}
	d = decide(t, router(t, line{place: place}, false), state(conversation.Waiting), "how long?")
	if got := routing.NoteText(d.Next.Language, d.Replies[0].Purpose, place); got != d.Replies[0].Text {
		t.Errorf("the answer: %q, want %q", got, d.Replies[0].Text)
	}
}
