package desk_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zhida-project/zhida/shared/conversation"
	"github.com/zhida-project/zhida/shared/desk"
	"github.com/zhida-project/zhida/shared/fault"
	"github.com/zhida-project/zhida/shared/outbox"
)

// consents has a customer say whether they may be written to.
func (f *fixture) consents(id conversation.ID, out bool) {
	f.Helper()
	f.clock.Advance(time.Second)
	f.must(f.store.PutConsent(f.Context(), id, conversation.Consent{Key: conversation.InboundKey(f.clock.Now(), "word"), Out: out}))
}

const optedOut = `"opted_out":true`

// TestAgentsSeeWhoDoesNotWantToBeWrittenTo: in what they read, in what is pushed, and no
// longer once the customer takes it back.
func TestAgentsSeeWhoDoesNotWantToBeWrittenTo(t *testing.T) {
	f := setUp(t)
	id := f.asks("ann")
	f.claims(lin, "1")
	said, err := f.Reply(t.Context(), lin, id, "r", "hello")
	f.must(err)
	for _, out := range []bool{true, false, true} {
		f.consents(id, out)
		var pushed frames
		audience, err := desk.NewAudience(f.store, &pushed, desk.Channels{}, nil, f.clock.Now, slog.New(slog.DiscardHandler))
		f.must(err)
		f.must(audience.Tell(t.Context(), outbox.News{Conversation: id, Keys: []conversation.Key{said.Key}, Moved: true, Left: "wang"}))
		history, err := f.History(t.Context(), lin, id, "")
		f.must(err)
		shown, err := json.Marshal(history)
		f.must(err)
		if len(pushed) != 3 {
			t.Fatalf("pushed are %q", pushed)
		}
		for where, text := range map[string]string{"read": string(shown), "to who left": pushed[0], "moved": pushed[1], "message": pushed[2]} {
			if strings.Contains(text, optedOut) != out || strings.Count(text, "opted_out") > 1 {
				t.Errorf("opted out %t, %s: %s", out, where, text)
			}
		}
	}
}

// TestNothingIsSaidToWhoDoesNotWantIt: it is refused before anything of it is kept, a repeat
// of what was said before is answered, and the ticket goes every other way.
func TestNothingIsSaidToWhoDoesNotWantIt(t *testing.T) {
	f := openDoor(t)
	id, token := f.asks("ann"), f.token("lin")
	f.claims(lin, "1")
	offer := f.offers(token, id, `{"id":"f","name":"a.txt","type":"text/plain","size":2}`)
	f.follows(offer, []byte("hi"))
	missing := f.offers(token, id, `{"id":"m","name":"a.txt","type":"text/plain","size":2}`)
	before, err := f.Reply(t.Context(), lin, id, "before", "hello")
	f.must(err)
	f.consents(id, true)

	_, err = f.Reply(t.Context(), lin, id, "after", "are you there?")
	f.want(err, fault.OptedOut)
	if fault.StatusOf(err) != http.StatusConflict || !strings.Contains(err.Error(), "START") || strings.Contains(err.Error(), "there?") {
		t.Errorf("it is refused with %v", err)
	}
	for what, a := range map[string]answer{
		"shown":    f.replies(token, id, `{"id":"shown","text":"","media":["`+offer.body["key"].(string)+`"]}`),
		"missing":  f.replies(token, id, `{"id":"missing","text":"","media":["`+missing.body["key"].(string)+`"]}`), // nobody looked for it
		"uploaded": f.offers(token, id, `{"id":"g","name":"a.txt","type":"text/plain","size":2}`),
	} {
		if a.status != http.StatusConflict || field(t, a.body, "error", "code") != string(fault.OptedOut) || field(t, a.body, "error", "hint") == "" {
			t.Errorf("a file is %s: %s", what, a.text)
		}
	}
	if again, err := f.Reply(t.Context(), lin, id, "before", "hello"); err != nil || again.Key != before.Key {
		t.Errorf("the repeat is %+v, %v", again, err)
	}
	_, err = f.Reply(t.Context(), wang, id, "w", "hello")
	f.want(err, fault.NotYours) // nobody else learns it
	messages, err := f.store.Messages(t.Context(), id, "", 10)
	f.must(err)
	for _, m := range messages {
		if m.ClientID == "after" || m.ClientID == "shown" {
			t.Errorf("it is stored: %+v", m)
		}
	}

	_, err = f.ReturnToLine(t.Context(), lin, id)
	f.must(err)
	if c := f.claims(wang, "2"); !c.Consent.Out {
		t.Error("whoever claims is not told")
	}
	_, err = f.Resolve(t.Context(), wang, id, f.clock.Now())
	f.must(err)
	f.consents(id, false)
	f.asks("ann")
	f.claims(lin, "3")
	_, err = f.Reply(t.Context(), lin, id, "after", "are you there?")
	f.must(err)
}
