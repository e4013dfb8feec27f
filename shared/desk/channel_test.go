package desk_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
)

// told returns everything an agent is shown of a conversation that they hold: read, claimed
// and pushed.
func (f *fixture) told(n outbox.News) map[string]string {
	f.Helper()
	var pushed frames
	audience, err := desk.NewAudience(f.store, &pushed, f.options.Channels, nil, f.clock.Now, slog.New(slog.DiscardHandler))
	f.must(err)
	n.Moved, n.Left = true, wang.ID
	f.must(audience.Tell(f.Context(), n))
	history, err := f.History(f.Context(), lin, n.Conversation, "")
	f.must(err)
	shown, err := json.Marshal(history)
	f.must(err)
	if len(pushed) < 2 {
		f.Fatalf("pushed are %q", pushed)
	}
	return map[string]string{"read": string(shown), "to who left": pushed[0], "moved": pushed[1]}
}

// TestAChannelOfTemplates: whoever holds the conversation is told before they type, and what
// they type is refused before anything of it is kept.
func TestAChannelOfTemplates(t *testing.T) {
	f := openDoor(t)
	id, token := f.asks("ann"), f.token("lin")
	f.claims(lin, "1")
	before, err := f.Reply(t.Context(), lin, id, "before", "hello")
	f.must(err)
	for where, text := range f.told(outbox.News{Conversation: id}) {
		if strings.Contains(text, "template_only") {
			t.Errorf("of a channel for any text, %s: %s", where, text)
		}
	}
	f.options.Channels = desk.Channels{"x": {MaxText: 100, Template: true}}
	f.Service, err = desk.New(f.options)
	f.must(err)
	for where, text := range f.told(outbox.News{Conversation: id}) {
		if strings.Count(text, `"template_only":true`) != 1 {
			t.Errorf("%s: %s", where, text)
		}
	}
	for what, a := range map[string]answer{
		"a text":   f.replies(token, id, `{"id":"after","text":"are you there?"}`),
		"an empty": f.replies(token, id, `{"id":"empty","text":"","media":["nothing"]}`),
		"a file":   f.offers(token, id, `{"id":"f","name":"a.txt","type":"text/plain","size":2}`),
	} {
		if a.status != http.StatusUnprocessableEntity || field(t, a.body, "error", "code") != string(fault.TemplateOnly) || field(t, a.body, "error", "hint") == "" {
			t.Errorf("%s: %s", what, a.text)
		}
	}
	if again, err := f.Reply(t.Context(), lin, id, "before", "hello"); err != nil || again.Key != before.Key {
		t.Errorf("the repeat is %+v, %v", again, err)
	}
	messages, err := f.store.Messages(t.Context(), id, "", 10)
	f.must(err)
	for _, m := range messages {
		if m.ClientID == "after" || m.ClientID == "empty" {
			t.Errorf("it is stored: %+v", m)
		}
	}
	if a := ask(t, f.Handler(), "POST /desk/v1/conversations/"+string(id)+"/return-to-line", token, strings.NewReader(`{}`)); a.status != http.StatusOK ||
		field(t, a.body, "conversation", "template_only") != true {
		t.Errorf("passed on: %s", a.text)
	}
}

// TestWhatAMessageCosts: where the channel counts its parts, and what one costs where that
// is known.
func TestWhatAMessageCosts(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	f.claims(lin, "1")
	for want, counting := range map[string]*desk.Counting{
		``:              nil,
		`"counting":{}`: {},
		`"counting":{"price":"0.00883","currency":"USD"}`: {Price: "0.00883", Currency: "USD"},
	} {
		f.options.Channels = desk.Channels{"x": {MaxText: 100, Counting: counting}}
		var err error
		f.Service, err = desk.New(f.options)
		f.must(err)
		for where, text := range f.told(outbox.News{Conversation: id}) {
			if !strings.Contains(text, want) || strings.Contains(text, "counting") != (counting != nil) {
				t.Errorf("%s: %s, want %q", where, text, want)
			}
		}
	}
}
