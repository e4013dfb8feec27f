package routing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

func keyword(text string, word conversation.Keyword) conversation.Message {
	m := said(text)
	m.Keyword = word
	return m
}

// TestKeywords are answered in every status, and move nothing: least of all somebody's place.
func TestKeywords(t *testing.T) {
	r := router(t, line{place: store.Place{Ahead: 2, Exact: true}}, true)
	for _, status := range conversation.Statuses() {
		for _, c := range []struct {
			text string
			word conversation.Keyword
			want string
		}{
			{"STOP", conversation.OptOut, "no more messages"},
			{"退订", conversation.OptOut, "不再给您发短信"},
			{"START", conversation.OptIn, "get our messages again"},
			{"恢复", conversation.OptIn, "已恢复"},
			{"HELP", conversation.Help, "0 for a person"},
			{"帮助", conversation.Help, "发 0 转人工"},
			{"人工", conversation.OptOut, "不再给您发短信"}, // whatever else it says
		} {
			before := state(status)
			m := keyword(c.text, c.word)
			d, err := r.Decide(t.Context(), before, m)
			if err != nil || len(d.Replies) != 1 || d.Turn || len(d.Records) > 0 {
				t.Fatalf("%s, %s: %+v, %v", status, c.text, d, err)
			}
			reply := d.Replies[0]
			if reply.Purpose != conversation.Confirmation || !strings.Contains(reply.Text, c.want) || strings.TrimSpace(reply.Text) != reply.Text {
				t.Errorf("%s, %s: %+v", status, c.text, reply)
			}
			if place := strings.Contains(reply.Text, "3"); place != (c.word == conversation.OptIn && status == conversation.Waiting) {
				t.Errorf("%s, %s: it says %q of the place", status, c.text, reply.Text)
			}
			before.Language = d.Next.Language
			if d.Next != before {
				t.Errorf("%s, %s: moved to %+v", status, c.text, d.Next)
			}
			before = state(status)
			before.Consent.Out = true
			if d, err := r.Decide(t.Context(), before, m); err != nil || d.Empty(before) != (c.word == conversation.Help) {
				t.Errorf("%s, %s, of who forbade messages: %+v, %v", status, c.text, d, err)
			}
			m.Answered = true
			d, err = r.Decide(t.Context(), state(status), m)
			tells := c.word == conversation.OptIn && status == conversation.Waiting
			if err != nil || tells && (len(d.Replies) != 1 || d.Replies[0].Purpose != conversation.Notice || !strings.Contains(d.Replies[0].Text, "3")) || !tells && !d.Empty(state(status)) {
				t.Errorf("%s, %s, which the platform answers: %+v, %v", status, c.text, d, err)
			}
			if !routing.Consequential(m) || routing.Asks(m) {
				t.Errorf("%s, %s: it has no consequences, or asks", status, c.text)
			}
		}
	}
}

// TestWhatMatters to somebody in line, where each message costs.
func TestWhatMatters(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	place := func(ahead int, every time.Duration) store.Place {
		return store.Place{Ahead: ahead, Exact: true, Every: every}
	}
	for name, c := range map[string]struct {
		told  string
		after time.Duration
		now   store.Place
		want  bool
	}{
		"next at last":              {routing.PlaceMark(place(3, time.Minute)), 0, place(0, 0), true},
		"next since before":         {routing.PlaceMark(place(0, 0)), 24 * time.Hour, place(0, 0), false},
		"next, told of about":       {routing.PlaceMark(store.Place{Ahead: 130, About: true}), 0, place(0, 0), true},
		"next, not known what told": {"", 0, place(0, 0), true},
		"one step":                  {routing.PlaceMark(place(3, time.Minute)), time.Minute, place(2, time.Minute), false},
		"in time":                   {routing.PlaceMark(place(3, time.Minute)), 13 * time.Minute, place(2, time.Minute), false}, // 4 min were told
		"far too late":              {routing.PlaceMark(place(3, time.Minute)), 13*time.Minute + time.Second, place(2, time.Minute), true},
		"soon was told":             {routing.PlaceMark(place(1, time.Second)), 7 * time.Minute, place(1, time.Second), false},
		"soon was told long ago":    {routing.PlaceMark(place(1, time.Second)), 7*time.Minute + time.Second, place(1, time.Second), true},
		"nothing was promised":      {routing.PlaceMark(place(3, 0)), 24 * time.Hour, place(2, time.Minute), false},
		"next, and far too late":    {routing.PlaceMark(place(0, time.Minute)), time.Hour, place(0, time.Minute), true},
		"further back than before":  {routing.PlaceMark(place(0, 0)), time.Hour, place(1, 0), false},
	} {
		note := conversation.Note{Key: conversation.OwnKey(at, "told", 0), Place: c.told}
		if got := routing.Matters(note, at.Add(c.after), c.now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
