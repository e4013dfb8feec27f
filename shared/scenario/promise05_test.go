package scenario

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/transfer"
)

// TestPromise05NobodyTellsItTwice: the permit carries the ask, what was said
// before and what the bot tried; the agent reads all of it.
func TestPromise05NobodyTellsItTwice(t *testing.T) {
	playAll(t, "p05-*")
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann := c.Customer("ann")
		said := []string{"Hello, my headphones are broken", "Can I get a refund?", "Do you take bitcoin", "I want to talk to a real person"}
		for _, text := range said {
			c.write(t, ann, text)
			hears(t, ann, conversation.Bot, "…")
		}
		permits := c.host.Permits()
		if len(permits) != 1 {
			t.Fatalf("%d permits", len(permits))
		}
		r := published(t, permits[0])
		if r.Ask.Text != said[3] || r.BotAnswers != 1 || r.Customer.Language != conversation.English || r.Limits.MaxText != 4000 ||
			r.Conversation != ann.Conversation() || r.Ticket != ann.Stands().Ticket || r.Returns != 0 {
			t.Errorf("the permit says %+v", r)
		}
		sameTranscript(t, ann.History(), r.Transcript)
		lin := c.Agent("lin")
		if _, code := lin.Claim(); code != "" {
			t.Fatal(code)
		}
		hears(t, ann, conversation.Bot, "…")
		seen, _ := lin.History(ann.Conversation())
		all := ann.History()
		if len(seen) != len(all) {
			t.Fatalf("the agent reads %d messages of %d", len(seen), len(all))
		}
		for i, m := range all {
			if seen[i].Key != m.Key || seen[i].Text != m.Text || seen[i].Author != m.Author {
				t.Errorf("the agent reads %s where the customer has %s", shown(seen[i]), shown(m))
			}
		}
	})
}

// sameTranscript compares a permit with what the customer had on the screen.
func sameTranscript(t *testing.T, history []Message, transcript []transfer.Line) {
	t.Helper()
	if len(history) != len(transcript) {
		t.Fatalf("the transcript has %d lines of %d", len(transcript), len(history))
	}
	for i, m := range history {
		if l := transcript[i]; l.Key != m.Key || l.Text != m.Text || l.Author != m.Author || l.Purpose != m.Purpose {
			t.Errorf("the transcript has %q where the customer has %q", l.Text, m.Text)
		}
	}
}

// TestPromise05APermitIsWhatItSays: whatever the conversation was, permits are of
// the published format: long texts, many messages, several languages, returns.
func TestPromise05APermitIsWhatItSays(t *testing.T) {
	onAll(t, Setup{}, func(t *testing.T, c *Cast) {
		ann := c.Customer("ann")
		for range 15 {
			c.write(t, ann, "😀"+string(bytes.Repeat([]byte("很"), 2500))+"<&>\"\\ \t\n")
			hears(t, ann, conversation.Bot, "…")
		}
		c.write(t, ann, "转人工")
		hears(t, ann, conversation.Bot, "…")
		lin := c.Agent("lin")
		if _, code := lin.Claim(); code != "" || lin.ToLine(ann.Conversation()) != "" {
			t.Fatal("lin cannot put it back", code)
		}
		permits := c.host.Permits()
		if len(permits) != 2 {
			t.Fatalf("%d permits", len(permits))
		}
		first, second := published(t, permits[0]), published(t, permits[1])
		if first.Ticket != second.Ticket || !first.AskedAt.Equal(second.AskedAt) || second.Returns != 1 {
			t.Errorf("the second permit says %+v", second)
		}
		if len(first.Transcript) > transfer.MaxTranscript || !first.Transcript[0].Cut {
			t.Errorf("the transcript has %d lines", len(first.Transcript))
		}
	})
}

// published checks a permit with other people's code: it is a valid CloudEvent,
// and valid by the schema we publish.
func published(t *testing.T, body []byte) transfer.Request {
	t.Helper()
	var ce event.Event
	if err := json.Unmarshal(body, &ce); err != nil {
		t.Fatalf("no CloudEvent: %v", err)
	}
	if err := ce.Validate(); err != nil {
		t.Errorf("no valid CloudEvent: %v", err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(document); err != nil {
		t.Errorf("not as published: %v", err)
	}
	var r transfer.Request
	if err := ce.DataAs(&r); err != nil {
		t.Fatal(err)
	}
	if ce.Subject() != string(r.Ticket) || ce.Type() != transfer.Type {
		t.Errorf("subject %s, type %s", ce.Subject(), ce.Type())
	}
	return r
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("../../docs/schema/transfer.requested.v1.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(transfer.Schema, document); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile(transfer.Schema)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}
