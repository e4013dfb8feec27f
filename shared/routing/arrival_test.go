package routing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/routing"
	"github.com/zhida-project/zhida/shared/store"
)

// came is what a customer did at noon instead of writing.
func came(more ...conversation.Part) conversation.Message {
	m := said("")
	m.Parts = append([]conversation.Part{{Kind: conversation.Act, Text: "[关注了公众号]"}}, more...)
	return m
}

func TestWhoComesIsGreeted(t *testing.T) {
	lastWord := func(ago time.Duration) conversation.Key { return conversation.OwnKey(noon.Add(-ago), "x", 0) }
	for name, c := range map[string]struct {
		status   conversation.Status
		language conversation.Language
		lastOut  conversation.Key
		want     string // in the greeting; "" for none
	}{
		"for the first time":               {conversation.WithBot, "", "", "转人工"},
		"in English":                       {conversation.WithBot, conversation.English, "", "human"},
		"again, a day later":               {conversation.WithBot, "", lastWord(24 * time.Hour), "转人工"},
		"again, an hour later":             {conversation.WithBot, "", lastWord(time.Hour), "转人工"},
		"again, with our words in sight":   {conversation.WithBot, "", lastWord(59 * time.Minute), ""},
		"after the end":                    {conversation.Ended, "", lastWord(time.Minute), "转人工"},
		"in line":                          {conversation.Waiting, "", "", ""},
		"in line for long":                 {conversation.Waiting, "", lastWord(24 * time.Hour), ""},
		"in an agent's hands":              {conversation.WithPerson, "", lastWord(24 * time.Hour), ""},
		"in an agent's hands from the off": {conversation.WithPerson, "", "", ""},
	} {
		before := state(c.status)
		before.Language, before.LastOut, before.Offered = c.language, c.lastOut, true
		for _, slow := range []bool{true, false} {
			d, err := router(t, line{}, slow).Decide(t.Context(), before, came())
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if !d.Empty(before) {
					t.Errorf("%s: %+v", name, d)
				}
				continue
			}
			if len(d.Replies) != 1 || d.Turn || len(d.Records) > 0 {
				t.Fatalf("%s: %+v", name, d)
			}
			r := d.Replies[0]
			if !strings.Contains(r.Text, c.want) || !r.Way || r.Purpose != conversation.Notice || d.Next.Offered || d.Next.Status != conversation.WithBot {
				t.Errorf("%s: %+v, next %+v", name, r, d.Next)
			}
		}
	}
}

// TestTheGreetingsWordsWork: what it says to write makes a ticket.
func TestTheGreetingsWordsWork(t *testing.T) {
	r := router(t, line{}, false)
	for _, text := range []string{"转人工", "human"} {
		if d := decide(t, r, state(conversation.WithBot), text); d.Next.Status != conversation.Waiting {
			t.Errorf("%q leads to %s", text, d.Next.Status)
		}
	}
}

// TestAnActBesideWords: what is written counts.
func TestAnActBesideWords(t *testing.T) {
	d, err := router(t, line{}, false).Decide(t.Context(), state(conversation.WithBot), came(conversation.TextParts("转人工")...))
	if err != nil || d.Next.Status != conversation.Waiting {
		t.Errorf("%+v, %v", d, err)
	}
	picture := came(conversation.Part{Kind: conversation.Image})
	if d, err = router(t, line{}, true).Decide(t.Context(), state(conversation.WithBot), picture); err != nil || len(d.Replies) != 1 || d.Replies[0].Purpose != conversation.Offer {
		t.Errorf("beside a picture: %+v, %v", d, err)
	}
}

func TestAnActIsDecidedUpon(t *testing.T) {
	if !routing.Consequential(came()) || routing.Asks(came()) {
		t.Error("an act may lead to a greeting, and asks for nobody")
	}
}

// TestAnAskWhoseAllowanceEndsSoon: any word of the customer's lets an agent write for long.
func TestAnAskWhoseAllowanceEndsSoon(t *testing.T) {
	const zh, en = "请再回复任意内容", "reply with any word"
	received := noon.Add(50 * time.Millisecond) // as said has it
	granted := func(until time.Time) conversation.Allowance {
		return conversation.Allowance{Granted: "k", Left: 3, Until: until}
	}
	for name, c := range map[string]struct {
		allowance conversation.Allowance
		asks      bool
	}{
		"no limit":         {conversation.Allowance{}, false},
		"a minute":         {granted(received.Add(time.Minute)), true},
		"an hour":          {granted(received.Add(time.Hour)), true},
		"more than that":   {granted(received.Add(time.Hour + time.Second)), false},
		"two days":         {granted(received.Add(48 * time.Hour)), false},
		"over":             {granted(received.Add(-time.Hour)), true},
		"over, and unused": {conversation.Allowance{Granted: "k", Until: received.Add(-time.Hour)}, true},
	} {
		before := state(conversation.WithBot)
		before.Allowance = c.allowance
		r := router(t, line{place: store.Place{Exact: true}}, false)
		for text, sentence := range map[string]string{"转人工": zh, "agent please": en} {
			if got := decide(t, r, before, text).Replies[0].Text; strings.Contains(got, sentence) != c.asks {
				t.Errorf("%s: %q", name, got)
			}
		}
		waiting := state(conversation.Waiting)
		waiting.Allowance = c.allowance
		for _, text := range []string{"任意内容", "1", "好的", "any word", "ok", "你根本没听懂", "。"} {
			if d := decide(t, r, waiting, text); !d.Empty(waiting) {
				t.Errorf("%s: %q, written in line, is answered %+v", name, text, d.Replies)
			}
		}
	}
}
