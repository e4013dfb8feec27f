package outbox_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/store"
)

const conv = conversation.ID("abcdefghijklmnopqrstuvwxyz")

// shelf keeps what is published.
type shelf struct {
	queue.Queue
	got []queue.Message
}

func (s *shelf) Publish(_ context.Context, m queue.Message) error {
	s.got = append(s.got, m)
	return nil
}

// listener keeps what it is told.
type listener struct{ got []outbox.News }

func (l *listener) Tell(_ context.Context, n outbox.News) error {
	l.got = append(l.got, n)
	return nil
}

// TestNewsGoesThroughAQueue: what comes out is what went in, but for the line.
func TestNewsGoesThroughAQueue(t *testing.T) {
	s, l := &shelf{}, &listener{}
	concerns := func(n outbox.News) bool { return n.Holder != "" && n.Lane == "" }
	said := outbox.News{
		Conversation: conv, Channel: "x", Holder: "lin", Keys: []conversation.Key{"k"}, Lane: conversation.Front,
		Left: "wang", Moved: true, Typing: conversation.Customer, Seen: store.Seen{Received: "b", Read: "a"},
	}
	relay := outbox.Relay{Queue: s, Concerns: concerns}
	for _, n := range []outbox.News{said, {Conversation: conv}} {
		if err := relay.Tell(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.got) != 1 {
		t.Fatalf("published %d", len(s.got))
	}
	if err := outbox.Listen(l)(t.Context(), s.got[0].Body); err != nil {
		t.Fatal(err)
	}
	said.Lane = ""
	if !reflect.DeepEqual(l.got, []outbox.News{said}) {
		t.Errorf("got %+v", l.got)
	}
}

// TestNewsHasNoFieldForText: only names go through queues.
func TestNewsHasNoFieldForText(t *testing.T) {
	body, err := json.Marshal(outbox.Of(conversation.Conversation{
		ID: conv, Name: "secret", Status: conversation.WithPerson,
		Peer:   conversation.Peer{Channel: "x", User: "secret"},
		Ticket: conversation.Ticket{Assignee: "lin", Name: "secret"},
	}))
	if err != nil || strings.Contains(string(body), "secret") || !strings.Contains(string(body), `"holder":"lin"`) {
		t.Errorf("%s, %v", body, err)
	}
}

// TestALineIsShownOnceASecond: all changes of a second have one ID.
func TestALineIsShownOnceASecond(t *testing.T) {
	s := &shelf{}
	now := time.Unix(1_760_000_000, 0)
	lines := outbox.Lines{Queue: s, Now: func() time.Time { return now }}
	for _, step := range []time.Duration{0, 400 * time.Millisecond, 599 * time.Millisecond, time.Millisecond} {
		now = now.Add(step)
		if err := lines.Tell(t.Context(), outbox.News{Conversation: conv, Lane: conversation.Front}); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Tell(t.Context(), outbox.News{Conversation: conv, Moved: true}); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range s.got {
		ids = append(ids, m.ID)
		if m.Group != "front" || !m.Due.IsZero() {
			t.Errorf("%+v", m)
		}
	}
	want := []string{"front@1760000000", "front@1760000000", "front@1760000000", "front@1760000001"}
	if !reflect.DeepEqual(ids, want) {
		t.Errorf("got %q", ids)
	}
	var shown []conversation.Lane
	show := func(_ context.Context, lane conversation.Lane) error { shown = append(shown, lane); return nil }
	if err := outbox.Watch(show)(t.Context(), s.got[0].Body); err != nil || !reflect.DeepEqual(shown, []conversation.Lane{"front"}) {
		t.Errorf("%v, %v", shown, err)
	}
}

func TestWhatMeansNothingIsNeverRepeated(t *testing.T) {
	for _, body := range []string{``, `{}`, `[]`, `{"conversation":"x"}`} {
		for name, handle := range map[string]func(context.Context, []byte) error{
			"news": outbox.Listen(&listener{}),
			"line": outbox.Watch(func(context.Context, conversation.Lane) error { return nil }),
		} {
			if err := handle(t.Context(), []byte(body)); fault.RetryOf(err) != fault.Never || err == nil {
				t.Errorf("%s %s: %v", name, body, err)
			}
		}
	}
}

// TestTypingRingsADoorbell: of all news, that an agent of this channel's customer writes.
func TestTypingRingsADoorbell(t *testing.T) {
	s := &shelf{}
	to := outbox.Typing{Queue: s, Channel: "x"}
	for _, n := range []outbox.News{
		{Conversation: conv, Channel: "x", Typing: conversation.Person},
		{Conversation: conv, Channel: "y", Typing: conversation.Person},
		{Conversation: conv, Channel: "x", Typing: conversation.Customer},
		{Conversation: conv, Channel: "x", Moved: true, Keys: []conversation.Key{"k"}},
	} {
		if err := to.Tell(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.got) != 1 || s.got[0].Group != string(conv) || string(s.got[0].Body) != `{"conversation":"`+string(conv)+`","typing":true}` {
		t.Errorf("published %+v", s.got)
	}
}
