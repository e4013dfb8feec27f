package sqsqueue_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/queue"
	"github.com/zhida-project/zhida/shared/queue/sqsqueue"
)

func TestNewFindsMistakes(t *testing.T) {
	for name, change := range map[string]func(*sqsqueue.Options){
		"no client":                     func(o *sqsqueue.Options) { o.Client = nil },
		"no URL":                        func(o *sqsqueue.Options) { o.URL = "" },
		"no clock":                      func(o *sqsqueue.Options) { o.Clock = nil },
		"no names":                      func(o *sqsqueue.Options) { o.Unique = nil },
		"ordered, but standard":         func(o *sqsqueue.Options) { o.Ordered = true },
		"FIFO, but not ordered":         func(o *sqsqueue.Options) { o.URL = "a.fifo" },
		"a fair FIFO":                   func(o *sqsqueue.Options) { o.URL, o.Ordered, o.Fair = "a.fifo", true, true },
		"a lease of half a second":      func(o *sqsqueue.Options) { o.Lease = time.Second / 2 },
		"a lease of one and a half":     func(o *sqsqueue.Options) { o.Lease = 3 * time.Second / 2 },
		"a negative lease":              func(o *sqsqueue.Options) { o.Lease = -time.Second },
		"a lease of a day":              func(o *sqsqueue.Options) { o.Lease = 24 * time.Hour },
		"a limit, but nowhere to put":   func(o *sqsqueue.Options) { o.MaxAttempts = 3 },
		"somewhere to put, no limit":    func(o *sqsqueue.Options) { o.DeadURL = "dead" },
		"a negative number of attempts": func(o *sqsqueue.Options) { o.DeadURL, o.MaxAttempts = "dead", -1 },
	} {
		o := sqsqueue.Options{Client: &script{}, URL: "url", Clock: newClock(), Unique: rand.Text}
		if _, err := sqsqueue.New(o); err != nil {
			t.Fatal(err)
		}
		change(&o)
		if _, err := sqsqueue.New(o); !fault.Is(err, fault.Config) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// sent is the part of a SendMessage that matters.
type sent struct {
	Body, Group, Dedupe string
	Delay               int32
	Attributes          map[string]string
}

func lastSent(s *script) sent {
	in := s.sent[len(s.sent)-1]
	out := sent{Body: *in.MessageBody, Delay: in.DelaySeconds}
	if in.MessageGroupId != nil {
		out.Group = *in.MessageGroupId
	}
	if in.MessageDeduplicationId != nil {
		out.Dedupe = *in.MessageDeduplicationId
	}
	for name, value := range in.MessageAttributes {
		if out.Attributes == nil {
			out.Attributes = map[string]string{}
		}
		out.Attributes[name] = *value.StringValue
	}
	return out
}

// TestPublish says how messages lie in SQS: other programs read them there.
func TestPublish(t *testing.T) {
	clock := newClock()
	now := clock.Now()
	fair := func(o *sqsqueue.Options) { o.Fair = true }
	body := []byte(`{"a":"转"}`)
	const digest = "3ac0a85a0e587fe9e895c85fc60abde0" // the beginning of SHA-256 of "g i ": releases must agree on it
	for name, c := range map[string]struct {
		options func(*sqsqueue.Options)
		m       queue.Message
		want    sent
	}{
		"plain":               {nil, queue.Message{Body: body}, sent{Body: `{"a":"转"}`}},
		"empty":               {nil, queue.Message{}, sent{Body: "base64:"}},
		"ID and group":        {nil, queue.Message{ID: "i", Group: "g", Body: body}, sent{Body: `{"a":"转"}`, Attributes: map[string]string{"zhida.id": "i", "zhida.group": "g"}}},
		"fair":                {fair, queue.Message{Group: "g", Body: body}, sent{Body: `{"a":"转"}`, Group: "g", Attributes: map[string]string{"zhida.group": "g"}}},
		"past":                {nil, queue.Message{Body: body, Due: now}, sent{Body: `{"a":"转"}`}},
		"soon":                {nil, queue.Message{Body: body, Due: now.Add(1)}, sent{Body: `{"a":"转"}`, Delay: 1}},
		"15 minutes":          {nil, queue.Message{Body: body, Due: now.Add(15 * time.Minute)}, sent{Body: `{"a":"转"}`, Delay: 900}},
		"more":                {nil, queue.Message{Body: body, Due: now.Add(15*time.Minute + 1)}, sent{Body: `{"a":"转"}`, Attributes: map[string]string{"zhida.due": ms(now.Add(15*time.Minute + time.Millisecond))}}},
		"ordered":             {ordered, queue.Message{Group: "g", Body: body}, sent{Body: `{"a":"转"}`, Group: "g", Dedupe: "u1"}},
		"ordered, ID":         {ordered, queue.Message{ID: "i", Group: "g", Body: body}, sent{Body: `{"a":"转"}`, Group: "g", Dedupe: digest, Attributes: map[string]string{"zhida.id": "i"}}},
		"ordered, no group":   {ordered, queue.Message{Body: body}, sent{Body: `{"a":"转"}`, Group: "u1", Dedupe: "u1", Attributes: map[string]string{"zhida.alone": "yes"}}},
		"ordered, soon":       {ordered, queue.Message{Group: "g", Body: body, Due: now.Add(time.Second)}, sent{Body: `{"a":"转"}`, Group: "g", Dedupe: "u1", Attributes: map[string]string{"zhida.due": ms(now.Add(time.Second))}}},
		"ordered, it is time": {ordered, queue.Message{Group: "g", Body: body, Due: now}, sent{Body: `{"a":"转"}`, Group: "g", Dedupe: "u1"}},
	} {
		s := &script{}
		if err := scripted(t, s, clock, c.options).Publish(t.Context(), c.m); err != nil {
			t.Fatal(err)
		}
		got := lastSent(s)
		if len(got.Dedupe) == 64 {
			got.Dedupe = got.Dedupe[:len(digest)]
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestTheLargestMessageFits: SQS counts names, types and values of attributes too.
func TestTheLargestMessageFits(t *testing.T) {
	clock, long := newClock(), strings.Repeat("x", queue.MaxName)
	for name, options := range map[string]func(*sqsqueue.Options){"standard": nil, "ordered": ordered} {
		s := &script{}
		m := queue.Message{ID: long, Group: long, Body: []byte(strings.Repeat("x", queue.MaxBody)), Due: clock.Now().Add(time.Hour)}
		if err := scripted(t, s, clock, options).Publish(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		size := len(*s.sent[0].MessageBody)
		for name, value := range s.sent[0].MessageAttributes {
			size += len(name) + len(*value.DataType) + len(*value.StringValue)
		}
		if size > 1<<20 {
			t.Errorf("%s: %d bytes", name, size)
		}
	}
}

// TestIDsAreOfTheirGroup, even where two names run together.
func TestIDsAreOfTheirGroup(t *testing.T) {
	seen := map[string]queue.Message{}
	s := &script{}
	q := scripted(t, s, newClock(), ordered)
	for _, m := range []queue.Message{
		{ID: "a", Group: "b"}, {ID: "b", Group: "a"}, {ID: "ab"}, {ID: "a"}, {ID: "ab", Group: "b"}, {ID: "b", Group: "ab"}, {ID: "bb", Group: "a"},
	} {
		for range 2 {
			if err := q.Publish(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			dedupe := lastSent(s).Dedupe
			if other, ok := seen[dedupe]; ok && (other.ID != m.ID || other.Group != m.Group) {
				t.Errorf("%+v is a repeat of %+v", m, other)
			}
			seen[dedupe] = m
		}
	}
	if len(seen) != 7 {
		t.Errorf("%d names for 7 messages", len(seen))
	}
}
