package inbound

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/live"
)

// states is a store with one conversation of a visitor's.
type states struct {
	*heap
	of     conversation.Conversation
	first  conversation.ID // who comes between two looks
	became []string        // the names of those who went on
	fail   error
}

func (s *states) Conversation(_ context.Context, id conversation.ID) (conversation.Conversation, error) {
	if s.fail != nil {
		return conversation.Conversation{}, s.fail
	}
	if id != s.of.ID {
		return conversation.Conversation{}, fault.New(fault.NotFound, "test", "")
	}
	return s.of, nil
}

func (s *states) Become(_ context.Context, _, own conversation.ID, name string) (conversation.Conversation, error) {
	s.became = append(s.became, name)
	if s.of.Became = cmp.Or(s.of.Became, s.first, own); s.of.Became == own {
		s.of.Name = cmp.Or(name, s.of.Name)
	}
	return s.of, nil
}

// TestWhoSaysHelloWithTwoTokens is the visitor they were while that conversation waits or
// is with a person, and no longer than either token is good.
func TestWhoSaysHelloWithTwoTokens(t *testing.T) {
	f := newFlood(t, DoorOptions{})
	s := &states{heap: f.heap}
	f.service.o.Store = s
	v := &Visitors{inbound: f.service, connector: &guests{}, client: &guests{}}
	id := func(user string) string {
		return string(f.service.o.IDs.Of(conversation.Peer{Channel: "x", Account: "main", User: user}))
	}
	s.of = conversation.Conversation{ID: conversation.ID(id("guest-1")), Name: "ann"}
	hello := func(token, visitor string) (topic string, lasts time.Duration, err error) {
		got, err := v.Open(t.Context(), []byte(fmt.Sprintf(`{"type":"hello","token":%q,"visitor":%q}`, token, visitor)))
		if err != nil {
			return "", 0, err
		}
		return got.Topics[0], got.Expires.Sub(f.now), nil
	}
	for status, as := range map[conversation.Status]string{
		conversation.WithBot: "ann", conversation.Waiting: "guest-1", conversation.WithPerson: "guest-1", conversation.Ended: "ann",
	} {
		s.of.Status, s.of.Became = status, ""
		lasts := map[string]time.Duration{"ann": 2 * time.Hour, "guest-1": time.Hour}[as]
		if topic, got, err := hello("ann", "guest-1"); topic != id(as) || got != lasts || err != nil {
			t.Errorf("%s: not %s, or for %s: %v", status, as, got, err)
		}
		for what, c := range map[string][3]string{
			"a visitor who wrote nothing": {"ann", "guest-2", "ann"}, "no visitor": {"ann", "", "ann"}, "a forged visitor": {"ann", "bad", "ann"},
			"another customer": {"ann", "bob", "ann"}, "a visitor alone": {"guest-1", "", "guest-1"}, "a visitor as another": {"guest-2", "guest-1", "guest-2"},
		} {
			if topic, _, err := hello(c[0], c[1]); topic != id(c[2]) || err != nil {
				t.Errorf("%s, %s: %v", status, what, err)
			}
		}
		if _, _, err := hello("bad", "guest-1"); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s, a visitor as nobody: %v", status, err)
		}
	}
	s.of = conversation.Conversation{ID: conversation.ID(id("bob")), Name: "bob", Status: conversation.Waiting}
	if topic, _, err := hello("ann", "bob"); topic != id("ann") || err != nil {
		t.Errorf("another customer who waits is taken for a visitor: %v", err)
	}
	s.fail = fault.New(fault.Unavailable, "test", "down")
	if _, _, err := hello("ann", "guest-1"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("where it cannot be known: %v", err)
	}
	if _, _, err := hello("ann", ""); err != nil {
		t.Errorf("who was no visitor: %v", err)
	}
}

// visited is a conversation of guest-1's that waits, and how customers of that browser say hello.
func visited(t *testing.T) (*states, func(name string) visitor) {
	t.Helper()
	f := newFlood(t, DoorOptions{})
	s := &states{heap: f.heap}
	f.service.o.Store = s
	v := &Visitors{inbound: f.service, connector: &guests{}, client: &guests{}}
	peer := conversation.Peer{Channel: "x", Account: "main", User: "guest-1"}
	s.of = conversation.Conversation{ID: f.service.o.IDs.Of(peer), Peer: peer, Status: conversation.Waiting}
	return s, func(name string) visitor {
		got, err := v.Open(t.Context(), []byte(fmt.Sprintf(`{"type":"hello","token":%q,"visitor":"guest-1"}`, name)))
		if err != nil {
			t.Fatal(err)
		}
		who, err := visitorOf(got)
		if err != nil || got.Topics[0] != string(who.Conversation) {
			t.Errorf("%+v, %v", got, err)
		}
		return who
	}
}

// TestAgentsSeeTheNameAtOnce, and not only with the next word, and only one is written
// for many hellos.
func TestAgentsSeeTheNameAtOnce(t *testing.T) {
	s, hello := visited(t)
	s.of.Status = conversation.WithPerson
	for range 3 {
		if who := hello("ann"); who.Conversation != s.of.ID || !who.Before {
			t.Errorf("ann is %+v", who)
		}
	}
	if len(s.became) != 1 || s.became[0] != "ann" || s.of.Name != "ann" {
		t.Errorf("the store was told %q, and holds %+v", s.became, s.of)
	}
	if len(s.told) != 1 || !s.told[0].Moved || s.told[0].Conversation != s.of.ID {
		t.Errorf("told was %+v", s.told)
	}
}

// TestOneCustomerGoesOnWithAVisitors conversation: the next one at the same browser has
// their own, and gives it no name, whatever becomes of it.
func TestOneCustomerGoesOnWithAVisitors(t *testing.T) {
	for what, first := range map[string]func(s *states) (name string){
		"waiting":                func(*states) string { return "ann" },
		"with a person":          func(s *states) string { s.of.Status = conversation.WithPerson; return "ann" },
		"under a name it has":    func(s *states) string { s.of.Name = "ann"; return "ann" },
		"without a name":         func(*states) string { return "nameless" },
		"while the other looked": func(s *states) string { s.first = "ann's"; return "" },
	} {
		s, hello := visited(t)
		if name := first(s); name != "" {
			if who := hello(name); who.Conversation != s.of.ID || who.Also == "" || s.of.Became != who.Also {
				t.Errorf("%s: the first is %+v in %+v", what, who, s.of)
			}
		}
		for _, status := range []conversation.Status{conversation.Waiting, conversation.WithPerson, conversation.Ended, conversation.Waiting} {
			s.of.Status = status
			before, told := s.of.Name, len(s.told)
			if who := hello("bob"); who.Conversation == s.of.ID || who.Also != "" || who.Before || s.of.Name != before || len(s.told) != told {
				t.Errorf("%s: bob is %+v in %+v", what, who, s.of)
			}
		}
	}
}

// TestAfterTheEndTheyAreInTheirOwn: whoever had a conversation as a visitor is told to say
// hello again, by whatever comes next, and finds their own, in which nothing is said twice.
func TestAfterTheEndTheyAreInTheirOwn(t *testing.T) {
	s, hello := visited(t)
	ann := hello("ann")
	f := newFlood(t, DoorOptions{})
	f.service.o.Store = s
	v := &Visitors{inbound: f.service, connector: &guests{}, client: &guests{}, audience: &Audience{store: s}}
	say := func(who visitor, frame string) error {
		state, err := json.Marshal(who)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Frame(t.Context(), live.Session{State: state}, []byte(frame))
		return err
	}
	frames := []string{`{"type":"ping"}`, `{"type":"typing"}`, `{"type":"seen"}`, `{"type":"message"}`, `{"type":"again"}`, `{"type":"history"}`}
	if err := say(ann, frames[0]); err != nil {
		t.Errorf("while she waits: %v", err)
	}
	for _, over := range []conversation.Status{conversation.Ended, conversation.WithBot} {
		s.of.Status = over
		for _, frame := range frames {
			if err := say(ann, frame); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s, %s: %v", over, frame, err)
			}
		}
		if own := hello("ann"); own.Conversation != ann.Also || own.Also != s.of.ID || own.Before {
			t.Errorf("%s: then she is %+v", over, own)
		} else if err := say(own, frames[0]); err != nil {
			t.Errorf("%s: in her own: %v", over, err)
		}
	}
}
